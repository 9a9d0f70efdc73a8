"""Which column of an export is which field of a post: a map by names, guessed from the names that hotlines use.

Columns of people (求助人员, 求助号码, 性别, 联系人 …) can be mapped to nothing: they are dropped before anything is written, and a map
that names one is refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final, Self

from crawlers.reports import CrawlError

NAMES: Final[dict[str, tuple[str, ...]]] = {
    "key": ("工单编号", "工单号", "受理编号", "诉求编号", "来电编号", "案件编号", "流水号", "业务编号", "编号"),
    "title": ("工单标题", "诉求标题", "事项标题", "案件标题", "标题", "主题"),
    "body": ("诉求内容", "来电内容", "反映内容", "工单内容", "事项内容", "问题描述", "诉求描述", "主要内容", "内容"),
    "place": ("事件发生地", "诉求详细地址", "事发地点", "发生地点", "事件地址", "诉求地址", "详细地址", "地点"),
    "published_at": ("来电时间", "诉求时间", "受理时间", "登记时间", "创建时间", "提交时间", "交办时间"),
    "reply": ("办理结果", "答复内容", "回复内容", "办结意见", "处理结果", "办理情况", "答复意见"),
    "reply_organisation": ("承办单位", "办理单位", "主办单位", "答复单位", "诉求归口"),
    "reply_published_at": ("办结时间", "答复时间", "回复时间", "完成时间"),
}
SEVERAL: Final = ("place",)  # fields that may be put together from several columns
PERSONAL: Final = re.compile(
    "求助人|求助号|求助者|性别|联系|来信人|来电人|来电号|电话|手机|姓名|身份证|证件|投诉人|反映人|诉求人|举报人|当事人|年龄|微信|邮箱|主叫|车主|会员|昵称|用户名"
)
_KNOWN: Final = frozenset(name for names in NAMES.values() for name in names)


def known_name(label: str) -> bool:
    """True for the name of a column that exports usually have, of a person or not."""
    return label in _KNOWN or bool(label and len(label) <= 8 and PERSONAL.search(label))  # noqa: PLR2004 - a name, no sentence


@dataclass(frozen=True, slots=True)
class Columns:
    """The column names of each field; `place` may have several. Without `key`, a row is known by what it says."""

    key: str = ""
    title: str = ""
    body: str = ""
    place: tuple[str, ...] = ()
    published_at: str = ""
    reply: str = ""
    reply_organisation: str = ""
    reply_published_at: str = ""

    @property
    def named(self) -> tuple[str, ...]:
        """Every column that is taken."""
        single = (getattr(self, spec.name) for spec in fields(self) if spec.name not in SEVERAL)
        return (*filter(None, single), *self.place)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {spec.name: list(v) if isinstance(v := getattr(self, spec.name), tuple) else v for spec in fields(self)}

    @classmethod
    def from_dict(cls, row: Mapping[str, Any]) -> Self:
        """The map in `row`; CrawlError when it names an unknown field or a column of people, or has neither title nor body."""
        known = {spec.name for spec in fields(cls)}
        if unknown := sorted(set(row) - known):
            raise CrawlError(f"A map has no field {', '.join(unknown)}; its fields are {', '.join(sorted(known))}.")
        several: dict[str, Any] = {
            name: tuple([row[name]] if isinstance(row[name], str) else row[name]) for name in SEVERAL if row.get(name)
        }
        single: dict[str, Any] = {name: str(value or "") for name, value in row.items() if name not in SEVERAL}
        found = cls(**single, **several)
        if personal := [name for name in found.named if PERSONAL.search(name)]:
            raise CrawlError(f"The column {personal[0]} is of people and is never taken; leave it out of the map.")
        if not (found.body or found.title):
            raise CrawlError("A map needs a column for body or for title; give one of them.")
        return found


def guess(header: Sequence[str]) -> dict[str, Any]:
    """Field → column (several for place), as far as the names are known ones; what is missing, a person has to choose."""
    found: dict[str, Any] = {}
    for field, names in NAMES.items():
        present = [name for name in names if name in header]
        if present:
            found[field] = tuple(present) if field in SEVERAL else present[0]
    return found


def dropped(header: Sequence[str]) -> tuple[str, ...]:
    """The columns of people in `header`: told to whoever imports, never read."""
    return tuple(name for name in header if PERSONAL.search(name))


def missing(columns: Columns, header: Sequence[str]) -> tuple[str, ...]:
    """Columns of the map that the file does not have."""
    return tuple(name for name in columns.named if name not in header)
