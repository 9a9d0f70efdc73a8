"""What may be kept: pixels without metadata, PDFs that do nothing; everything hidden, hostile or broken is refused or left behind."""

from __future__ import annotations

import struct
import sys
import zlib
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.factories import PNG
from tracker.risks import cleaning
from tracker.risks.cleaning import cleaned, scanned
from tracker.risks.errors import Incomplete
from tracker.risks.files import sniff

SECRET = b"29.5563N 113.1234E"


def picture(kind: str, mode: str = "RGB", size=(8, 6), **save) -> bytes:
    out = BytesIO()
    image = Image.new(mode, size, color=(200, 30, 30) if mode == "RGB" else 0)
    image.save(out, kind, **save)
    return out.getvalue()


def with_exif(kind: str) -> bytes:
    exif = Image.Exif()
    exif[0x010E] = SECRET.decode()  # ImageDescription
    exif[0x0110] = "PhoneModel-X"
    return picture(kind, exif=exif.tobytes(), **({"comment": SECRET} if kind == "JPEG" else {}))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_metadata_and_what_hangs_behind_are_left_behind(kind):
    brought = with_exif(kind) + b"<script>alert(1)</script>" + SECRET
    assert SECRET in brought
    kept = cleaned(brought)
    for hidden in (SECRET, b"PhoneModel", b"<script", b"Exif\x00"):
        assert hidden not in kept
    assert sniff(kept) == sniff(brought)
    with Image.open(BytesIO(kept)) as found:
        assert found.size == (8, 6)
        assert not found.getexif()
        assert not {"comment", "icc_profile", "exif", "xmp"} & set(found.info)
        red, green, _blue = found.convert("RGB").getpixel((3, 3))
        assert red > 150 > green


def test_a_picture_taken_sideways_stands_upright_without_the_note_that_said_so():
    exif = Image.Exif()
    exif[0x0112] = 6
    with Image.open(BytesIO(cleaned(picture("JPEG", exif=exif.tobytes())))) as found:
        assert found.size == (6, 8)


def test_the_same_file_gives_the_same_bytes_and_cleaning_twice_changes_nothing_of_a_png():
    assert cleaned(PNG) == cleaned(PNG)
    assert cleaned(cleaned(PNG)) == cleaned(PNG)


@pytest.mark.parametrize(
    ("kind", "mode"), [("JPEG", "L"), ("JPEG", "CMYK"), ("PNG", "P"), ("PNG", "LA"), ("PNG", "1"), ("PNG", "I;16"), ("WEBP", "RGBA")]
)  # fmt: skip
def test_every_way_of_colouring_is_kept_readable(kind, mode):
    with Image.open(BytesIO(cleaned(picture(kind, mode)))) as found:
        found.load()


def test_a_bomb_is_refused_before_it_is_unpacked(monkeypatch):
    def png(width, height):
        head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
        chunk = b"IHDR" + head
        rest = b"IDAT" + zlib.compress(b"\0" * 100)
        return b"\x89PNG\r\n\x1a\n" + b"".join(
            struct.pack(">I", len(part) - 4) + part + struct.pack(">I", zlib.crc32(part))
            for part in (chunk, rest, b"IEND")
        )

    for size in ((8000, 8000), (12_000, 12_000), (60_000, 60_000)):
        with pytest.raises(Incomplete):
            cleaned(png(*size))
    monkeypatch.setattr(cleaning, "MOST_PIXELS", 47)
    with pytest.raises(Incomplete, match="像素太多"):
        cleaned(picture("PNG"))


@pytest.mark.parametrize(
    "content", [b"\xff\xd8\xff\xe0rest", b"\x89PNG\r\n\x1a\nrest", b"RIFF\x10\x00\x00\x00WEBPVP8 ", b"<svg/>"]
)
def test_what_only_begins_like_a_picture_is_refused(content):
    with pytest.raises(Incomplete):
        cleaned(content)


@settings(max_examples=40, deadline=None)
@given(st.binary(min_size=1, max_size=40), st.integers(0, 200))
def test_a_damaged_picture_is_refused_or_drawn_never_a_crash(noise, at):
    whole = picture("JPEG")
    broken = whole[:at] + noise + whole[at + len(noise) :]
    try:
        kept = cleaned(b"\xff\xd8\xff" + broken[3:])
    except Incomplete:
        return
    assert noise not in kept or len(noise) < 8


PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<<>>\nstartxref\n0\n%%EOF\n"


def packed(name: bytes) -> bytes:
    body = zlib.compress(b"1 0 <<" + name + b" 2 0 R>>")
    return b"%PDF-1.7\n5 0 obj<</Type/ObjStm/Length 9>>\nstream\r\n" + body + b"\nendstream endobj\n%%EOF"


def test_a_plain_pdf_is_kept_byte_for_byte():
    assert cleaned(PDF) == PDF
    assert cleaned(packed(b"/Title")) == packed(b"/Title")


@pytest.mark.parametrize(
    "bad",
    [
        PDF.replace(b"/Catalog", b"/Catalog/OpenAction<</S/JavaScript/JS(app.alert(1))>>"),
        PDF.replace(b"/Catalog", b"/Catalog/AA<</S/J#61vaScript>>"),
        PDF.replace(b"/Catalog", b"/Catalog/Names<</EmbeddedFiles 3 0 R>>"),
        PDF.replace(b"/Catalog", b"/Catalog/A<</S/Launch/F(x.exe)>>"),
        packed(b"/JS"),
        PDF + b"<script>alert(1)</script>",
        PDF + b"PK\x03\x04",
        PDF.replace(b"endobj", b"endobj PK\x05\x06"),
        b"%PDF-1.7 without an end",
        b"%PDF-%%EOF<html>",
    ],
)
def test_a_pdf_that_acts_carries_or_is_something_else_is_refused(bad):
    with pytest.raises(Incomplete, match="PDF"):
        cleaned(bad)


class TestScanner:
    def command(self, body: str) -> tuple[str, ...]:
        return (sys.executable, "-c", f"import sys; data = sys.stdin.buffer.read(); {body}")

    def test_it_gets_the_file_and_its_yes_lets_it_in(self):
        scanned(b"clean", ())
        scanned(b"clean", self.command("sys.exit(data != b'clean')"))

    def test_its_no_refuses(self):
        with pytest.raises(Incomplete, match="有害"):
            scanned(b"bad", self.command("sys.exit(1)"))

    @pytest.mark.parametrize("code", ["sys.exit(2)", "raise SystemExit(-9)"])
    def test_a_failing_one_lets_nothing_in(self, code):
        with pytest.raises(Incomplete, match="没有完成"):
            scanned(b"x", self.command(code))

    def test_an_absent_or_endless_one_lets_nothing_in(self, monkeypatch):
        with pytest.raises(Incomplete, match="没有完成"):
            scanned(b"x", ("/no/such/scanner",))
        monkeypatch.setattr(cleaning, "SCAN_SECONDS", 0.3)
        with pytest.raises(Incomplete, match="没有完成"):
            scanned(b"x", self.command("import time; time.sleep(9)"))
