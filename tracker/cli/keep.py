"""Commands that keep the books: ledger, report, user, doctor."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path
from typing import Annotated

import typer

from tracker.cli.progress import progress
from tracker.cli.sentence import Sentence, store


def register(app: typer.Typer) -> None:
    """Add these commands to `app`."""
    ledger = typer.Typer(help="The ledger: verify it, export it.")
    ledger.command("verify")(ledger_verify)
    ledger.command("export")(ledger_export)
    app.add_typer(ledger, name="ledger")
    report = typer.Typer(help="Papers computed from the ledger.")
    report.callback()(_papers)
    report.command("weekly")(report_weekly)
    report.command("circular")(report_circular)
    report.command("verify")(report_verify)
    app.add_typer(report, name="report")
    user = typer.Typer(help="People who work here.")
    user.callback()(_people)
    user.command("add")(user_add)
    app.add_typer(user, name="user")
    app.command()(doctor)


def _papers() -> None:
    """Papers computed from the ledger."""


def _people() -> None:
    """People who work here."""


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
    """An intact chain beside a sheet that somebody rewrote would be worth nothing."""
    from tracker.risks.audit import sheet_verify

    for number, sentence in sheet_verify():
        raise Sentence(
            f"the ledger holds, but the sheet does not agree with it: {number} {sentence}; run `yidan doctor`."
        )


def ledger_export(
    output: Annotated[Path, typer.Option("--output", help="A .jsonl file, written whole or not at all.")],
) -> None:
    """Write the whole ledger to a file that anyone can verify."""
    store()
    from tracker.ledger import services

    try:
        count = services.ledger_export(output)
    except OSError as error:
        raise Sentence(f"{output} cannot be written ({error.strerror}): choose another place.") from error
    print(f"{count} entries written to {output}")


Week = Annotated[str, typer.Option("--week", help="ISO week, such as 2019-W10.")]
Folder = Annotated[Path, typer.Option("--output", help="Folder for the papers.")]
Formats = Annotated[str, typer.Option("--format", help="docx, pdf, xlsx, html; several with commas.")]


def report_weekly(week: Week, output: Folder, formats: Formats = "docx,html") -> None:
    """The weekly report from the records of that week."""
    _write_paper("weekly", week, output, formats)


def report_circular(week: Week, output: Folder, formats: Formats = "docx,html") -> None:
    """The circular (通报) on that week: ranks, named units, every overdue item."""
    _write_paper("circular", week, output, formats)


def _write_paper(kind: str, week: str, output: Path, formats: str) -> None:
    store()
    from datetime import UTC, datetime

    from tracker.reports import services

    wanted = [name.strip() for name in formats.split(",") if name.strip()]
    write = services.weekly_write if kind == "weekly" else services.circular_write
    with progress(f"writing the {kind} paper", total=1 + len(wanted)) as report:
        try:
            paths = write(week=week, formats=wanted, output=output, now=datetime.now(UTC), on_progress=report)
        except OSError as error:
            raise Sentence(
                f"the paper cannot be written ({error.strerror or error}): check {output}, and for pdf that Pango is installed."
            ) from error
    for path in paths:
        print(path)


def report_verify(file: Annotated[Path, typer.Argument(help="A paper written earlier.")]) -> None:
    """Compute an old paper again from the ledger as it then stood; names every figure that differs."""
    store()
    from tracker.reports.services import paper_verify

    try:
        differences = paper_verify(path=file)
    except OSError as error:
        raise Sentence(f"{file} cannot be read ({error.strerror}): give the path of a paper.") from error
    if differences:
        raise Sentence(f"{file} does not hold: {'; '.join(differences)}")
    print(f"{file}: every figure holds")


def user_add(
    name: Annotated[str, typer.Argument(metavar="NAME")],
    role: Annotated[list[str], typer.Option("--role", help="May be given several times.")],
    unit: Annotated[str, typer.Option("--unit", help="Code of the unit, such as changsha.")] = "",
    display: Annotated[str, typer.Option("--display", help="The name that pages show.")] = "",
) -> None:
    """Add a user; the password is asked for, or read from standard input when that is not a terminal."""
    store()
    from datetime import UTC, datetime

    from tracker.accounts.actors import system_actor
    from tracker.accounts.models import Unit
    from tracker.accounts.services import user_create

    at = Unit.objects.filter(code=unit).first() if unit else None
    if unit and at is None:
        codes = " ".join(Unit.objects.values_list("code", flat=True))
        raise Sentence(f"there is no unit {unit!r}; the units are: {codes}")
    password = getpass.getpass(f"Password for {name}: ") if sys.stdin.isatty() else sys.stdin.readline().strip()
    user = user_create(
        username=name,
        password=password,
        roles=role,
        unit=at,
        display=display,
        by=system_actor("cli"),
        now=datetime.now(UTC),
    )
    print(f"{user.username} added: {' '.join(sorted(set(role)))}{f' at {at.name}' if at else ''}")


def doctor() -> None:
    """Find and explain what is wrong with this installation; changes nothing."""
    from tracker.cli.diagnosis import examine

    findings = list(examine())
    for finding in findings:
        print(f"{'ok  ' if finding.well else 'BAD '} {finding.sentence}")
    if sick := sum(not f.well for f in findings):
        raise Sentence(f"{sick} of {len(findings)} checks found something to mend; each says what to do.")
