"""The command that looks back: replay. It needs no store."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tracker.cli.jsonl import Bad, rows
from tracker.cli.progress import progress
from tracker.cli.sentence import Sentence
from tracker.cli.understand import Input, assessed, chunks, named, texts

if TYPE_CHECKING:
    from analysis.records import Text

_PROCESSES = 2


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command()(replay)


def replay(
    source: Input,
    since: Annotated[str, typer.Option("--from", help="ISO date: the first day reported.")],
    until: Annotated[str, typer.Option("--until", help="ISO date: the day after the last one reported.")],
    output: Annotated[str, typer.Option("--output", help="A .json file; `-` for standard output.")] = "-",
    workers: Annotated[int, typer.Option("--workers", min=1, max=64, help="Processes.")] = min(
        _PROCESSES, os.cpu_count() or 1
    ),
) -> None:
    """Play a dated archive against the clock: what would have been flagged when, lead times, alarms and work a day."""
    from analysis import api
    from tracker.risks.clocks import SHANGHAI

    first, last = _day(since, "--from"), _day(until, "--until")
    if first >= last:
        raise Sentence(f"--from {since} is not before --until {until}: give an earlier first day.")
    bad = Bad()
    archive = [(at, text, board) for at, text, board in _dated(source, bad) if at.astimezone(SHANGHAI).date() < last]
    archive.sort(key=lambda row: row[0])
    with progress("replaying", total=len(archive)) as report:
        played = list(_played(archive, workers, report))
    found = api.replay(played, since=first, until=last, zone=SHANGHAI, rule=api.HeatRule())
    _write(output, found)
    if output != "-":
        print(_sentence(found["summary"]))
    bad.complain()


def _day(text: str, option: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Sentence(f"{option} {text!r} is not a date: write it like 2019-03-01.") from error


def _dated(source: str, bad: Bad) -> Iterator[tuple[datetime, Text, str]]:
    """Every row with a time that can be read, with its board; the others are named and left out."""
    for row in rows(source, ["id", "title", "body", "created_at"], bad):
        at = _moment(row["created_at"])
        if at is None:
            bad.add(f"{source}, row {row['id']!r} has no readable created_at ({str(row['created_at'])[:40]!r})")
            continue
        (text,) = texts([row])
        yield at, text, str(row.get("source") or "")


def _moment(value: object) -> datetime | None:
    """An aware time; one without a zone is Shanghai's."""
    from tracker.risks.clocks import SHANGHAI

    try:
        at = datetime.fromisoformat(str(value).strip().replace("/", "-"))
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=SHANGHAI)


def _played(archive: list[tuple[datetime, Text, str]], workers: int, report: Any) -> Iterator[Any]:
    """Each post with what the machine says and the event it would have been given, in the order of time."""
    from analysis.api import EventIndex, Played

    index = EventIndex()
    said = assessed(chunks(text for _at, text, _board in archive), workers)
    for number, ((at, text, board), row) in enumerate(zip(archive, said, strict=True), 1):
        event = index.add(named(text), row["places"], row["topic"]).event if _of_the_sector(row) else str(text.id)
        report(number)
        yield Played(text.id, at, event, row["flagged"], row["level"], row["risk"], text.likes, board)


def _of_the_sector(row: dict[str, Any]) -> bool:
    """As intake does: what is neither transport nor flagged belongs to no event."""
    return bool(row["flagged"] or row["topic"] != "-")


def _write(output: str, found: dict[str, Any]) -> None:
    """Whole or not at all."""
    text = json.dumps(found, ensure_ascii=False, indent=1) + "\n"
    if output == "-":
        sys.stdout.write(text)
        return
    target = Path(output)
    part = target.with_name(target.name + ".part")
    try:
        part.write_text(text, encoding="utf-8", errors="backslashreplace")
        part.replace(target)
    except OSError as error:
        raise Sentence(f"{output} cannot be written ({error.strerror}): choose another place.") from error


def _sentence(found: dict[str, Any]) -> str:
    lead, work, alarms = found["lead_hours"], found["workload_a_day"], found["alarms_a_day"]
    early = f"{lead['before_peak']} of {lead['events_with_peak']} events with a peak were flagged before it"
    return (
        f"{found['posts']} posts in {found['days']} days: {found['flagged']} flagged, {found['events_flagged']} events to read"
        f" ({work['mean']} a day, at most {work['most']}); {early}, median lead {lead['median']} h;"
        f" {found['alarms']} burst alarms ({alarms['mean']} a day, at most {alarms['most']})."
    )
