"""Streams the rows of an .xlsx or .csv file: never more than a few of them in memory, whatever the size of the file.

Spreadsheets as they are exported: titles above the header, headers over two merged rows, dates as numbers, values of formulas as
they were last computed, GB18030 with or without a byte order mark. Cells are given as they stand; what they mean is decided elsewhere.
"""

from __future__ import annotations

import codecs
import csv
import io
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any, BinaryIO, Final

from crawlers.columns import known_name
from crawlers.reports import CrawlError

Cells = tuple[Any, ...]
MOST_UNPACKED: Final = 2_000_000_000  # bytes of all parts of an .xlsx together
MOST_WORDS: Final = 500_000_000  # bytes of its table of texts, which is read as a whole
HEAD: Final = 15  # rows in which the header is looked for
LONGEST_LABEL: Final = 20
_MARKS: Final = ((codecs.BOM_UTF8, "utf-8-sig"), (b"\x84\x31\x95\x33", "gb18030"), (codecs.BOM_UTF16_LE, "utf-16"))


@dataclass(frozen=True, slots=True)
class Sheet:
    """An open table: the names of its columns, then its rows, each with its number in the file."""

    header: tuple[str, ...]
    rows: Iterator[tuple[int, Cells]]
    since_1904: bool = False


@contextmanager
def open_sheet(file: BinaryIO, name: str) -> Iterator[Sheet]:
    """The table in `file`, whose kind its name's ending tells; CrawlError, one sentence, when it is none."""
    ending = name.lower().rpartition(".")[2]
    if ending == "csv":
        rows = _csv_rows(file, name)
        yield _with_header(rows, name)
    elif ending == "xlsx":
        with _workbook(file, name) as book:
            rows = _filled(book, name)
            yield _with_header(rows, name, since_1904=book.epoch.year == 1904)  # noqa: PLR2004 - the other epoch of Excel
    else:
        raise CrawlError(f"{name} is neither .xlsx nor .csv; save it as one of them.")


def _with_header(rows: Iterator[tuple[int, Cells]], name: str, *, since_1904: bool = False) -> Sheet:
    head = list(islice(rows, HEAD))
    place = _header_place(head)
    if place is None:
        raise CrawlError(f"{name} has no row of column names among its first {HEAD}; give it one.")
    labels, used = _labels(head, place)
    return Sheet(labels, chain(head[place + used :], rows), since_1904)


def _header_place(head: list[tuple[int, Cells]]) -> int | None:
    """Where the row stands that has most of the names we know, or else the first row of several different words."""
    known = [sum(known_name(_label(cell)) for cell in cells) for _, cells in head]
    if known and max(known) > 0:
        return known.index(max(known))
    for place, (_, cells) in enumerate(head):
        words = [label for cell in cells if (label := _label(cell))]
        if len(words) > 1 and len(set(words)) == len(words) and all(isinstance(c, str) for c in cells if c is not None):
            return place
    return None


def _labels(head: list[tuple[int, Cells]], place: int) -> tuple[tuple[str, ...], int]:
    """The names of the columns and how many rows they take: where header cells are merged, the filled one counts."""
    own = [_label(cell) for cell in head[place][1]]
    if place and head[place][0] == head[place - 1][0] + 1:
        above = [_label(cell) for cell in head[place - 1][1]]
        own = [name or (above[n] if n < len(above) and sum(map(bool, above)) > 1 else "") for n, name in enumerate(own)]
    if place + 1 < len(head) and _goes_on(own, head[place + 1][1]):
        below = [_label(cell) for cell in head[place + 1][1]]
        wide = max(len(own), len(below))
        own, below = own + [""] * (wide - len(own)), below + [""] * (wide - len(below))
        return tuple(under or name for name, under in zip(own, below, strict=True)), 2
    return tuple(own), 1


def _goes_on(names: list[str], cells: Cells) -> bool:
    """True for a second row of a merged header: short words only, some beside a name that stands over several columns."""
    filled = [(n, cell) for n, cell in enumerate(cells) if cell not in (None, "")]
    if not filled or not all(isinstance(cell, str) and len(cell.strip()) <= LONGEST_LABEL for _, cell in filled):
        return False
    if all(n < len(names) and names[n] for n, _ in filled):
        return False
    return not any(n < len(names) and known_name(names[n]) for n, _ in filled)


def _label(cell: Any) -> str:
    return "".join(cell.split()).rstrip("*:：") if isinstance(cell, str) else ""


# --- .xlsx


@contextmanager
def _workbook(file: BinaryIO, name: str) -> Iterator[Any]:
    from openpyxl import load_workbook

    try:
        _check_size(file, name)
        with warnings.catch_warnings():  # styles that openpyxl does not know are no matter here
            warnings.simplefilter("ignore")
            book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
    except CrawlError:
        raise
    except Exception as error:  # a broken file fails in openpyxl in many ways
        raise _unreadable(name, error) from error
    try:
        yield book
    finally:
        book.close()


def _unreadable(name: str, error: Exception) -> CrawlError:
    return CrawlError(
        f"{name} cannot be read as .xlsx ({type(error).__name__}); an old .xls or a file with a password must be saved as .xlsx first."
    )


def _check_size(file: BinaryIO, name: str) -> None:
    with zipfile.ZipFile(file) as parts:
        sizes = {part.filename: part.file_size for part in parts.infolist()}
    file.seek(0)
    if sum(sizes.values()) > MOST_UNPACKED or sizes.get("xl/sharedStrings.xml", 0) > MOST_WORDS:
        raise CrawlError(f"{name} is unpacked larger than {MOST_UNPACKED // 10**9} GB; split it.")


def _filled(book: Any, name: str) -> Iterator[tuple[int, Cells]]:
    """The rows of the first sheet that has any; what the file says of its size is not believed."""
    for sheet in book.worksheets:
        sheet.reset_dimensions()
        rows = _whole(enumerate(sheet.iter_rows(values_only=True), 1), name)
        first = next((row for row in rows if any(cell is not None for cell in row[1])), None)
        if first is not None:
            yield first
            yield from rows
            return


def _whole(rows: Iterator[tuple[int, Cells]], name: str) -> Iterator[tuple[int, Cells]]:
    """`rows`; a file that breaks off on the way says so in one sentence."""
    try:
        yield from rows
    except Exception as error:  # as above
        raise _unreadable(name, error) from error


# --- .csv


def _csv_rows(file: BinaryIO, name: str) -> Iterator[tuple[int, Cells]]:
    csv.field_size_limit(10_000_000)
    charset = _charset(file)
    file.seek(0)
    text = io.TextIOWrapper(file, encoding=charset, errors="replace", newline="")
    try:
        start = text.read(4096).removeprefix("\ufeff").split("\n", 1)[0]
        text.seek(0)
        reader = csv.reader(text, delimiter=max(",\t;", key=start.count))
        for number, cells in enumerate(reader, 1):
            if number == 1 and cells:
                cells[0] = cells[0].removeprefix("\ufeff")
            yield number, tuple(cells)
    except csv.Error as error:
        raise CrawlError(f"{name} cannot be read as .csv ({error}); save it again as .csv.") from error
    finally:
        text.detach()


def _charset(file: BinaryIO) -> str:
    """By the mark at its start, else UTF-8 if all of it is valid UTF-8, else GB18030."""
    start = file.read(4)
    for mark, charset in _MARKS:
        if start.startswith(mark):
            return charset
    file.seek(0)
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while part := file.read(1 << 20):
            decoder.decode(part)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8"
