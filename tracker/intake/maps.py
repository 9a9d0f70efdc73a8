"""Saved maps of hotline exports, and imports by them: which column is which field is decided once by a person, and kept.

A map belongs to a hotline source of the catalogue, whose card says why its work orders may be read. `12328` and `12345` are there
from the start: they take columns by the names these hotlines use.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, Final

from django.utils.translation import gettext as _

from crawlers.api import Columns, CrawlError, Imported, Source, dropped, guess, open_sheet, take_work_orders
from tracker.intake.health import crawl_record
from tracker.intake.models import ImportMap

SHIPPED: Final = {"12328": "hotline-12328", "12345": "hotline-12345"}


class MapRefused(Exception):
    """A map or an import that cannot be; the message is the sentence."""


def maps() -> dict[str, str]:
    """Every map's name with its source, saved ones before shipped ones of the same name."""
    return SHIPPED | dict(ImportMap.objects.values_list("name", "source"))


def map_save(
    *, name: str, source: str, columns: Mapping[str, Any], sources: Mapping[str, Source], by: str, now: datetime
) -> None:
    """Keep a map under a new name; MapRefused when the name is taken or its source is no hotline, CrawlError for wrong columns."""
    if not name or len(name) > 63 or "/" in name:  # noqa: PLR2004 - as long as a source's name
        raise MapRefused(_("映射的名称要有 1 到 63 个字，不含斜线"))
    if name in maps():
        raise MapRefused(_("已有名为 {name} 的映射：换一个名称").format(name=name))
    if source not in sources or sources[source].family != "hotline":
        raise MapRefused(_("{source} 不是目录里的热线来源").format(source=source or "—"))
    kept = Columns.from_dict(columns).to_dict()
    ImportMap.objects.create(name=name, source=source, columns=kept, saved_by=by, saved_at=now)


def columns_of(name: str, header: Sequence[str]) -> Columns:
    """What the map called `name` takes from a file with `header`."""
    row = ImportMap.objects.filter(name=name).first()
    return Columns.from_dict(row.columns if row and row.columns else guess(header))


def sheet_take(
    *,
    file: Path | BinaryIO,
    name: str,
    sources: Mapping[str, Source],
    spool: Path,
    state: Path,
    now: datetime,
    rejects: Path | None = None,
    on_progress: Callable[[int], None] | None = None,
    called: str = "",
) -> Imported:
    """Import a file by the map called `name`; safe to repeat. MapRefused or CrawlError, a sentence, when it cannot be."""
    if isinstance(file, Path):
        try:
            with file.open("rb") as opened:
                return sheet_take(
                    file=opened, name=name, sources=sources, spool=spool, state=state, now=now, rejects=rejects,
                    on_progress=on_progress, called=str(file),
                )  # fmt: skip
        except OSError as error:
            raise CrawlError(f"{file} cannot be read ({error.strerror}); check the path.") from error
    source = _source(name, sources)
    done = take_work_orders(
        file,
        called,
        source,
        partial(columns_of, name),
        spool=spool,
        state=state,
        rejects=rejects,
        now=now,
        on_progress=on_progress,
    )
    crawl_record(report=done.report)
    return done


def _source(name: str, sources: Mapping[str, Source]) -> Source:
    known = maps()
    if name not in known:
        raise MapRefused(
            _("没有名为 {name} 的映射，现有：{known}；用 --source 和 --column 新建一个").format(
                name=name, known=_("、").join(sorted(known))
            )
        )
    source = sources.get(known[name])
    if source is None or not source.enabled:
        raise MapRefused(
            _("热线来源 {source} 没有启用：把它的目录文件复制到 YIDAN_HOME/catalogue，补全来源卡并启用").format(
                source=known[name]
            )
        )
    return source


def header_of(file: BinaryIO, called: str) -> tuple[str, ...]:
    """The column names of an open file, which is left at its start."""
    with open_sheet(file, called) as sheet:
        header = sheet.header
    file.seek(0)
    return header


def chosen(file: Path, given: Sequence[str]) -> dict[str, Any]:
    """The guess for `file` with the FIELD=COLUMN of `given` put over it; a field given several times takes several columns."""
    with file.open("rb") as opened:
        found = guess(header_of(opened, str(file)))
    over: dict[str, list[str]] = {}
    for one in given:
        field, mark, column = one.partition("=")
        if not mark:
            raise MapRefused(_("{given} 应写成 字段=列名").format(given=one))
        over.setdefault(field.strip(), []).append(column.strip())
    return found | {field: names if len(names) > 1 else names[0] for field, names in over.items()}


def preview(file: Path) -> str:
    """The columns of `file`, what each would be taken for, and which are never taken; for whoever makes a map."""
    try:
        with file.open("rb") as opened:
            header = header_of(opened, str(file))
    except OSError as error:
        raise CrawlError(f"{file} cannot be read ({error.strerror}); check the path.") from error
    taken = {
        name: field for field, names in guess(header).items() for name in ([names] if isinstance(names, str) else names)
    }
    never = set(dropped(header))
    lines = [
        f"{name}  {taken.get(name) or ('(of people: never taken)' if name in never else '-')}"
        for name in header
        if name
    ]
    return "\n".join(
        [*lines, f"Import it with: yidan import {file} --map NAME --source SOURCE [--column FIELD=COLUMN]"]
    )
