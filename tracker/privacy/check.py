"""The self-check: proves on the live store what DOMAIN §5 promises, with counts and what to do; it changes nothing.

It names tables, columns and rows, never a value: the report of a leak must not be the next one.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from django.apps import apps
from django.db import connection
from django.db.models import CharField, JSONField, Model, TextField
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from crawlers.api import mask
from tracker.posts.erasing import off_the_sheet
from tracker.privacy.columns import ACTORS, FORBIDDEN, NOT_WORDS, OFFICE, PUBLIC, STAFF, UNFILLED
from tracker.privacy.models import What
from tracker.privacy.services import cutoff

PAGE_ROWS: Final = 20_000
GRACE: Final = timedelta(days=2)  # the job runs once a day
KEY_LIFE: Final = timedelta(days=7)
_FILES: Final = ("*.log", "*.txt", "spool/*.jsonl", "spool/damaged/*", "*.csv")
_READ: Final = 64 * 1024 * 1024
OnProgress = Callable[[int], None]
Hits = list[tuple[str, dict[str, Any]]]


Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Finding:
    """One promise: `well` when it holds, `count` of what was looked at or found, and what to do when it does not hold.

    Kept as what is said, not as somebody's words: `says` and `advice` are Chinese texts with the `values` in braces, told in the
    language of whoever reads. A value that is a list holds pairs of a text and its values.
    """

    code: str
    well: bool
    count: int
    says: str
    values: Values
    advice: str = ""

    @property
    def sentence(self) -> str:
        return _told(self.says, self.values)

    @property
    def todo(self) -> str:
        return _(self.advice) if self.advice else ""


def _told(says: str, values: Values) -> str:
    parts = {
        name: _("；").join(_told(*part) for part in value) if isinstance(value, list) else value
        for name, value in values.items()
    }
    return _(says).format(**parts)


def examine(
    *, home: Path, now: datetime, rows: int | None = None, on_progress: OnProgress | None = None
) -> list[Finding]:
    """Every promise, held against the store and the folder `home`; with `rows` only the newest of each column."""
    return [
        _no_author_columns(),
        _nothing_in_unfilled(),
        *_words(rows, on_progress or (lambda _done: None)),
        _files(home),
        _states(home),
        _retention(now),
        _voice_keys(home, now),
    ]


def kept(findings: list[Finding]) -> list[dict[str, Any]]:
    """As a row of `Check` keeps them."""
    return [asdict(finding) for finding in findings]


def told(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What a `Check` kept, in the reader's language; one of an older version says what it said then."""
    shown = ("code", "well", "count", "sentence", "todo")
    return [{name: getattr(Finding(**row), name) for name in shown} if "says" in row else row for row in rows]


def _no_author_columns() -> Finding:
    found, looked = [], 0
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            # The names only: Django's description of a table parses its whole schema on SQLite.
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)} LIMIT 0")  # noqa: S608 - the store's own names
            for name, *_rest in cursor.description:
                looked += 1
                own = table.startswith(STAFF) or (table, name) in OFFICE
                if name.lower() in FORBIDDEN and not own:
                    found.append(f"{table}.{name}")
    if not found:
        return Finding("author_columns", True, looked, gettext_noop("{n} 列里没有一列存放作者"), {"n": looked})
    said, names = gettext_noop("这些列像是存放个人的：{names}"), "、".join(found)
    return Finding("author_columns", False, looked, said, {"names": names}, gettext_noop("删去这些列，并查清是谁加的"))


def _nothing_in_unfilled() -> Finding:
    filled = 0
    with connection.cursor() as cursor:
        for table, column in UNFILLED:
            cursor.execute(f"SELECT COUNT(*) FROM {table} WHERE {column} <> ''")  # noqa: S608 - our own constants
            filled += cursor.fetchone()[0]
    if not filled:
        return Finding("unfilled", True, 0, gettext_noop("工作人员账号不含邮箱等多余信息"), {})
    said, advice = gettext_noop("有 {n} 个账号填了用不着的信息"), gettext_noop("清空这些账号的邮箱和姓名列")
    return Finding("unfilled", False, filled, said, {"n": filled}, advice)


def _columns() -> Iterator[tuple[type[Model], str, str]]:
    """(model, table, column) of every column in which words may stand."""
    for model in apps.get_models():
        table = model._meta.db_table  # noqa: SLF001 - Django's documented door
        if table.startswith(STAFF):
            continue
        for field in model._meta.concrete_fields:  # noqa: SLF001 - as above
            words = isinstance(field, CharField | TextField | JSONField) and not field.choices
            if words and field.column not in NOT_WORDS | ACTORS and (table, field.column) not in OFFICE:
                yield model, table, field.attname


def _words(rows: int | None, tell: OnProgress) -> list[Finding]:
    """Every text column, held against the patterns of the mask: what would still be masked should not be there."""
    seen: dict[bool, int] = {True: 0, False: 0}
    hits: dict[bool, Hits] = {True: [], False: []}
    for model, table, column in _columns():
        public, found, first = table.startswith(PUBLIC), 0, 0
        for key, value in _values(model, column, rows):
            seen[public] += 1
            if unmasked(value):
                found, first = found + 1, first or key
            if seen[public] % 1000 == 0:
                tell(sum(seen.values()))
        if found:
            place = {"table": table, "column": column, "n": found, "key": str(first)}
            hits[public].append((gettext_noop("{table}.{column} {n} 处（如第 {key} 行）"), place))
    return [_public(seen[True], hits[True]), _own(seen[False], hits[False])]


def _public(seen: int, hits: Hits) -> Finding:
    if not hits:
        return Finding(
            "public_words", True, seen, gettext_noop("公众的话 {n} 处，没有电话、证件号、邮箱等"), {"n": seen}
        )
    said = gettext_noop("公众的话里还有像个人信息的内容：{places}")
    return Finding(
        "public_words",
        False,
        seen,
        said,
        {"places": hits},
        gettext_noop("用 yidan privacy mask 重新遮盖，并把样式告诉维护者"),
    )


def _own(seen: int, hits: Hits) -> Finding:
    if not hits:
        return Finding(
            "own_words", True, seen, gettext_noop("工作人员写的话 {n} 处，没有像个人信息的内容"), {"n": seen}
        )
    said = gettext_noop("工作人员写的话里有像电话、姓名的内容，请核对：{places}")
    return Finding(
        "own_words",
        True,
        seen,
        said,
        {"places": hits},
        gettext_noop("逐条核对：单位的办公电话可以留，个人的请更正后补记"),
    )


def _values(model: type[Model], column: str, rows: int | None) -> Iterator[tuple[Any, Any]]:
    every = model._default_manager.order_by("-pk").exclude(**{column: ""}).values_list("pk", column)  # noqa: SLF001
    yield from (every[:rows] if rows else every).iterator(chunk_size=2000)


def unmasked(value: Any) -> bool:
    """True when some text in `value` (a text, or what JSON holds) would still be masked."""
    if isinstance(value, str):
        return mask(value) != value
    if isinstance(value, dict):
        return any(unmasked(part) for name, part in value.items() if name not in NOT_WORDS | ACTORS)
    return isinstance(value, list) and any(unmasked(part) for part in value)


def _files(home: Path) -> Finding:
    hits, looked = [], 0
    for path in sorted({path for pattern in _FILES for path in home.glob(pattern) if path.is_file()}):
        looked += 1
        if any(unmasked(value) for value in _lines(path)):
            hits.append(str(path.relative_to(home)))
    if not hits:
        return Finding("files", True, looked, gettext_noop("批次文件和日志 {n} 个，没有个人信息"), {"n": looked})
    said, names = gettext_noop("这些文件里有像个人信息的内容：{names}"), "、".join(hits)
    return Finding("files", False, looked, said, {"names": names}, gettext_noop("核对后删去这些文件"))


def _lines(path: Path) -> Iterator[Any]:
    """The lines of a file; one of JSON as what it holds, so that keys and digests are not taken for numbers of people."""
    with path.open(encoding="utf-8", errors="replace") as file:
        read = 0
        for line in file:
            read += len(line)
            if read > _READ:
                return
            try:
                yield json.loads(line)
            except ValueError:
                yield line


def _states(home: Path) -> Finding:
    """What crawls remember of a source: no column of a person there either."""
    found, looked = [], 0
    for path in sorted((home / "state").rglob("*.sqlite*")):
        if path.name.endswith(("-wal", "-shm")):
            continue
        looked += 1
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as store:
            tables = [name for (name,) in store.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            names = {row[1].lower() for table in tables for row in store.execute(f'PRAGMA table_info("{table}")')}
        found += [f"{path.name}.{name}" for name in sorted(names & FORBIDDEN)]
    if not found:
        return Finding("states", True, looked, gettext_noop("{n} 个来源的抓取记录里没有作者"), {"n": looked})
    said, where = gettext_noop("这些列像是存放个人的：{names}"), "、".join(found)
    return Finding("states", False, looked, said, {"names": where}, gettext_noop("删去这些列"))


def _retention(now: datetime) -> Finding:
    late = off_the_sheet(cutoff(What.POSTS, now) - GRACE).count()
    if not late:
        return Finding("retention", True, 0, gettext_noop("没有超过保存期限的未列单原文"), {})
    said = gettext_noop("有 {n} 条未列单诉求的原文超过了保存期限")
    advice = gettext_noop("运行 yidan privacy expire，并检查后台任务 privacy 是否在运行")
    return Finding("retention", False, late, said, {"n": late}, advice)


def _voice_keys(home: Path, now: datetime) -> Finding:
    """The key by which different voices are counted may not outlive its week; without it no hash can be made from a name again."""
    keys = [path for path in home.rglob("*.key") if path.name != "secret.key"]
    old = [path for path in keys if path.stat().st_mtime < (now - KEY_LIFE).timestamp()]
    if not keys:
        return Finding("voice_keys", True, 0, gettext_noop("没有散列密钥在用，以前的都已销毁"), {})
    said, advice = gettext_noop("散列密钥 {n} 个，{old} 个已过一周"), gettext_noop("立即销毁过期的密钥") if old else ""
    return Finding("voice_keys", not old, len(keys), said, {"n": len(keys), "old": len(old)}, advice)
