"""Commands about models: what there is, build a challenger, compare, promote, roll back, export what was learned from."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tracker.cli.progress import progress
from tracker.cli.sentence import Sentence, store

if TYPE_CHECKING:
    from tracker.accounts.actors import Actor

Reason = Annotated[str, typer.Option("--reason", help="Why; it stands in the ledger.")]
Version = Annotated[str, typer.Argument(metavar="VERSION", help="As `yidan model list` shows it.")]


def register(app: typer.Typer) -> None:
    """Add the group to `app`."""
    model = typer.Typer(help="Models: list, build a challenger, compare, promote, roll back.")
    for name, command in (
        ("list", model_list), ("challenge", challenge), ("compare", compare), ("promote", promote),
        ("rollback", rollback), ("rescore", rescore), ("rows", rows),
    ):  # fmt: skip
        model.command(name)(command)
    app.add_typer(model, name="model")


def _now() -> datetime:
    return datetime.now(UTC)


def _actor() -> Actor:
    from tracker.accounts.actors import system_actor

    return system_actor("cli")


def model_list() -> None:
    """Every model with what it rests on; `*` marks the one that works."""
    store()
    from tracker.learning.shelf import shelf

    for card in shelf():
        state = "works" if card.works else "; ".join(card.refused) or ("may be promoted" if card.row else "")
        print(f"{'*' if card.works else ' '} {card.version}  {card.about}  {card.damaged or state}".rstrip())


def challenge() -> None:
    """Build a challenger from the verdicts and compare it with the model that works; it is not promoted."""
    store()
    from tracker.learning.services import challenger_build, objections

    with progress("learning"):
        made = challenger_build(actor=_actor(), now=_now())
    print(f"{made.version} built from {made.rows} verdicts")
    _table(made.comparison)
    for sentence in objections(made.comparison):
        print(f"would be refused: {sentence}")


def compare(version: Version) -> None:
    """How a challenger did beside the champion, set by set."""
    store()
    from tracker.learning.models import ModelVersion

    row = ModelVersion.objects.filter(version=version).first()
    if row is None:
        raise Sentence(f"there is no model {version!r}; `yidan model list` shows those there are.")
    _table(row.comparison)


def _table(sets: dict[str, Any]) -> None:
    if not sets:
        print("nothing to compare on yet")
    for name, (before, after) in sets.items():
        print(f"{name}: {before['rows']} texts, {before['risks']} risks")
        for figure in before:
            if figure not in ("rows", "risks"):
                print(f"  {figure:<18} {json.dumps(before[figure]):>14} -> {json.dumps(after[figure])}")


def promote(version: Version, reason: Reason) -> None:
    """Let a challenger work from the next batch on; refused where fewer serious risks would be found."""
    store()
    from tracker.learning.services import model_promote

    row = model_promote(version=version, actor=_actor(), now=_now(), reason=reason)
    print(f"{row.version} works from the next batch on; before it: {row.was or 'the shipped model'}")


def rollback(reason: Reason) -> None:
    """Let the model work that worked before the last promotion."""
    store()
    from tracker.learning.services import model_rollback

    row = model_rollback(actor=_actor(), now=_now(), reason=reason)
    print(f"{row.version or 'the shipped model'} works again from the next batch on")


def rows(output: Annotated[Path, typer.Option("--output", help="A .jsonl file.")]) -> None:
    """Write the verdicts that models learn from, masked as they are stored; the export is logged."""
    store()
    from tracker.learning.rows import rows_export

    try:
        count = rows_export(path=output, actor=_actor(), now=_now())
    except OSError as error:
        raise Sentence(f"{output} cannot be written ({error.strerror}): choose another place.") from error
    print(f"{count} verdicts written to {output}")


def rescore(
    workers: Annotated[
        int, typer.Option("--workers", min=1, max=64, help="Processes here; a Dask cluster uses all it has.")
    ] = 1,
) -> None:
    """Let the model that works now read every post in the store again, after a promotion or a rollback."""
    env = store()
    from tracker.intake.rescoring import rescore_record, spans
    from tracker.jobs.engine import Engine

    engine, done, changed = Engine(env.engine, workers), 0, 0
    todo = list(spans())
    try:
        with progress("reading again", total=len(todo)) as report:
            for done, worked in enumerate(engine.each("rescore", todo), 1):
                changed += worked
                report(done)
    finally:
        engine.close()
    rescore_record(spans=done, actor=_actor(), now=_now())
    print(f"{done} spans of posts read again; {changed} of them changed")
