"""Streams the rows of an .xlsx file: one row in memory at a time, several times as fast as a reader that makes cells into objects.

Only what a table of work orders has is read: values, the last values of formulas, dates by their format. Colours, comments and links are
not looked at. Entities that an XML file could define are not resolved, and nothing outside of the file is opened.
"""

from __future__ import annotations

import posixpath
import zipfile
import zlib
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, BinaryIO, Final, Self

from lxml import etree
from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format
from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH, from_excel

Cells = tuple[Any, ...]
MOST_COLUMNS: Final = 16_384  # of a sheet, by its format
_OFFICE: Final = "officeDocument"
_LETTERS: Final = {chr(64 + n): n for n in range(1, 27)}


class NoWorkbook(Exception):
    """The file is a zip of something else."""


# What a broken or foreign file may raise, when it is opened and at any of its rows.
BROKEN: Final = (
    zipfile.BadZipFile,
    zlib.error,
    NoWorkbook,
    etree.LxmlError,
    NotImplementedError,
    EOFError,
    KeyError,
    ValueError,
    IndexError,
    AttributeError,  # an entity where an element should stand
)


class Workbook:
    """An open .xlsx: whether its dates count from 1904, and the rows of its sheets in the order of their tabs."""

    def __init__(self, file: BinaryIO) -> None:
        self._zip = zipfile.ZipFile(file)
        self._book = self._target("", _OFFICE)
        root = self._parse(self._book)
        settings = root.find("{*}workbookPr")
        self.since_1904 = settings is not None and settings.get("date1904", "") in ("1", "true", "on")
        self._sheets = list(root.iterfind("{*}sheets/{*}sheet"))
        self._strings = self._read_strings()
        self._dates = self._read_styles()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def sheets(self) -> Iterator[Iterator[tuple[int, Cells]]]:
        """Each sheet as its rows with their numbers; a row's cells stand at the place of their column, None where there is none."""
        related = self._related(self._book)
        for sheet in self._sheets:
            key = next((value for name, value in sheet.attrib.items() if name.endswith("}id")), "")
            kind, path = related.get(key, ("", ""))
            if kind.endswith("/worksheet"):
                yield self._rows(path)

    # --- the parts of the file

    def _parse(self, path: str) -> Any:
        try:
            return etree.fromstring(
                self._zip.read(path), etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
            )
        except KeyError:
            raise NoWorkbook(path) from None

    def _related(self, path: str) -> dict[str, tuple[str, str]]:
        """What the part `path` names: kind and path of each, by its id."""
        folder, name = posixpath.split(path)
        root = self._parse(posixpath.join(folder, "_rels", f"{name}.rels"))
        return {
            row.get("Id", ""): (
                row.get("Type", ""),
                posixpath.normpath(posixpath.join("/", folder, row.get("Target", ""))).lstrip("/"),
            )
            for row in root
        }

    def _target(self, path: str, kind: str) -> str:
        found = [target for named, target in self._related(path).values() if named.endswith(f"/{kind}")]
        if not found:
            raise NoWorkbook(kind)
        return found[0]

    def _part(self, kind: str) -> str:
        try:
            return self._target(self._book, kind)
        except NoWorkbook:
            return ""

    def _elements(self, path: str, tag: str) -> Iterator[Any]:
        """Every element called `tag`, each forgotten when the next one is asked for."""
        with self._zip.open(path) as part:
            for _event, element in etree.iterparse(
                part,
                tag=f"{{*}}{tag}",
                resolve_entities=False,
                no_network=True,
                collect_ids=False,
                remove_comments=True,
            ):
                yield element
                element.clear()
                while element.getprevious() is not None:
                    del element.getparent()[0]

    def _read_strings(self) -> list[str]:
        path = self._part("sharedStrings")
        return [_text(item) for item in self._elements(path, "si")] if path else []

    def _read_styles(self) -> list[bool]:
        """For each style of a cell, whether it shows a date."""
        path = self._part("styles")
        if not path:
            return []
        root = self._parse(path)
        own = {row.get("numFmtId"): row.get("formatCode", "") for row in root.iterfind("{*}numFmts/{*}numFmt")}
        return [
            is_date_format(own.get(number, BUILTIN_FORMATS.get(int(number or 0), "")))
            for number in (row.get("numFmtId") for row in root.iterfind("{*}cellXfs/{*}xf"))
        ]

    # --- rows

    def _rows(self, path: str) -> Iterator[tuple[int, Cells]]:
        number = 0
        for row in self._elements(path, "row"):
            given = row.get("r")
            number = int(given) if given else number + 1
            yield number, self._cells(row)

    def _cells(self, row: Any) -> Cells:
        cells: list[Any] = []
        for cell in row:
            place = _place(cell.get("r"))
            if place > len(cells):
                cells.extend([None] * (place - len(cells)))
            cells.append(self._value(cell))
        return tuple(cells)

    def _value(self, cell: Any) -> Any:
        """The cell's value: text, number, date or None; of a formula, what it was when the file was saved."""
        kind = cell.get("t", "n")
        if kind == "inlineStr":
            inline = cell.find("{*}is")
            return (_text(inline) or None) if inline is not None else None
        text = next((part.text for part in cell if part.tag.endswith("}v")), None)
        if not text:
            return None
        return _KINDS.get(kind, _as_text)(text) if kind not in ("n", "s") else self._plain(kind, text, cell)

    def _plain(self, kind: str, text: str, cell: Any) -> Any:
        """A number, which may be a date or the place of a text."""
        if kind == "s":
            return self._strings[int(text)] or None
        number = float(text) if any(mark in text for mark in ".eE") else int(text)
        style = int(cell.get("s", 0))
        if style < len(self._dates) and self._dates[style]:
            try:
                return from_excel(number, MAC_EPOCH if self.since_1904 else WINDOWS_EPOCH)
            except (ValueError, OverflowError):
                return number
        return number


def _text(item: Any) -> str:
    """The text of a string that may be made of runs; how it is to be pronounced is left out."""
    pieces = []
    for part in item:
        if part.tag.endswith("}t"):
            pieces.append(part.text or "")
        elif part.tag.endswith("}r"):
            pieces += [run.text or "" for run in part if run.tag.endswith("}t")]
    return "".join(pieces)


def _place(reference: str | None) -> int:
    """The column of a reference such as AB12, counted from 0; of none, -1: the cell follows the one before."""
    column = 0
    for letter in reference or "":
        value = _LETTERS.get(letter)
        if value is None:
            break
        column = column * 26 + value
    if column > MOST_COLUMNS:
        raise NoWorkbook(reference)
    return column - 1


def _as_text(text: str) -> str:
    return text


_KINDS: Final[dict[str, Callable[[str], Any]]] = {
    "b": lambda text: text not in ("0", "false"),
    "d": datetime.fromisoformat,
}
