"""What leaves the house is written down: who, when, by which filter, how many rows; and who read what may show a person.

The sheet as a file: what the filters leave, safe to open in a spreadsheet.
"""

from __future__ import annotations

import csv
import json
from datetime import datetime
from io import StringIO
from typing import Final

from django.db import transaction
from django.db.models import QuerySet
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from tracker.accounts.actors import Actor
from tracker.accounts.entries import entry_append
from tracker.ledger.models import Entry, moment_text
from tracker.posts.labels import NEEDS, TOPICS
from tracker.risks.models import Risk

# A spreadsheet takes a cell that begins so for a formula; a leading apostrophe makes it text again.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def safe(value: object) -> str:
    """`value` as a cell that no spreadsheet computes."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text


def _moment(value: datetime | None) -> str:
    return f"{localtime(value):%Y-%m-%d %H:%M}" if value else ""


def _row(risk: Risk) -> list[object]:
    return [
        risk.number, risk.level, risk.problem, risk.place, TOPICS.get(risk.topic, risk.topic), NEEDS.get(risk.need, risk.need),
        risk.unit.name if risk.unit else "", risk.state_label, risk.outcome_label, _moment(risk.listed_at),
        _moment(risk.assigned_at), _moment(risk.treat_due), _moment(risk.answer_due), _moment(risk.answered_at),
        _moment(risk.closed_at),
    ]  # fmt: skip


@transaction.atomic
def export_record(*, what: str, wanted: str, rows: int, actor: Actor, now: datetime) -> None:
    """One entry for one export: `what` kind of file, `wanted` the filter that chose its `rows`."""
    entry_append(
        act=f"export.{what}", subject=f"export:{what}", actor=actor, now=now, data={"filter": wanted, "rows": rows}
    )


@transaction.atomic
def read_record(*, what: str, of: str, key: str, actor: Actor, now: datetime) -> None:
    """One entry a person, thing and day for reading what may show a person: evidence, people's accounts.

    Under a subject of its own: the history of a risk holds what was done to it, not who looked.
    """
    subject = f"read:{of}"
    since = moment_text(localtime(now).replace(hour=0, minute=0, second=0, microsecond=0))
    seen = Entry.objects.filter(subject=subject, act=f"read.{what}", actor=actor.username, at__gte=since)
    if not any(json.loads(entry.data).get("key") == key for entry in seen):
        entry_append(act=f"read.{what}", subject=subject, actor=actor, now=now, data={"key": key})


@transaction.atomic
def sheet_export(*, risks: QuerySet[Risk], wanted: str, actor: Actor, now: datetime) -> bytes:
    """CSV of `risks` (UTF-8 with its mark, for office programs); `wanted` is the filter as the ledger keeps it."""
    text = StringIO()
    sheet = csv.writer(text)
    sheet.writerow([
        _("编号"), _("等级"), _("问题"), _("地点"), _("领域"), _("诉求"), _("承办单位"), _("状态"), _("结果"), _("列单时间"),
        _("交办时间"), _("办理期限"), _("答复期限"), _("答复时间"), _("销号时间"),
    ])  # fmt: skip
    count = 0
    for risk in risks.iterator(chunk_size=2000):
        sheet.writerow([safe(value) for value in _row(risk)])
        count += 1
    export_record(what="sheet", wanted=wanted, rows=count, actor=actor, now=now)
    return text.getvalue().encode("utf-8-sig")
