"""The sheet held against the ledger: every risk must be what its entries make it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Any

from tracker.ledger.models import Entry, moment_text
from tracker.risks.lifecycle import Act
from tracker.risks.models import Risk
from tracker.risks.replay import COLUMNS, Unlawful, differences, replayed

_CHUNK = 500


def sheet_row(risk: Risk) -> dict[str, Any]:
    """The replayed columns as the sheet has them."""
    row = {name: getattr(risk, name) for name in COLUMNS if name != "unit"}
    row = {name: _plain(value) for name, value in row.items()}
    return row | {"unit": risk.unit.code if risk.unit else ""}


def _plain(value: object) -> object:
    if value is None:
        return ""
    return moment_text(value) if isinstance(value, datetime) else value


def sheet_verify() -> Iterator[tuple[str, str]]:
    """(number, sentence) for every risk that is not what the ledger makes it; nothing when all agree.

    Finds columns changed, entries the table does not allow, rows the ledger does not know, and listed risks whose row is gone.
    """
    risks = Risk.objects.select_related("unit").order_by("number")
    listed = set(Entry.objects.filter(act=f"risk.{Act.LIST}").values_list("subject", flat=True))
    for chunk in _chunks(risks.iterator(chunk_size=_CHUNK)):
        entries: dict[str, list[Entry]] = defaultdict(list)
        for entry in Entry.objects.filter(subject__in=[risk.subject for risk in chunk]).order_by("seq"):
            entries[entry.subject].append(entry)
        for risk in chunk:
            listed.discard(risk.subject)
            yield from ((risk.number, sentence) for sentence in _disagreements(risk, entries[risk.subject]))
    yield from ((subject.removeprefix("risk:"), "is in the ledger but not on the sheet") for subject in sorted(listed))


def _chunks(risks: Iterator[Risk]) -> Iterator[list[Risk]]:
    while chunk := list(islice(risks, _CHUNK)):
        yield chunk


def _disagreements(risk: Risk, entries: list[Entry]) -> list[str]:
    if not entries:
        return ["is on the sheet but not in the ledger"]
    try:
        return differences(sheet_row(risk), replayed(entries))
    except Unlawful as error:
        return [str(error)]
