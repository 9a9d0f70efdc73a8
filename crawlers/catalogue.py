"""Loads the catalogue: one TOML file a source, refused as a whole with one sentence when anything in it is wrong.

A wrong key that is silently ignored is how boards go unread for weeks, so unknown keys, missing card fields, selectors that do
not compile and addresses that may not be reached are errors that name the file, the key and the remedy.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

from crawlers.checks import CHECKS
from crawlers.sources import Source
from crawlers.tables import WrongValueError, build

SHIPPED = Path(__file__).with_name("catalogue")


class CatalogueError(Exception):
    """A catalogue that cannot be used; the message is one sentence naming file, key and remedy."""


def sources(*paths: Path, shipped: bool = True) -> dict[str, Source]:
    """All sources by name, from the shipped folder and each of `paths` (a file or a folder of .toml files).

    A file in `paths` takes the place of a shipped one with the same name, which is how a shipped board is switched on.
    CatalogueError at the first file that is wrong; `problems` lists them all.
    """
    found = _load(SHIPPED) if shipped else {}
    given: dict[str, Source] = {}
    for path in paths:
        for name, source in _load(path).items():
            if name in given:
                raise CatalogueError(f"{path}: the source name {name!r} is used twice; give one of them another name.")
            given[name] = source
    return {**found, **given}


def problems(*paths: Path, shipped: bool = True) -> list[str]:
    """The sentence of every file that is wrong; empty when the whole catalogue is usable."""
    wrong: list[str] = []
    for path in (*([SHIPPED] if shipped else []), *paths):
        try:
            files = list(_files(path))
        except CatalogueError as error:
            wrong.append(str(error))
            continue
        for file in files:
            try:
                read(file)
            except CatalogueError as error:
                wrong.append(str(error))
    return wrong


def read(path: Path) -> Source:
    """The source described by one file; CatalogueError when it cannot be used."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CatalogueError(
            f"{path}: cannot be read ({error.strerror}); check the path and its permissions."
        ) from error
    except UnicodeDecodeError as error:
        raise CatalogueError(f"{path}: is not UTF-8 text; save the file as UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise CatalogueError(
            f"{path}: is not valid TOML, {str(error)[:1].lower()}{str(error)[1:]}; correct it."
        ) from error
    try:
        source = build(Source, table, "")
        for check in CHECKS:
            check(source)
    except WrongValueError as error:
        raise CatalogueError(f"{path}: {error}") from error
    return source


def _load(path: Path) -> dict[str, Source]:
    found: dict[str, Source] = {}
    for file in _files(path):
        source = read(file)
        if source.name in found:
            raise CatalogueError(
                f"{file}: the source name {source.name!r} is used twice; give one of them another name."
            )
        found[source.name] = source
    return found


def _files(path: Path) -> Iterator[Path]:
    if path.is_dir():
        yield from sorted(path.glob("*.toml"))
    elif path.is_file():
        yield path
    else:
        raise CatalogueError(f"{path}: no such catalogue file or folder; give a .toml file or a folder of them.")
