"""Edits the card of a source in its catalogue file: the file stays the one place where a source is described.

Only the lines of the changed keys are replaced, so that comments and everything else stay as they were written; the edited text must
read as exactly the old one with these values changed, and as a source the catalogue accepts, or nothing is written. A shipped source
is copied into the installation's catalogue with its first edit, as by hand.
"""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from crawlers.catalogue import SHIPPED, CatalogueError, read
from crawlers.records import Post
from crawlers.sources import Source

# The keys of a card that may be edited, with the table each stands in; "" is the top of the file.
EDITABLE: Final[dict[str, str]] = {
    "legal_basis": "card",
    "impact_assessment": "card",
    "fields_taken": "card",
    "fields_refused": "card",
    "retention_days": "card",
    "contact": "card",
    "every": "pace",
    "delay": "pace",
    "budget": "pace",
    "quiet": "pace",
    "enabled": "",  # last: whether a source may run depends on the others
}
_HEADER = re.compile(r"\s*\[\[?\s*([^\[\]]{1,200}?)\s*\]")


class CardRefused(Exception):
    """Values that the catalogue does not accept: its sentence for each of `fields`."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__(" ".join(fields.values()))
        self.fields = dict(fields)


class Uneditable(CatalogueError):
    """A file whose spelling this editor does not know: it is left alone, `path` names it."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path}: is written so that it cannot be edited here; edit the file itself.")
        self.path = path


@dataclass(frozen=True, slots=True)
class Draft:
    """An edited file that the catalogue accepts and that is not written yet. `was` and `now` are the changed values."""

    source: Source
    path: Path
    text: str
    stamp: str
    was: Mapping[str, Any]
    now: Mapping[str, Any]


def stamp_of(name: str, folder: Path) -> str:
    """The digest of the file that describes `name`: an edit names the one it was made on."""
    return _stamp(_file_of(name, folder))


def draft(name: str, values: Mapping[str, Any], *, folder: Path) -> Draft:
    """The file of `name` with `values` (by the keys of EDITABLE) put in; CardRefused when the catalogue does not accept them.

    CatalogueError when there is no such source, Uneditable when its file is written so that it cannot be edited here.
    """
    path = _file_of(name, folder)
    text = path.read_text(encoding="utf-8")
    source = read(path)
    wanted = {
        key: values[key] for key in EDITABLE if key in values and _value_of(source, key) != _comparable(values[key])
    }
    right: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for key, value in wanted.items():
        if said := _refusal(text, {**right, key: value}, path):
            wrong[key] = said
        else:
            right[key] = value
    if wrong:
        raise CardRefused(wrong)
    edited = _edited(text, wanted, path)
    return Draft(
        source=_read_text(edited, path),
        path=folder / f"{name}.toml" if path.parent == SHIPPED else path,
        text=edited,
        stamp=_stamp(path),
        was={key: _plain(_value_of(source, key)) for key in wanted},
        now={key: _plain(_comparable(value)) for key, value in wanted.items()},
    )


def save(edited: Draft) -> None:
    """Write a draft, whole or not at all: beside the old file, synced, then put in its place."""
    edited.path.parent.mkdir(parents=True, exist_ok=True)
    part = edited.path.with_name(f".{edited.path.name}.part")
    with part.open("w", encoding="utf-8") as file:
        file.write(edited.text)
        file.flush()
        os.fsync(file.fileno())
    part.replace(edited.path)


def try_out(edited: Draft) -> list[Post]:
    """What a crawl by the draft would take from its first page, masked; CrawlError with the sentence when it would take nothing."""
    from crawlers.child import test_source

    with TemporaryDirectory(prefix="yidan-draft-") as folder:
        path = Path(folder, f"{edited.source.name}.toml")
        path.write_text(edited.text, encoding="utf-8")
        return test_source(edited.source.name, catalogue=[path])


# --- the file


def _file_of(name: str, folder: Path) -> Path:
    """The file of this installation that describes `name`, else the shipped one."""
    for place in (folder, SHIPPED):
        for path in sorted(place.glob("*.toml")) if place.is_dir() else ():
            if read(path).name == name:
                return path
    raise CatalogueError(f"There is no source {name!r}.")


def _stamp(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


def _refusal(text: str, values: Mapping[str, Any], path: Path) -> str:
    """Why the catalogue does not accept `values`; empty when it does."""
    try:
        _read_text(_edited(text, values, path), path)
    except Uneditable:
        raise
    except CatalogueError as error:
        return str(error).removeprefix(f"{path}: ")
    return ""


def _read_text(text: str, path: Path) -> Source:
    with TemporaryDirectory(prefix="yidan-draft-") as folder:
        copy = Path(folder, path.name)
        copy.write_text(text, encoding="utf-8")
        try:
            return read(copy)
        except CatalogueError as error:
            raise CatalogueError(str(error).replace(str(copy), str(path))) from error


def _edited(text: str, values: Mapping[str, Any], path: Path) -> str:
    """`text` with `values` put in; Uneditable when that would not be all that changes."""
    expected, lines = tomllib.loads(text), text.splitlines()
    for key, value in values.items():
        table = EDITABLE[key]
        (expected.setdefault(table, {}) if table else expected)[key] = value
        lines = _put(lines, table, key, f"{key} = {_spell(value)}")
    edited = "\n".join(lines) + "\n"
    try:
        same = tomllib.loads(edited) == _listed(expected)
    except tomllib.TOMLDecodeError:
        same = False
    if not same:
        raise Uneditable(path)
    return edited


def _put(lines: list[str], table: str, key: str, line: str) -> list[str]:
    """`lines` with `key` of `table` replaced by `line`, its comment kept, or added at the table's end."""
    start, end = _extent(lines, table)
    if start < 0:
        return [*lines, "", f"[{table}]", line]
    for at in range(start, end):
        if re.match(rf"\s*{key}\s*=", lines[at]):
            upto = _ends(lines, at, end)
            comment = _comment(lines[at]) if upto == at + 1 else ""
            return [*lines[:at], line + comment, *lines[upto:]]
    while end > start and not lines[end - 1].strip():
        end -= 1
    return [*lines[:end], line, *lines[end:]]


def _extent(lines: list[str], table: str) -> tuple[int, int]:
    """The lines of `table` without its header; (-1, -1) when there is none."""
    headers = [(n, found[1]) for n, line in enumerate(lines) if (found := _HEADER.match(line))]
    if not table:
        return 0, headers[0][0] if headers else len(lines)
    for place, (n, name) in enumerate(headers):
        if name == table:
            return n + 1, headers[place + 1][0] if place + 1 < len(headers) else len(lines)
    return -1, -1


def _ends(lines: list[str], at: int, end: int) -> int:
    """The line after the value that begins at `at`, which may be a list over several lines."""
    for upto in range(at + 1, end + 1):
        try:
            tomllib.loads("\n".join(lines[at:upto]))
        except tomllib.TOMLDecodeError:
            continue
        return upto
    return at + 1


def _comment(line: str) -> str:
    """The comment behind a value on one line, with the space before it."""
    for mark in re.finditer(r"\s*#", line):
        try:
            tomllib.loads(line[: mark.start()])
        except tomllib.TOMLDecodeError:
            continue
        return line[mark.start() :]
    return ""


# --- values


def _spell(value: Any) -> str:
    """A value as TOML writes it; JSON's strings, lists and truths are TOML's too."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple | list):
        return f"[{', '.join(_spell(one) for one in value)}]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _listed(table: Any) -> Any:
    if isinstance(table, dict):
        return {key: _listed(value) for key, value in table.items()}
    return [_listed(one) for one in table] if isinstance(table, tuple | list) else table


def _value_of(source: Source, key: str) -> Any:
    table = EDITABLE[key]
    return getattr(getattr(source, table) if table else source, key)


def _comparable(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _plain(value: Any) -> Any:
    """For the ledger: plain JSON values."""
    return value.isoformat() if isinstance(value, date) else list(value) if isinstance(value, tuple) else value
