"""The file of a backup: a gzipped tar whose last member, `manifest.json`, has the size and sha256 of every other one.

Written and read as a stream, so that it can go through an encrypting program and never lies unencrypted beside it. Readable
without yidan: `tar tzf`, `sha256sum`. A file cut off anywhere has no manifest, or gzip itself says so.
"""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import IO, Any, Self

from tracker.backup.errors import BackupRefused

MANIFEST = "manifest.json"
FORMAT = 1
_CHUNK = 1 << 20
_MANIFEST_AT_MOST = 1 << 30
# Pictures and PDFs are packed already, and the store's text packs well even so.
_LEVEL = 1


@dataclass(slots=True)
class Writer:
    """Members one after the other into `out`; `close` adds the manifest."""

    out: IO[bytes]
    on_progress: Callable[[int], None] = lambda _done: None
    members: dict[str, dict[str, Any]] = field(default_factory=dict)
    _zip: gzip.GzipFile = field(init=False)
    _tar: tarfile.TarFile = field(init=False)

    def __enter__(self) -> Self:
        self._zip = gzip.GzipFile(fileobj=self.out, mode="wb", compresslevel=_LEVEL, mtime=0)
        self._tar = tarfile.open(fileobj=self._zip, mode="w|", format=tarfile.PAX_FORMAT)
        return self

    def __exit__(self, *_error: object) -> None:
        # After a failure too: a stream left open is ended by the garbage collector, when what is below it is gone.
        with suppress(OSError, ValueError):
            self._tar.close()
        self._zip.close()

    def add(self, name: str, path: Path) -> None:
        """Add the file at `path`, as it is when opened; one that is gone by then was taken elsewhere meanwhile and is passed over."""
        try:
            file = path.open("rb")
        except FileNotFoundError:
            return
        with file:
            info = self._tar.gettarinfo(arcname=name, fileobj=file)
            info.uname = info.gname = ""
            info.uid = info.gid = 0
            told = _Told(file)
            try:
                self._tar.addfile(info, told)
            except OSError as error:
                raise BackupRefused(f"{path} could not be read to its end ({error}): run the backup again.") from error
        self.members[name] = {"size": info.size, "sha256": told.digest.hexdigest()}
        self.on_progress(len(self.members))

    def close(self, about: Mapping[str, Any]) -> None:
        """End the file with the manifest: `about`, and what every member must be."""
        text = json.dumps({"format": FORMAT, **about, "members": self.members}, ensure_ascii=False, sort_keys=True)
        content = text.encode()
        info = tarfile.TarInfo(MANIFEST)
        info.size, info.mode = len(content), 0o600
        self._tar.addfile(info, io.BytesIO(content))
        self._tar.close()


@dataclass(slots=True)
class _Told:
    """A file that knows the digest of what was read from it."""

    file: IO[bytes]
    digest: Any = field(default_factory=sha256)

    def read(self, size: int = -1) -> bytes:
        chunk = self.file.read(size)
        self.digest.update(chunk)
        return chunk


def unpack(
    source: IO[bytes], target: Path | None, on_progress: Callable[[int], None] = lambda _done: None
) -> dict[str, Any]:
    """Read a backup, write its members under `target` (None: nowhere) and return the manifest that they agree with.

    BackupRefused, naming what is wrong, when anything differs, is missing or is too much. What was written is then not to be used.
    """
    found: dict[str, dict[str, Any]] = {}
    manifest: dict[str, Any] | None = None
    try:
        with tarfile.open(fileobj=gzip.GzipFile(fileobj=source), mode="r|") as tar:
            for name, file in _members(tar):
                if manifest is not None:
                    raise BackupRefused(f"the backup goes on after its manifest ({name}): it is not as it was written.")
                if name == MANIFEST:
                    manifest = json.loads(file.read(_MANIFEST_AT_MOST))
                    continue
                found[name] = _keep(file, target / name if target else None)
                on_progress(len(found))
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile, ValueError) as error:
        raise BackupRefused(f"the backup is damaged or no backup ({error}): take another one.") from error
    if not isinstance(manifest, dict) or "members" not in manifest:
        raise BackupRefused("the backup was cut off before its manifest: take another one.")
    if manifest.get("format") != FORMAT:
        raise BackupRefused(f"the backup has format {manifest.get('format')}: restore it with the yidan that made it.")
    _agree(manifest["members"], found)
    return manifest


def _members(tar: tarfile.TarFile) -> Iterator[tuple[str, IO[bytes]]]:
    for info in tar:
        path = PurePosixPath(info.name)
        if path.is_absolute() or ".." in path.parts or not info.isreg():
            raise BackupRefused(f"the backup holds {info.name!r}, which no backup of ours does: take another one.")
        file = tar.extractfile(info)
        if file is not None:
            yield str(path), file


def _keep(file: IO[bytes], path: Path | None) -> dict[str, Any]:
    digest, size = sha256(), 0
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") if path is not None else io.BytesIO() as out:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
            if path is not None:
                out.write(chunk)
    if path is not None:
        path.chmod(0o600)
    return {"size": size, "sha256": digest.hexdigest()}


def _agree(told: Mapping[str, Any], found: Mapping[str, Any]) -> None:
    if missing := sorted(set(told) - set(found)):
        raise BackupRefused(f"the backup lacks {missing[0]} and {len(missing) - 1} more: take another one.")
    if wrong := sorted(name for name in found if found[name] != told.get(name)):
        raise BackupRefused(f"{wrong[0]} in the backup is not what was saved: take another one.")
