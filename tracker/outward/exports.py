"""What leaves the house is written down: who, when, by which filter, how many rows; and who read what may show a person.

The sheet as a file: what the filters leave, safe to open in a spreadsheet.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable
from datetime import datetime
from importlib import import_module
from io import BytesIO, StringIO
from typing import Any, Final

from django.db import transaction
from django.db.models import QuerySet
from django.utils.timezone import localtime

from tracker.accounts.actors import Actor
from tracker.accounts.entries import entry_append
from tracker.ledger.models import Entry, moment_text
from tracker.risks.columns import COLUMNS
from tracker.risks.models import Risk

# A spreadsheet takes a cell that begins so for a formula; a leading apostrophe makes it text again.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_LONGEST: Final = 32_000  # characters of a cell; Excel refuses more than 32,767
Row = list[object]


def safe(value: object) -> str:
    """`value` as a cell that no spreadsheet computes."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text


def _csv(rows: Iterable[Row]) -> bytes:
    """UTF-8 with its mark, for office programs."""
    text = StringIO()
    sheet = csv.writer(text)
    for row in rows:
        sheet.writerow([safe(value) for value in row])
    return text.getvalue().encode("utf-8-sig")


def _xlsx(rows: Iterable[Row]) -> bytes:
    """Text cells are written as text, so none can become a formula or a link; the head stays in sight and filters."""
    xlsxwriter: Any = import_module("xlsxwriter")
    out = BytesIO()
    book = xlsxwriter.Workbook(out, {"constant_memory": True, "in_memory": True})
    sheet = book.add_worksheet()
    bold = book.add_format({"bold": True})
    last = width = 0
    for number, row in enumerate(rows):
        for column, value in enumerate(row):
            if isinstance(value, int):
                sheet.write_number(number, column, value)
            else:
                sheet.write_string(number, column, str(value)[:_LONGEST], bold if number == 0 else None)
        last, width = number, len(row)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, last, max(width - 1, 0))
    book.close()
    return out.getvalue()


WRITERS: Final[dict[str, tuple[Callable[[Iterable[Row]], bytes], str]]] = {
    "csv": (_csv, "text/csv; charset=utf-8"),
    "xlsx": (_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}


@transaction.atomic
def export_record(*, what: str, wanted: str, rows: int, actor: Actor, now: datetime) -> None:
    """One entry for one export: `what` kind of file, `wanted` the filter that chose its `rows`."""
    entry_append(
        act=f"export.{what}", subject=f"export:{what}", actor=actor, now=now, data={"filter": wanted, "rows": rows}
    )


def read_record(*, what: str, of: str, key: str, actor: Actor, now: datetime) -> None:
    """One entry a person, thing and day for reading what may show a person: evidence, people's accounts.

    Under a subject of its own: the history of a risk holds what was done to it, not who looked.
    """
    subject = f"read:{of}"
    since = moment_text(localtime(now).replace(hour=0, minute=0, second=0, microsecond=0))
    seen = Entry.objects.filter(subject=subject, act=f"read.{what}", actor=actor.username, at__gte=since)
    # Looked up before the transaction: whoever looks again waits for no writer. Of two first looks at once both may be said.
    if not any(json.loads(entry.data).get("key") == key for entry in seen):
        with transaction.atomic():
            entry_append(act=f"read.{what}", subject=subject, actor=actor, now=now, data={"key": key})


@transaction.atomic
def sheet_export(
    *,
    risks: QuerySet[Risk],
    wanted: str,
    actor: Actor,
    now: datetime,
    columns: Iterable[str] = tuple(COLUMNS),
    suffix: str = "csv",
) -> bytes:
    """`risks` in `columns` as a file of WRITERS; `wanted` is the filter as the ledger keeps it."""
    codes = list(columns)
    count = 0

    def rows() -> Iterable[Row]:
        nonlocal count
        yield [str(COLUMNS[code].label) for code in codes]
        for risk in risks.iterator(chunk_size=2000):
            count += 1
            yield [COLUMNS[code].value(risk) for code in codes]

    content = WRITERS[suffix][0](rows())
    export_record(what="sheet", wanted=wanted, rows=count, actor=actor, now=now)
    return content
