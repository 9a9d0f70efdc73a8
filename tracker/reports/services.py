"""Computing papers, freezing them, writing them out.

Only a finished period is frozen. Computing it again gives the frozen paper while its facts are the same; when they have changed
(late data, a corrected label), a new revision is added that names what differs. Nothing is ever changed silently.
"""

from __future__ import annotations

import gc
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import transaction

from crawlers.api import Source
from crawlers.api import sources as catalogue
from tracker.ledger.services import ledger_head
from tracker.reports.kinds import KINDS, period_of
from tracker.reports.models import Paper
from tracker.reports.paper import Json
from tracker.reports.periods import BadPeriod
from tracker.reports.render.apart import Apart, apart
from tracker.reports.revisions import corrections, same
from tracker.reports.selectors import acts_of, papers, period_facts, slip_facts
from tracker.reports.slips import NoSlip, available, slip
from tracker.reports.templates import BadTemplate, template_of
from tracker.risks.deadlines import current_calendar
from tracker.risks.models import Risk

__all__ = [
    "BadPeriod", "BadTemplate", "NoSlip", "UnknownFormat", "paper_file", "paper_make", "paper_preview", "paper_write", "slip_paper", "slips_of",
]  # fmt: skip

OnProgress = Callable[[int], None]


class UnknownFormat(ValueError):
    """A format that no renderer makes; str() is one sentence naming those that exist."""


def paper_preview(
    *,
    kind: str,
    period: str,
    now: datetime,
    sources: Mapping[str, Source] | None = None,
    head: tuple[int, str] | None = None,
) -> Json:
    """The paper `kind` (a key of KINDS) on `period` as it would be computed at `now` (aware), without keeping it.

    `sources` defaults to the catalogue of this installation, `head` to where the ledger stands. BadPeriod when there is no such
    period.
    """
    span = period_of(kind, period)
    known = catalogue(settings.ENV.catalogue) if sources is None else sources
    with _no_collector():
        with transaction.atomic():
            end = head or ledger_head()
            facts = period_facts(span, now, head=end, sources=known, calendar=current_calendar())
        content = KINDS[kind].compute(facts, period=span, as_of=now)
    return content | {"revision": 0, "changes": [], "computed_at": _iso(now), "digest": facts_digest(content)}


@contextmanager
def _no_collector() -> Iterator[None]:
    """Facts and papers hold no cycles: Python's collector would go through a million rows again and again, a sixth of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def paper_make(*, kind: str, period: str, now: datetime, sources: Mapping[str, Source] | None = None) -> Json:
    """The paper, frozen once its period has ended, a preview before. BadPeriod when there is no such period."""
    content = paper_preview(kind=kind, period=period, now=now, sources=sources)
    return content if content["status"] == "interim" else _freeze(content, now)


@transaction.atomic
def _freeze(content: Json, now: datetime) -> Json:
    """The paper already kept when it states the same facts, else a new revision of it."""
    latest = papers(content["kind"], content["period"]).first()
    if latest and same(latest.content, content):
        return dict(latest.content)
    changes = corrections(latest.content, content) if latest else []
    revision = latest.content["revision"] + 1 if latest else 1
    frozen = content | {"revision": revision, "changes": changes}
    ledger = content["ledger"]
    Paper.objects.create(
        kind=content["kind"],
        period=content["period"],
        computed_at=now,
        ledger_seq=ledger["seq"],
        ledger_hash=ledger["hash"],
        content=frozen,
    )
    return frozen


# What may differ between two computations of the same facts. Papers out of the house carry this digest: it stays as it is.
_CIRCUMSTANCES = frozenset({"computed_at", "revision", "changes", "digest", "ledger", "draft"})


def facts_digest(content: Json) -> str:
    """sha256 over what the paper states, without when it was computed and how far the ledger had grown by then."""
    stated = {key: value for key, value in content.items() if key not in _CIRCUMSTANCES}
    return sha256(json.dumps(stated, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def paper_write(
    *,
    kind: str,
    period: str,
    formats: Sequence[str],
    output: Path,
    now: datetime,
    on_progress: OnProgress | None = None,
    sources: Mapping[str, Source] | None = None,
    record: Callable[[Path], None] = lambda _path: None,
) -> list[Path]:
    """Write the paper into the folder `output`, one file a format, each whole or not at all; returns their paths.

    `record` is told of each file before it gets its name, so that none is there which was not written down. `on_progress` is told how many steps are done (one for the paper, one for each format). BadPeriod and UnknownFormat, one
    sentence, before anything is written.
    """
    from tracker.reports.render import RENDERERS

    if strange := [name for name in formats if name not in RENDERERS]:
        raise UnknownFormat(f"{strange[0]!r} is not a format of papers: choose from {', '.join(sorted(RENDERERS))}")
    tell = on_progress or (lambda _done: None)
    wanted = list(dict.fromkeys(formats))
    with _beside(wanted) as typesetter:
        content = paper_make(kind=kind, period=period, now=now, sources=sources)
        tell(1)
        output.mkdir(parents=True, exist_ok=True)
        paths = {name: output / file_name(content, name) for name in wanted}
        for done, (name, body) in enumerate(_rendered(content, wanted, typesetter), 2):
            _put(paths[name], body, record)
            tell(done)
    return list(paths.values())


SLOW: Final = "pdf"


@contextmanager
def _beside(wanted: Sequence[str]) -> Iterator[Apart | None]:
    """A process for the slow format where others are wanted too."""
    if SLOW not in wanted or len(wanted) == 1:
        yield None
        return
    with apart(SLOW) as typesetter:
        yield typesetter


def _rendered(content: Json, wanted: Sequence[str], typesetter: Apart | None) -> Iterator[tuple[str, bytes]]:
    """(format, file) of each, the slow one last when it is made beside the others."""
    slow = typesetter.render(content) if typesetter else None
    for name in wanted:
        if slow is None or name != SLOW:
            yield name, paper_file(content, name)
    if slow is not None:
        yield SLOW, slow.result()


def slip_paper(*, kind: str, risk: Risk, now: datetime, head: tuple[int, str] | None = None) -> Json:
    """The paper `kind` (a key of `slips.KINDS`) of one item that the reader may see, as the ledger has it at `now`.

    Computed on demand and not kept: the ledger is its record, up to `head` (where it stands now). NoSlip when the item has not
    come to that paper.
    """
    with transaction.atomic():
        facts = slip_facts(risk, head or ledger_head())
    content = slip(kind, facts, now=now)
    return content | {"digest": facts_digest(content)}


def slips_of(risk: Risk) -> tuple[str, ...]:
    """The kinds of paper that `risk` has come to."""
    return available(acts_of(risk))


def paper_file(content: Json, suffix: str) -> bytes:
    """The paper as a file; a .docx on the office's own template where it has one. UnknownFormat, BadTemplate."""
    from tracker.reports.render import RENDERERS

    if suffix not in RENDERERS:
        raise UnknownFormat(f"{suffix!r} is not a format of papers: choose from {', '.join(sorted(RENDERERS))}")
    own = template_of(settings.ENV.paper_templates, content["kind"]) if suffix == "docx" else None
    if own is None:
        return RENDERERS[suffix](content)
    from tracker.reports.render.office import render_on

    return render_on(own, content)


def file_name(content: Json, suffix: str) -> str:
    """weekly-2026-W47.docx, with the revision from the second on, or that it is interim."""
    mark = "-interim" if content["status"] == "interim" else ""
    mark = f"-r{content['revision']}" if content["revision"] > 1 else mark
    return f"{content['kind']}-{content['period']}{mark}.{suffix}"


def _put(path: Path, body: bytes, record: Callable[[Path], None]) -> None:
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    with part.open("wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    record(path)
    part.replace(path)


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()
