"""Evidence as it may be kept: a picture drawn anew without its metadata, a PDF without anything that acts by itself.

A phone writes where and when a picture was taken, and by which phone; the item says where, the ledger when. Drawing a picture
anew also leaves behind whatever else was hidden in the file. A PDF is kept byte for byte, so one that could act is refused.
"""

from __future__ import annotations

import re
import subprocess
import zlib
from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import Any, Final

from django.utils.translation import gettext as _

from tracker.risks.errors import Incomplete
from tracker.risks.files import sniff

MOST_PIXELS: Final = 50_000_000
SCAN_SECONDS: Final = 60
_FORMATS: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "image/jpeg": ("JPEG", {"quality": 90, "optimize": True}),
    "image/png": ("PNG", {"optimize": False}),
    "image/webp": ("WEBP", {"quality": 90}),
}
# Names that make a document do something when it is opened, or carry another file inside.
_ACTS: Final = re.compile(rb"/(?:JavaScript|JS|Launch|EmbeddedFiles?|RichMedia|XFA)(?![A-Za-z])")
_ESCAPED: Final = re.compile(rb"#([0-9A-Fa-f]{2})")
_STREAM: Final = re.compile(rb"/ObjStm.{0,400}?stream\r?\n(.*?)endstream", re.DOTALL)
_MOST_UNPACKED: Final = 4 * 1024 * 1024
_END_OF_ZIP: Final = b"PK\x05\x06"
_ZIP_TAIL: Final = 66_000


def cleaned(content: bytes) -> bytes:
    """`content` as it may be kept; Incomplete, with the sentence, when it is damaged, far too large when unpacked, or could act."""
    kind = sniff(content)
    return _drawn_anew(content, kind) if kind in _FORMATS else _harmless(content)


def _drawn_anew(content: bytes, kind: str) -> bytes:
    """The same picture, upright, with nothing but its pixels; of an animation the first one."""
    from PIL import Image, ImageOps

    name, options = _FORMATS[kind]
    try:
        with Image.open(BytesIO(content), formats=[name]) as picture:
            _bounded(picture.width * picture.height)
            upright = ImageOps.exif_transpose(picture)
            clear = kind != "image/jpeg" and (upright.mode in ("LA", "RGBA", "PA") or "transparency" in upright.info)
            pixels = upright.convert("RGBA" if clear else "RGB")
        plain = Image.new(pixels.mode, pixels.size)
        plain.paste(pixels)
        written = BytesIO()
        plain.save(written, name, **options)
    except Incomplete:
        raise
    except Exception as error:
        # A hostile file breaks its decoder in a way of its own.
        raise Incomplete(_("照片无法读取，可能已损坏，请重新拍摄或另存后再上传")) from error
    return written.getvalue()


def _bounded(pixels: int) -> None:
    """Asked of the header, before anything is unpacked."""
    if pixels > MOST_PIXELS:
        raise Incomplete(_("照片的像素太多，请缩小后再上传"))


def _harmless(content: bytes) -> bytes:
    """A PDF that ends as one, is no archive as well, and has no name that acts, packed or not."""
    body, end, tail = content.rpartition(b"%%EOF")
    if not body or not end or tail.strip(b"\r\n\t \x00") or _END_OF_ZIP in content[-_ZIP_TAIL:]:
        raise Incomplete(_("PDF 不完整，或后面还附着别的内容，请重新导出后再上传"))
    for part in (content, *_unpacked(content)):
        if _ACTS.search(_ESCAPED.sub(lambda match: bytes([int(match[1], 16)]), part)):
            raise Incomplete(_("PDF 里有脚本、附件或可执行的动作，请打印成普通 PDF 后再上传"))
    return content


def _unpacked(content: bytes) -> Iterator[bytes]:
    """The objects that a PDF keeps compressed, up to a bound; what cannot be unpacked is no object for a reader either."""
    for match in _STREAM.finditer(content):
        try:
            yield zlib.decompressobj().decompress(match[1], _MOST_UNPACKED)
        except zlib.error:
            continue


def scanned(content: bytes, command: Sequence[str]) -> None:
    """Hand `content` to the virus scanner on its standard input; anything but exit code 0 refuses it, so a broken one lets nothing in."""
    if not command:
        return
    try:
        done = subprocess.run(  # noqa: S603 - the operator's own command, without a shell
            command, input=content, capture_output=True, timeout=SCAN_SECONDS, check=False
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise Incomplete(_("病毒扫描没有完成，文件没有保存，请稍后再试或告诉管理员")) from error
    if done.returncode == 1:
        raise Incomplete(_("病毒扫描认为这个文件有害，没有保存"))
    if done.returncode:
        raise Incomplete(_("病毒扫描没有完成，文件没有保存，请稍后再试或告诉管理员"))
