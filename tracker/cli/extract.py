"""The command that reads saved pages: what is the article, when was it published, and nothing of what stands around it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tracker.cli.jsonl import Bad, write
from tracker.cli.progress import progress
from tracker.cli.sentence import Sentence

if TYPE_CHECKING:
    from collections.abc import Callable

PAGES = (".html", ".htm", ".xhtml", ".shtml")


def register(app: typer.Typer) -> None:
    """Add this command to `app`."""
    app.command()(extract)


def extract(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Saved pages, or folders of them.")],
    output: Annotated[str, typer.Option("--output", help="JSON lines, plain or .gz; `-` for standard output.")],
) -> None:
    """Title, time and main text of saved pages, masked; a page that is only a list has no text of its own."""
    files, bad = _files(paths), Bad()
    with progress("reading", len(files)) as report:
        write(output, _rows(files, bad, report))
    bad.complain()


def _files(paths: Sequence[Path]) -> list[Path]:
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += sorted(file for file in path.iterdir() if file.suffix.lower() in PAGES)
        elif path.is_file():
            found.append(path)
        else:
            raise Sentence(f"{path} cannot be read (no such file or folder): give saved pages or folders of them.")
    if not found:
        raise Sentence("there is no page in these folders: a page's name ends in .html or .htm.")
    return found


def _rows(files: Sequence[Path], bad: Bad, report: Callable[[int], None]) -> Iterator[dict[str, Any]]:
    """A row a file, also for one that cannot be read: its kind then is `unreadable`."""
    from crawlers.api import SHANGHAI, CrawlError, extract_page, mask

    for number, path in enumerate(files, 1):
        row: dict[str, Any] = {"file": path.name, "kind": "unreadable", "title": "", "published_at": None, "text": ""}
        try:
            found = extract_page(path.read_bytes())
            when = found.published_at.astimezone(SHANGHAI).isoformat() if found.published_at else None
            row |= {"kind": found.kind, "title": mask(found.title), "published_at": when, "text": mask(found.text)}
        except OSError as error:
            bad.add(f"{path} cannot be read ({error.strerror})")
        except CrawlError as error:
            bad.add(f"{path}: {str(error).removesuffix('.')}")
        yield row
        report(number)
