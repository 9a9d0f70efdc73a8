"""Commands that understand: assess, events, train, predict, evaluate. They need no store."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import cache
from itertools import islice
from multiprocessing import active_children, get_context
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from tracker.cli.jsonl import Bad, rows, write
from tracker.cli.progress import progress

if TYPE_CHECKING:
    from analysis.api import Analyser
    from analysis.records import Text

Input = Annotated[str, typer.Option("--input", help="JSON lines, plain or .gz; `-` for standard input.")]
Output = Annotated[str, typer.Option("--output", help="JSON lines, plain or .gz; `-` for standard output.")]
CHUNK = 200
T = TypeVar("T")


def register(app: typer.Typer) -> None:
    """Add these commands to `app`."""
    for command in (assess, events, train, predict, evaluate):
        app.command()(command)


@cache
def _analyser() -> Analyser:
    from analysis.api import Analyser

    return Analyser.load()


def _assess_chunk(texts: list[Text]) -> list[dict[str, Any]]:
    found = _analyser().assess(texts)
    return [{"id": text.id, **said.to_dict()} for text, said in zip(texts, found, strict=True)]


def texts(source: Iterable[dict[str, Any]]) -> Iterator[Text]:
    from analysis.records import Text

    for row in source:
        likes = row.get("likes")
        yield Text(
            id=row["id"],
            title=str(row.get("title") or ""),
            body=str(row.get("body") or ""),
            created_at=str(row.get("created_at") or ""),
            likes=likes if isinstance(likes, int) and likes > 0 else 0,
        )


def named(text: Text) -> Text:
    """`text` as the index of events takes it: an id is text there, whatever JSON had; what is written keeps the id as given."""
    return replace(text, id=str(text.id))


def chunks(items: Iterator[T]) -> Iterator[list[T]]:
    while chunk := list(islice(items, CHUNK)):
        yield chunk


def assess(
    source: Input,
    output: Output,
    workers: Annotated[int, typer.Option("--workers", min=1, max=64, help="Processes.")] = 1,
) -> None:
    """Say of each text whether it is a transport risk, how grave, and why."""
    bad = Bad()
    with progress("assessing") as report:
        read = chunks(texts(rows(source, ["id", "title", "body"], bad)))
        write(output, _counted(assessed(read, workers), report))
    bad.complain()


def assessed(read: Iterator[list[Text]], workers: int) -> Iterator[dict[str, Any]]:
    """In the order of the input, whatever the number of processes; at most a few chunks wait in memory."""
    if workers == 1:
        for chunk in read:
            yield from _assess_chunk(chunk)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        try:
            waiting = [pool.submit(_assess_chunk, chunk) for chunk in islice(read, workers * 4)]
            while waiting:
                yield from waiting.pop(0).result()
                waiting += [pool.submit(_assess_chunk, chunk) for chunk in islice(read, 1)]
        except BaseException:
            # Interrupted, perhaps while the processes were only starting: nobody waits for what they would still say.
            pool.shutdown(wait=False, cancel_futures=True)
            for process in active_children():
                process.terminate()
            raise


def _counted(out: Iterable[dict[str, Any]], report: Any) -> Iterator[dict[str, Any]]:
    for number, row in enumerate(out, 1):
        report(number)
        yield row


def events(
    source: Input,
    output: Output,
    since: Annotated[str, typer.Option("--since", help="ISO date: earlier texts are left out.")] = "",
    until: Annotated[str, typer.Option("--until", help="ISO date: texts from this day on are left out.")] = "",
) -> None:
    """Give the texts of one concrete problem the same event id."""
    from analysis.api import EventIndex

    bad = Bad()
    index = EventIndex()
    chosen = (
        text
        for text in texts(rows(source, ["id", "title", "body"], bad))
        if (not since or text.created_at[:10] >= since) and (not until or text.created_at[:10] < until)
    )
    with progress("finding events") as report:
        write(output, _counted(_events(chosen, index), report))
    bad.complain()


def _events(chosen: Iterator[Text], index: Any) -> Iterator[dict[str, Any]]:
    for chunk in chunks(chosen):
        found = _analyser().assess(chunk)
        matches = index.add_many([(named(text), said.places) for text, said in zip(chunk, found, strict=True)])
        for text, match in zip(chunk, matches, strict=True):
            yield {"id": text.id, "event": match.event}


def train(
    head: Annotated[str, typer.Argument(metavar="HEAD", help="The name of what is learned, such as category.")],
    data: Annotated[Path, typer.Option("--data", help=".tsv or .jsonl with text|tokens|title+body and label.")],
    output: Annotated[Path, typer.Option("--output", help="Folder for the model and its card.")],
) -> None:
    """Train a head from labelled texts; writes the model and its card."""
    from analysis import api

    card = api.train(head, data, output)
    print(json.dumps({"version": card.version, "metrics": card.metrics}, ensure_ascii=False))


def predict(
    model: Annotated[Path, typer.Option("--model", help="Folder that `yidan train` wrote.")],
    source: Input,
    output: Output,
) -> None:
    """Label texts with a trained head."""
    from analysis import api

    bad = Bad()
    with progress("predicting") as report:
        read = chunks(rows(source, ["id"], bad))
        out = (row for chunk in read for row in api.predict(model, chunk))
        write(output, _counted(out, report))
    bad.complain()


def evaluate(
    head: Annotated[str, typer.Argument(metavar="HEAD")],
    model: Annotated[Path, typer.Option("--model", help="Folder that `yidan train` wrote.")],
    data: Annotated[Path, typer.Option("--data", help="Labelled texts, as for `yidan train`.")],
) -> None:
    """The metrics of the card, on that file."""
    from analysis import api

    print(json.dumps(api.evaluate(head, model, data), ensure_ascii=False))
