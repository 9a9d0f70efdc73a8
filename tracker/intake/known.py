"""The catalogue of this installation, read again only when one of its files has changed."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from django.conf import settings

from crawlers.api import Source, sources


def known_sources() -> dict[str, Source]:
    """The sources that ship and those of YIDAN_HOME/catalogue; CatalogueError names the file that is wrong."""
    folder: Path = settings.ENV.catalogue
    files = sorted(folder.glob("*.toml")) if folder.is_dir() else []
    return _read(folder, tuple((file.name, file.stat().st_mtime_ns) for file in files))


@lru_cache(maxsize=4)
def _read(folder: Path, _stamp: tuple[tuple[str, int], ...]) -> dict[str, Source]:
    return sources(folder) if folder.is_dir() else sources()
