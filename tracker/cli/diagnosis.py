"""What `yidan doctor` looks at: folder, store, ledger, catalogue, model, spool, jobs. Reads only."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tracker.cli.backup_findings import backup_findings
from tracker.cli.finding import Finding
from tracker.cli.sentence import Sentence, home

if TYPE_CHECKING:
    from tracker.env import Env

LEAST_FREE = 1 << 30


def examine() -> Iterator[Finding]:
    """Every finding, most basic first; what cannot be looked at because something below it is broken is left out."""
    env = home()
    yield Finding(well=True, sentence=f"YIDAN_HOME {env.home} can be written to")
    free = shutil.disk_usage(env.home).free
    yield Finding(free > LEAST_FREE, f"{free >> 20} MB free on its disk{'' if free > LEAST_FREE else ': make room, below 1 GB crawls and the store may fail'}")  # fmt: skip
    yield from _catalogue(env)
    yield from _model()
    yield from _spool(env)
    yield from _store(env)


def _catalogue(env: Env) -> Iterator[Finding]:
    from crawlers import api

    wrong = api.problems(env.catalogue)
    yield from (Finding(well=False, sentence=sentence) for sentence in wrong)
    if not wrong:
        on = sum(s.enabled for s in api.sources(env.catalogue).values())
        yield Finding(on > 0, f"{on} sources are switched on" + ("" if on else ": enable one in YIDAN_HOME/catalogue"))


def _model() -> Iterator[Finding]:
    from analysis.api import Analyser, ModelError

    try:
        yield Finding(well=True, sentence=f"the model is {Analyser.load().version}")
    except ModelError as error:
        yield Finding(well=False, sentence=str(error))


def _spool(env: Env) -> Iterator[Finding]:
    waiting = len(list(env.spool.glob("*.jsonl")))
    damaged = len(list((env.spool / "damaged").glob("*.jsonl")))
    yield Finding(well=True, sentence=f"{waiting} batches wait in the spool")
    if damaged:
        yield Finding(
            well=False, sentence=f"{damaged} damaged batches lie in {env.spool / 'damaged'}: crawl their sources again"
        )


def _store(env: Env) -> Iterator[Finding]:
    import django

    django.setup()
    from tracker.cli.schema import SchemaState, schema_state

    try:
        state, detail = schema_state()
    except Sentence as error:
        yield Finding(well=False, sentence=str(error))
        return
    if state is not SchemaState.CURRENT:
        remedy = {
            SchemaState.EMPTY: "the store does not exist yet: `yidan up` makes it",
            SchemaState.OLDER: f"the store lacks {detail}: back it up, then run `yidan up` once",
            SchemaState.NEWER: f"the store has {detail}, which this program does not know: install the newer yidan",
        }
        yield Finding(state is SchemaState.EMPTY, remedy[state])
        return
    yield Finding(well=True, sentence="the store's schema is current")
    yield from _champion()
    yield from _ledger()
    yield from _people()
    yield from _sheet(env)
    yield from _jobs()
    yield from _outgoing()
    yield from _papers(env)
    yield from backup_findings(env)


def _champion() -> Iterator[Finding]:
    from analysis.api import ModelError
    from tracker.learning.champion import load, working

    try:
        model = load(working())
    except ModelError as error:
        yield Finding(well=False, sentence=str(error))
        return
    yield Finding(well=True, sentence=f"{model.version} works, and flags from {model.threshold:.3f}")


def _ledger() -> Iterator[Finding]:
    from tracker.ledger.services import ledger_head, ledger_verify

    broken = ledger_verify()
    yield Finding(
        broken is None,
        f"the ledger is broken: {broken.sentence}" if broken else f"{ledger_head()[0]} ledger entries hold",
    )


def _people() -> Iterator[Finding]:
    from tracker.accounts.audit import people_verify

    wrong = [f"{name} {sentence}" for name, sentence in people_verify()]
    yield from (Finding(well=False, sentence=f"the people and the ledger disagree: {one}") for one in wrong)
    if not wrong:
        yield Finding(well=True, sentence="accounts, roles and units are what the ledger gave")


def _sheet(env: Env) -> Iterator[Finding]:
    from tracker.risks.audit import evidence_verify, sheet_verify
    from tracker.risks.evidence import left_behind

    wrong = [f"{number} {sentence}" for number, sentence in (*sheet_verify(), *evidence_verify(env.files))]
    yield from (Finding(well=False, sentence=f"the sheet and the ledger disagree: {one}") for one in wrong)
    if not wrong:
        yield Finding(well=True, sentence="the sheet, its evidence and the ledger agree")
    if left := sum(1 for _path in left_behind(root=env.files, now=datetime.now(UTC))):
        yield Finding(
            well=True,
            sentence=f"{left} files in {env.files} belong to no item: uploads that were cut off; the nightly job removes them",
        )


def _jobs() -> Iterator[Finding]:
    from tracker.jobs.models import JobRun

    for run in JobRun.objects.exclude(outcome__in=("ok", "", "not due yet")):
        yield Finding(well=False, sentence=f"job {run.job} failed last time: {run.outcome}")


def _outgoing() -> Iterator[Finding]:
    from tracker.notify.outbox import given_up, waiting

    failed = given_up()
    last = failed.first()
    late = waiting().filter(attempts__gt=0).count()
    yield Finding(
        last is None,
        f"notices to the outside: {late} being tried again, {failed.count()} given up"
        + (
            f", the last to {last.owner} by {last.channel}: {last.problem}; see the page of the notices" if last else ""
        ),
    )


def _papers(env: Env) -> Iterator[Finding]:
    from tracker.reports.models import Delivery, DeliveryState
    from tracker.reports.templates import check

    failed = Delivery.objects.filter(state=DeliveryState.FAILED)
    last = failed.first()
    yield Finding(
        last is None,
        f"{failed.count()} papers could not be mailed" + (f", the last: {last.problem}; see the page of the papers" if last else ""),
    )  # fmt: skip
    wrong = [problem for path in sorted(env.paper_templates.glob("*.docx")) for problem in check(path)]
    yield from (Finding(well=False, sentence=problem) for problem in wrong)
