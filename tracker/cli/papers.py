"""Commands about papers: write one, verify an old one, the office's own templates."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tracker.cli.progress import progress
from tracker.cli.sentence import Sentence, home, store


def register(app: typer.Typer) -> None:
    """Add these commands to `app`."""
    report = typer.Typer(help="Papers computed from the ledger.")
    report.callback()(_papers)
    report.command("weekly")(report_weekly)
    report.command("monthly")(report_monthly)
    report.command("circular")(report_circular)
    report.command("annual")(report_annual)
    report.command("verify")(report_verify)
    templates = typer.Typer(help="The office's own .docx templates.")
    templates.callback()(_templates)
    templates.command("export")(templates_export)
    templates.command("check")(templates_check)
    report.add_typer(templates, name="templates")
    app.add_typer(report, name="report")


def _papers() -> None:
    """Papers computed from the ledger."""


def _templates() -> None:
    """The office's own .docx templates."""


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

    from tracker.accounts.actors import system_actor
    from tracker.outward.exports import export_record
    from tracker.reports.services import paper_write

    now = datetime.now(UTC)
    wanted = [name.strip() for name in formats.split(",") if name.strip()]

    def record(path: Path) -> None:
        export_record(what="paper", wanted=path.name, rows=1, actor=system_actor("cli"), now=now)

    with progress(f"writing the {kind} paper", total=1 + len(wanted)) as report:
        try:
            paths = paper_write(
                kind=kind, period=period, formats=wanted, output=output, now=now, on_progress=report, record=record
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
    from tracker.reports.verify import paper_verify

    try:
        differences = paper_verify(path=file)
    except OSError as error:
        raise Sentence(f"{file} cannot be read ({error.strerror}): give the path of a paper.") from error
    if differences:
        raise Sentence(f"{file} does not hold: {'; '.join(differences)}")
    print(f"{file}: every figure holds")


def templates_export(folder: Annotated[Path, typer.Argument(help="An empty folder for the templates.")]) -> None:
    """Write the layout of every paper as a template; change it, check it, and put it into YIDAN_HOME/templates."""
    home()
    import django

    django.setup()
    from tracker.reports.placeholders import placeholders
    from tracker.reports.templates import export

    try:
        paths = export(folder)
    except OSError as error:
        raise Sentence(f"{folder} cannot be written to ({error.strerror}): choose another folder.") from error
    for path in paths:
        print(f"{path}: {'、'.join(placeholders(path.stem))}")


def templates_check(
    path: Annotated[
        Path | None, typer.Argument(help="A template or a folder of them; without one, those in use.")
    ] = None,
) -> None:
    """Check every placeholder of the office's templates, and name each that is wrong."""
    env = home()
    import django

    django.setup()
    from tracker.reports.templates import check

    place = path or env.paper_templates
    files = sorted(place.glob("*.docx")) if place.is_dir() else [place]
    if path is not None and not path.exists():
        raise Sentence(f"{path} does not exist: give a template or a folder of templates.")
    problems = [problem for file in files if file.exists() for problem in check(file)]
    if problems:
        raise Sentence("; ".join(problems))
    print(f"{place}: {sum(file.exists() for file in files)} templates, every placeholder is known")
