"""Commands that keep the books: ledger, user, doctor."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tracker.cli.sentence import Sentence, store


def register(app: typer.Typer) -> None:
    """Add these commands to `app`."""
    ledger = typer.Typer(help="The ledger: verify it, export it.")
    ledger.command("verify")(ledger_verify)
    ledger.command("export")(ledger_export)
    app.add_typer(ledger, name="ledger")
    app.command()(doctor)


def ledger_verify(
    file: Annotated[Path | None, typer.Option("--file", help="An exported ledger, instead of the store's.")] = None,
) -> None:
    """Check the chain from the first entry to the head, and the sheet against it; names what is broken first."""
    if file is None:
        store()
    else:
        import django

        django.setup()
    from tracker.ledger import services

    try:
        broken = services.ledger_verify_file(file) if file else services.ledger_verify()
    except OSError as error:
        raise Sentence(f"{file} cannot be read ({error.strerror}): give the path of an exported ledger.") from error
    except ValueError as error:
        raise Sentence(str(error)) from error
    if broken:
        raise Sentence(f"the ledger is broken: {broken.sentence}.")
    if file:
        print(f"{file}: every entry holds")
        return
    _hold_sheet()
    seq, digest = services.ledger_head()
    print(f"{seq} entries hold; head {digest}")


def _hold_sheet() -> None:
    """An intact chain beside a sheet or a table of roles that somebody rewrote would be worth nothing."""
    from tracker.accounts.audit import people_verify
    from tracker.risks.audit import sheet_verify

    for number, sentence in sheet_verify():
        raise Sentence(
            f"the ledger holds, but the sheet does not agree with it: {number} {sentence}; run `yidan doctor`."
        )
    for name, sentence in people_verify():
        raise Sentence(
            f"the ledger holds, but the people do not agree with it: {name} {sentence}; an administrator sets it right "
            "and writes down why."
        )


def ledger_export(
    output: Annotated[Path, typer.Option("--output", help="A .jsonl file, written whole or not at all.")],
) -> None:
    """Write the whole ledger to a file that anyone can verify."""
    store()
    from django.utils import timezone

    from tracker.accounts.actors import system_actor
    from tracker.ledger import services
    from tracker.outward.exports import export_record

    def record(count: int) -> None:
        export_record(what="ledger", wanted=f"1-{count}", rows=count, actor=system_actor("cli"), now=timezone.now())

    try:
        count = services.ledger_export(output, record=record)
    except OSError as error:
        raise Sentence(f"{output} cannot be written ({error.strerror}): choose another place.") from error
    print(f"{count} entries written to {output}")


def doctor() -> None:
    """Find and explain what is wrong with this installation; changes nothing."""
    from tracker.cli.diagnosis import examine

    findings = list(examine())
    for finding in findings:
        print(f"{'ok  ' if finding.well else 'BAD '} {finding.sentence}")
    if sick := sum(not f.well for f in findings):
        raise Sentence(f"{sick} of {len(findings)} checks found something to mend; each says what to do.")
