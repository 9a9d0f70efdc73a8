"""The sheet held against the ledger, and the evidence against its digests: every risk must be what its entries make it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import IO, Any

from django.db import transaction

from tracker.ledger.models import Entry, moment_text
from tracker.risks.files import opened, path_of
from tracker.risks.lifecycle import Act
from tracker.risks.models import Attachment, NumberSeries, Risk
from tracker.risks.replay import COLUMNS, Unlawful, differences, replayed, words_of

_CHUNK = 500
# Kept in rows of their own, or under a key.
_ELSEWHERE = frozenset({"unit", "assisting", "supervising", "evidence", "words"})


def sheet_row(risk: Risk) -> dict[str, Any]:
    """The replayed columns as the sheet has them."""
    row = {name: _plain(getattr(risk, name)) for name in COLUMNS if name not in _ELSEWHERE}
    row["words"] = words_of(risk.problem, risk.place)
    evidence = sorted(risk.attachments.all(), key=lambda attachment: attachment.pk)
    return row | {
        "unit": risk.unit.code if risk.unit else "",
        "assisting": sorted(unit.code for unit in risk.assisting.all()),
        "supervising": risk.supervising_unit.code if risk.supervising_unit else "",
        "evidence": [a.digest for a in evidence],
    }


def _plain(value: object) -> object:
    if value is None:
        return ""
    return moment_text(value) if isinstance(value, datetime) else value


def sheet_verify() -> Iterator[tuple[str, str]]:
    """(number, sentence) for every risk that is not what the ledger makes it; nothing when all agree.

    Finds columns changed, entries the table does not allow, rows the ledger does not know, listed risks whose row is gone, and
    numbers that were never given out.
    """
    units = ("unit", "supervising_unit")
    risks = Risk.objects.select_related(*units).prefetch_related("attachments", "assisting").order_by("number")
    listed = set(Entry.objects.filter(act=f"risk.{Act.LIST}").values_list("subject", flat=True))
    given = set(listed)
    for chunk in _chunks(risks.iterator(chunk_size=_CHUNK)):
        entries: dict[str, list[Entry]] = defaultdict(list)
        for entry in Entry.objects.filter(subject__in=[risk.subject for risk in chunk]).order_by("seq"):
            entries[entry.subject].append(entry)
        for risk in chunk:
            listed.discard(risk.subject)
            if _disagreements(risk, entries[risk.subject]):
                yield from ((risk.number, sentence) for sentence in _looked_at_again(risk.pk))
    yield from ((subject.removeprefix("risk:"), "is in the ledger but not on the sheet") for subject in sorted(listed))
    yield from _gaps(given)


def _gaps(given: set[str]) -> Iterator[tuple[str, str]]:
    """Numbers are dense by year, up to the last that was given out; `given` are the subjects of the listings read before."""
    for year, last in NumberSeries.objects.order_by("year").values_list("year", "last"):
        missing = [number for n in range(1, last + 1) if f"risk:{(number := f'YD-{year}-{n:05d}')}" not in given]
        if missing := _still_missing(missing):
            yield missing[0], f"was given to nothing, as {len(missing)} of the {last} numbers of {year}"


def _still_missing(missing: list[str]) -> list[str]:
    """Those of `missing` that still are: an item listed between the reading of the listings and that of the series is no gap."""
    found: set[str] = set()
    for n in range(0, len(missing), _CHUNK):
        subjects = [f"risk:{number}" for number in missing[n : n + _CHUNK]]
        found.update(
            Entry.objects.filter(act=f"risk.{Act.LIST}", subject__in=subjects).values_list("subject", flat=True)
        )
    return [number for number in missing if f"risk:{number}" not in found]


def _looked_at_again(pk: int) -> list[str]:
    """The same with the row held: somebody may have acted between the reading of the sheet and that of the ledger."""
    with transaction.atomic():
        # Held first and read afterwards: what a statement joins to the row it waited for may be of before.
        Risk.objects.select_for_update(no_key=True).get(pk=pk)
        risk = Risk.objects.get(pk=pk)
        return _disagreements(risk, list(Entry.objects.filter(subject=risk.subject).order_by("seq")))


def evidence_verify(root: Path) -> Iterator[tuple[str, str]]:
    """(number, sentence) for every piece of evidence under `root` that is gone or is not the file that was brought."""
    for attachment in Attachment.objects.select_related("risk").order_by("risk__number", "id").iterator():
        path = path_of(root, attachment.digest)
        try:
            with opened(root, attachment.digest) as file:
                found = _digest(file)
        except OSError:
            yield attachment.risk.number, f"the file of {attachment.name} is gone: {path}"
            continue
        if found != attachment.digest:
            yield attachment.risk.number, f"the file of {attachment.name} has been changed: {path}"


def _digest(file: IO[bytes]) -> str:
    digest = sha256()
    while chunk := file.read(1 << 20):
        digest.update(chunk)
    return digest.hexdigest()


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
