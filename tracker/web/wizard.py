"""The wizard for hotline exports: look at a file's columns, say which is which, keep that as a map, import by it.

Three small forms instead of one long one, because the file is not kept between them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from django.conf import settings
from django.utils.translation import gettext as _

from crawlers.api import CatalogueError, CrawlError, dropped, guess, mask, open_sheet
from tracker.intake import maps
from tracker.intake.known import known_sources
from tracker.web.middleware import DeskRequest

SAMPLE: Final = 3
WIDE: Final = 60


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the file looked at: `field` is what it is taken for, `never` that it is of people."""

    name: str
    field: str
    never: bool
    examples: tuple[str, ...]


def fields() -> list[tuple[str, str]]:
    """The fields of a work order with their names for people."""
    return [
        ("", _("不采用")), ("key", _("工单编号")), ("title", _("标题")), ("body", _("内容")), ("place", _("地点（可多列）")),
        ("published_at", _("时间")), ("reply", _("答复")), ("reply_organisation", _("答复单位")), ("reply_published_at", _("答复时间")),
    ]  # fmt: skip


def wizard_context(request: DeskRequest) -> dict[str, Any]:
    """What the page shows after what was asked: `refused` carries the sentence of what could not be done."""
    try:
        sources = known_sources()
    except CatalogueError as error:
        return {"refused": str(error), "maps": {}}
    hotlines = [source for source in sources.values() if source.family == "hotline"]
    context: dict[str, Any] = {"hotlines": hotlines, "fields": fields(), "chosen": request.POST.get("map", "")}
    try:
        if request.method == "POST":
            context |= _STEPS.get(request.POST.get("step", ""), _nothing)(request, sources)
    except (CrawlError, maps.MapRefused) as error:
        context["refused"] = str(error)
    return context | {"maps": maps.maps()}


def _nothing(_request: DeskRequest, _sources: Mapping[str, Any]) -> dict[str, Any]:
    return {}


def _file(request: DeskRequest) -> Any:
    file = request.FILES.get("file")
    if file is None:
        raise maps.MapRefused(_("请选择一个 .xlsx 或 .csv 文件，不超过 5 MB；更大的请在服务器上用 yidan import 导入"))
    return file


def _look(request: DeskRequest, _sources: Mapping[str, Any]) -> dict[str, Any]:
    file = _file(request)
    with open_sheet(file.file, str(file.name)) as sheet:
        rows = [cells for _number, cells in islice(sheet.rows, SAMPLE)]
        header = sheet.header
    never = set(dropped(header))
    taken = {
        name: field for field, names in guess(header).items() for name in ([names] if isinstance(names, str) else names)
    }
    columns = [
        Column(name, taken.get(name, ""), name in never, () if name in never else _examples(rows, n))
        for n, name in enumerate(header)
        if name
    ]
    return {"columns": columns, "file_name": file.name}


def _examples(rows: list[Any], place: int) -> tuple[str, ...]:
    cells = (str(row[place]) for row in rows if place < len(row) and row[place] not in (None, ""))
    return tuple(mask(cell)[:WIDE] for cell in cells)


def _save(request: DeskRequest, sources: Mapping[str, Any]) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    for name, field in zip(request.POST.getlist("column"), request.POST.getlist("field"), strict=False):
        if field == "place":
            columns.setdefault("place", []).append(name)
        elif field and field in columns:
            raise maps.MapRefused(_("{field} 只能取一列").format(field=dict(fields()).get(field, field)))
        elif field:
            columns[field] = name
    name = request.POST.get("name", "").strip()
    maps.map_save(
        name=name, source=request.POST.get("source", ""), columns=columns, sources=sources,
        by=request.actor.username, now=request.now,
    )  # fmt: skip
    return {"saved": name, "chosen": name}


def _import(request: DeskRequest, sources: Mapping[str, Any]) -> dict[str, Any]:
    file = _file(request)
    done = maps.sheet_take(
        file=file.file, name=request.POST.get("map", ""), sources=sources, spool=settings.ENV.spool,
        state=settings.ENV.crawl_state, now=request.now, called=str(file.name),
    )  # fmt: skip
    return {"done": done}


_STEPS: Final = {"look": _look, "save": _save, "import": _import}
