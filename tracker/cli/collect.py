"""Commands that collect: crawl, intake, sources."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tracker.cli.progress import progress
from tracker.cli.sentence import Sentence, home, store

if TYPE_CHECKING:
    from crawlers.api import CrawlReport, Source
    from tracker.env import Env

Catalogue = Annotated[
    Path | None, typer.Option("--catalogue", help="A .toml file or a folder of them, instead of YIDAN_HOME/catalogue.")
]
Spool = Annotated[Path | None, typer.Option("--spool", help="The spool folder, instead of YIDAN_HOME/spool.")]


def register(app: typer.Typer) -> None:
    """Add these commands to `app`."""
    app.command()(crawl)
    app.command()(intake)
    app.command("import")(import_file)
    group = typer.Typer(help="The catalogue of sources: list, check, add, test.", invoke_without_command=True)
    group.callback()(sources_default)
    for command in (sources_list, sources_check, sources_add, sources_test, sources_token, sources_relearn):
        group.command(command.__name__.removeprefix("sources_"))(command)
    app.add_typer(group, name="sources")


def _folders(env: Env, catalogue: Path | None) -> list[Path]:
    return [catalogue] if catalogue else [env.catalogue]


def crawl(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[SOURCE]...", help="All enabled ones by default.")
    ] = None,
    catalogue: Catalogue = None,
    spool: Spool = None,
) -> None:
    """Crawl sources into the spool; prints what each gave and how it ended."""
    env = home()
    from crawlers import api
    from tracker.intake.runs import leave

    folders = _folders(env, catalogue)
    if not api.choose(names or [], catalogue=folders):
        raise Sentence("no source is enabled: enable one in its catalogue file, or name one (`yidan sources list`).")
    with progress("crawling") as report_progress:
        done: dict[str, int] = {}

        def hear(now: object) -> None:
            done[getattr(now, "source")] = getattr(now, "fetched")  # noqa: B009 - Progress, without loading it at the top
            report_progress(sum(done.values()))

        reports = api.crawl(
            names or [], catalogue=folders, spool=spool or env.spool, state=env.crawl_state, on_progress=hear
        )
    for report in reports:
        leave(report, spool or env.spool)
        _print_report(report)
    if sick := [r for r in reports if r.state in ("down", "blocked", "broken")]:
        raise Sentence(" ".join(f"{r.source}: {r.reason}" for r in sick))


def _print_report(report: CrawlReport) -> None:
    seconds = (report.finished_at - report.started_at).total_seconds()
    print(
        f"{report.source}: fetched {report.fetched}, new {report.new}, unchanged {report.unchanged}, failed {report.failed};"
        f" {report.state}; {report.requests} requests in {seconds:.1f} s{'; ' + report.reason if report.reason else ''}"
    )
    for alarm in report.alarms:
        print(f"{report.source}: ALARM {alarm.kind}: {alarm.cause.say()}")
    if report.page:
        print(f"{report.source}: the page that shows why: {Path('state') / 'pages' / report.page} in YIDAN_HOME")


def intake(spool: Spool = None) -> None:
    """Take the spool into the store: every sealed post assessed, once."""
    env = store()
    from datetime import UTC, datetime
    from functools import cache

    from tracker.intake.services import spool_take
    from tracker.intake.understanding import Understanding

    with progress("taking in") as report_progress:
        taken = spool_take(
            spool=spool or env.spool,
            understanding=cache(Understanding),
            clock=lambda: datetime.now(UTC),
            on_progress=report_progress,
        )
    print(f"{taken.batches} batches, {taken.posts} posts: {taken.new} new, {taken.updated} changed")
    if taken.damaged:
        raise Sentence(" ".join(taken.damaged))


def import_file(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Work orders: .xlsx or .csv.")],
    map_name: Annotated[str, typer.Option("--map", help="A saved map, or a new name together with --source.")] = "",
    source: Annotated[str, typer.Option("--source", help="Save the map for this hotline source.")] = "",
    column: Annotated[
        list[str] | None, typer.Option("--column", help="FIELD=COLUMN, where the guess is wrong; repeatable.")
    ] = None,
    rejects: Annotated[Path | None, typer.Option("--rejects", help="Where refused rows go: FILE.rejected.csv.")] = None,
    catalogue: Catalogue = None,
    spool: Spool = None,
) -> None:
    """Import a hotline's work orders; without --map, show the columns and what they would be taken for."""
    env = store()
    from datetime import UTC, datetime

    from crawlers import api
    from tracker.intake import maps

    known = api.sources(*_folders(env, catalogue))
    if not map_name:
        print(maps.preview(file))
        return
    now = datetime.now(UTC)
    if source or column:
        maps.map_save(
            name=map_name, source=source, columns=maps.chosen(file, column or []), sources=known, by="", now=now
        )
    with progress("importing") as report_progress:
        done = maps.sheet_take(
            file=file, name=map_name, sources=known, spool=spool or env.spool, state=env.crawl_state,
            rejects=rejects or file.with_name(f"{file.name}.rejected.csv"), now=now, on_progress=report_progress,
        )  # fmt: skip
    report = done.report
    print(
        f"{report.source}: {done.rows} rows, {done.accepted} taken, new {report.new}, unchanged {report.unchanged},"
        f" without a time {report.undated}, refused {done.refused}{f' (see {done.rejects})' if done.rejects else ''}"
    )


def sources_default(context: typer.Context) -> None:
    """Without a further word: list."""
    if context.invoked_subcommand is None:
        sources_list()


def sources_list(catalogue: Catalogue = None) -> None:
    """Every source of the catalogue: name, family, whether it is on, address."""
    env = home()
    from crawlers import api

    for source in api.sources(*_folders(env, catalogue)).values():
        print(f"{source.name}  {source.family}  {'on' if source.enabled else 'off'}  {source.base_url}  {source.title}")


def sources_check(catalogue: Catalogue = None) -> None:
    """Are all catalogue files readable and all cards complete."""
    env = home()
    from crawlers import api

    if wrong := api.problems(*_folders(env, catalogue)):
        raise Sentence("\n".join(wrong))
    print(f"{len(api.sources(*_folders(env, catalogue)))} sources: every card is complete")


def sources_add(file: Annotated[Path, typer.Argument(help="A catalogue file (see docs/sources.md).")]) -> None:
    """Check a catalogue file and copy it into YIDAN_HOME/catalogue."""
    env = home()
    from crawlers import api

    source = _only(api.sources(file, shipped=False))
    target = env.catalogue / f"{source.name}.toml"
    if target.exists():
        raise Sentence(f"{target} exists: remove it first, or edit it.")
    shutil.copyfile(file, target)
    print(f"{source.name} added; try it with `yidan sources test {source.name}`")


def _only(found: dict[str, Source]) -> Source:
    if len(found) != 1:
        raise Sentence(f"give one catalogue file with one source; this has {len(found)}.")
    return next(iter(found.values()))


def sources_token(name: Annotated[str, typer.Argument(metavar="SOURCE")], catalogue: Catalogue = None) -> None:
    """A new token for a push source; it is shown once, and the earlier one ends."""
    env = store()
    from datetime import UTC, datetime

    from crawlers import api
    from tracker.intake.push import token_issue

    known = api.sources(*_folders(env, catalogue))
    if name not in known:
        raise Sentence(f"there is no source {name!r}: see `yidan sources list`.")
    print(token_issue(source=known[name], now=datetime.now(UTC)))


def sources_relearn(name: Annotated[str, typer.Argument(metavar="SOURCE")], catalogue: Catalogue = None) -> None:
    """Forget what a source usually gives: when what raised the alarm is how the source is from now on."""
    env = home()
    from crawlers import api

    api.relearn(name, catalogue=_folders(env, catalogue), state=env.crawl_state)
    print(f"{name}: what it usually gives is learned anew from its next runs")


def sources_test(name: Annotated[str, typer.Argument(metavar="SOURCE")], catalogue: Catalogue = None) -> None:
    """One dry page: what would be extracted; nothing is written."""
    env = home()
    from crawlers import api

    report, posts = api.dry_run(name, catalogue=_folders(env, catalogue))
    for post in posts:
        print(f"{post.key}  {post.published_at or 'no time'}  {post.url}\n  {post.title}\n  {post.body[:200]}")
    sys.stdout.flush()
    if not posts:
        raise Sentence(f"{name}: nothing would be extracted; {report.reason or report.state}")
    print(f"{name}: {len(posts)} posts would be extracted from the first page; {report.state}")
