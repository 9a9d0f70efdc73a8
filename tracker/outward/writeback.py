"""Back to the hotline: what became of its work orders, one row each under its own number, as a file its system can take in."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import datetime
from io import BytesIO, StringIO
from typing import Final

from django.db import transaction
from django.db.models import Max
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from tracker.accounts.actors import Actor
from tracker.outward.exports import export_record, safe
from tracker.posts.models import Sighting
from tracker.risks.models import Risk

FORMATS: Final = ("csv", "xlsx")
# As hotlines name them (DOMAIN §6); a file for another system is not translated.
COLUMNS: Final = (
    "工单编号", "隐患编号", "工单状态", "承办单位", "交办时间", "办结期限", "办理结果", "答复内容", "答复时间", "办结时间",
)  # fmt: skip


class NothingToSend(ValueError):
    """No work order of this source is on the sheet; the message is the sentence."""


@transaction.atomic
def writeback(*, source: str, kind: str, actor: Actor, now: datetime, since: datetime | None = None) -> bytes:
    """The file for `source`: its work orders on the sheet (with `since` those that moved since), as csv or xlsx; one ledger entry."""
    rows = list(_rows(source, since))
    if not rows:
        raise NothingToSend(_("来源 {source} 没有在清单上的工单可以回写").format(source=source[:60]))
    wanted = f"{source} {since.isoformat() if since else ''}".strip()
    export_record(what="writeback", wanted=wanted, rows=len(rows), actor=actor, now=now)
    return _csv(rows) if kind == "csv" else _xlsx(rows)


def _rows(source: str, since: datetime | None) -> Iterator[list[str]]:
    seen = Sighting.objects.filter(source=source, post__event__risk_item__isnull=False)
    # An event listed again after a withdrawal has two items: the hotline hears of the newer one.
    newest = seen.order_by().values_list("key").annotate(risk=Max("post__event__risk_item"))
    # Sorted here: a store sorts text as its collation does, and the file should be the same from every store.
    pairs = sorted(newest.values_list("key", "risk"))
    risks = Risk.objects.select_related("unit").in_bulk({risk for _key, risk in pairs})
    for key, pk in pairs:
        risk = risks[pk]
        if since is None or (moved := _moved(risk)) is None or moved >= since:
            yield [key, *_told(risk)]


def _moved(risk: Risk) -> datetime | None:
    """When something the hotline wants to know happened last."""
    moments = (risk.listed_at, risk.assigned_at, risk.answered_at, risk.submitted_at, risk.closed_at)
    return max((moment for moment in moments if moment), default=None)


def _told(risk: Risk) -> list[str]:
    # An answer that waits to be verified is not yet one the hotline may pass on.
    answered = risk.answer if risk.answered_at else ""
    return [
        risk.number, risk.state_label, risk.unit.name if risk.unit else "", _moment(risk.assigned_at), _moment(risk.treat_due),
        risk.outcome_label if risk.closed_at else "", answered, _moment(risk.answered_at), _moment(risk.closed_at),
    ]  # fmt: skip


def _moment(value: datetime | None) -> str:
    return f"{localtime(value):%Y-%m-%d %H:%M:%S}" if value else ""


def _csv(rows: list[list[str]]) -> bytes:
    text = StringIO()
    sheet = csv.writer(text)
    sheet.writerow(COLUMNS)
    sheet.writerows([safe(value) for value in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def _xlsx(rows: list[list[str]]) -> bytes:
    import xlsxwriter

    content = BytesIO()
    # Every cell is text: a number of 18 digits must not be rounded, and nothing may be computed.
    with xlsxwriter.Workbook(
        content, {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
    ) as book:
        sheet = book.add_worksheet("工单回写")
        for number, row in enumerate([COLUMNS, *rows]):
            for column, value in enumerate(row):
                sheet.write_string(number, column, value[:32767])
    return content.getvalue()
