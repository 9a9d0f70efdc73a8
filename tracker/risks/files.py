"""Evidence: by digest, whole or not at all, and only kinds whose first bytes say what they are; in a folder, or on S3-compatible storage."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from secrets import token_hex
from typing import IO, cast

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.utils.translation import gettext as _

from tracker.risks.errors import Incomplete

MAX_BYTES = 10 * 1024 * 1024
_KINDS = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"%PDF-", "application/pdf"),
)


def sniff(content: bytes) -> str:
    """The media type the bytes themselves show; Incomplete for anything but JPEG, PNG, WebP and PDF."""
    for magic, kind in _KINDS:
        if content.startswith(magic):
            return kind
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    raise Incomplete(_("凭证只收照片（JPEG、PNG、WebP）和 PDF 文件，这个文件的内容不是"))


def bounded(content: bytes) -> None:
    """Incomplete when there is nothing in it, or too much."""
    if not content or len(content) > MAX_BYTES:
        raise Incomplete(_("凭证文件不能为空，也不能超过 10 MB"))


def path_of(root: Path, digest: str) -> Path:
    """Where the file of `digest` lies under `root`."""
    return root / digest[:2] / digest


def _key(digest: str) -> str:
    return f"{digest[:2]}/{digest}"


def opened(root: Path, digest: str) -> IO[bytes]:
    """The file of `digest`, to be read; OSError where it is gone or its storage does not answer."""
    if not settings.ENV.bucket:
        return path_of(root, digest).open("rb")
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        file = cast("IO[bytes]", storages["default"].open(_key(digest)).file)
    except (BotoCoreError, ClientError) as error:
        raise OSError(f"the storage of evidence does not answer: {error}") from error
    return file


def store(root: Path, content: bytes) -> tuple[str, str]:
    """Keep `content` under its sha256; returns (digest, media type). Incomplete when empty, over 10 MB or of another kind.

    It is there, whole, when this returns; OSError where it cannot be kept: then nothing may name it.
    """
    bounded(content)
    kind, digest = sniff(content), sha256(content).hexdigest()
    if settings.ENV.bucket:
        _put(digest, content)
        return digest, kind
    path = path_of(root, digest)
    try:
        os.utime(path)  # what is brought again is as young as what is brought now: no sweep takes it
    except FileNotFoundError:
        _write(path, content)
    return digest, kind


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # Two requests may bring the same file at once: each writes its own part, and either may win.
    part = path.with_name(f"{path.name}.{token_hex(8)}.part")
    with part.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def older(root: Path, before: datetime) -> Iterator[Path]:
    """Every file under `root` that was last brought before `before`, parts of interrupted uploads too; nothing of a bucket."""
    if settings.ENV.bucket:
        return
    for path in root.glob("??/*"):
        try:
            if path.stat().st_mtime < before.timestamp():
                yield path
        except FileNotFoundError:
            continue


def _put(digest: str, content: bytes) -> None:
    """One object, which the storage takes whole or not at all."""
    from boto3.exceptions import S3UploadFailedError
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        if not storages["default"].exists(_key(digest)):
            storages["default"].save(_key(digest), ContentFile(content))
    except (BotoCoreError, ClientError, S3UploadFailedError) as error:
        raise OSError(f"the storage of evidence does not answer: {error}") from error
