"""Commands about papers: write one, verify an old one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tracker.cli.progress import progress
from tracker.cli.sentence import Sentence, store


def register(app: typer.Typer) -> None:
    """Add these commands to `app`."""
    report = typer.Typer(help="Papers computed from the ledger.")
    report.callback()(_papers)
    report.command("weekly")(report_weekly)
    report.command("monthly")(report_monthly)
    report.command("circular")(report_circular)
    report.command("annual")(report_annual)
    report.command("verify")(report_verify)
    app.add_typer(report, name="report")


def _papers() -> None:
    """Papers computed from the ledger."""


Week = Annotated[str, typer.Option("--week", help="ISO week, such as 2019-W10.")]
Month = Annotated[str, typer.Option("--month", help="Year and month, such as 2019-03.")]
Year = Annotated[str, typer.Option("--year", help="Year, such as 2019.")]
Folder = Annotated[Path, typer.Option("--output", help="Folder for the papers.")]
Formats = Annotated[str, typer.Option("--format", help="docx, pdf, xlsx, html; several with commas.")]


def report_weekly(week: Week, output: Folder, formats: Formats = "docx,html") -> None:
    """The weekly report (周报) from the records of that week."""
    _write_paper("weekly", week, output, formats)


def report_monthly(month: Month, output: Folder, formats: Formats = "docx,html") -> None:
    """The monthly report (月报) from the records of that month."""
    _write_paper("monthly", month, output, formats)


def report_circular(output: Folder, week: Week = "", month: Month = "", formats: Formats = "docx,html") -> None:
    """The circular (通报) on a week or a month: ranks, named units, every overdue item."""
    if bool(week) == bool(month):
        raise Sentence("a circular is on one week or on one month: give either --week 2019-W10 or --month 2019-03.")
    _write_paper("circular", week or month, output, formats)


def report_annual(year: Year, output: Folder, formats: Formats = "docx,html") -> None:
    """The annual summary (年度总结), with the definition of every published figure."""
    _write_paper("annual", year, output, formats)


def _write_paper(kind: str, period: str, output: Path, formats: str) -> None:
    store()
    from datetime import UTC, datetime

    from tracker.reports.services import paper_write

    wanted = [name.strip() for name in formats.split(",") if name.strip()]
    with progress(f"writing the {kind} paper", total=1 + len(wanted)) as report:
        try:
            paths = paper_write(
                kind=kind, period=period, formats=wanted, output=output, now=datetime.now(UTC), on_progress=report
            )
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
