"""Evidence is what its bytes are, kept by digest, whole or not at all."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.risks import files
from tracker.risks.errors import Incomplete
from tracker.risks.side_acts import _file_name

KINDS = {
    b"\xff\xd8\xff\xe0rest": "image/jpeg",
    b"\x89PNG\r\n\x1a\nrest": "image/png",
    b"%PDF-1.7 rest": "application/pdf",
    b"RIFF\x10\x00\x00\x00WEBPVP8 ": "image/webp",
}


@pytest.mark.parametrize(("content", "kind"), KINDS.items())
def test_the_bytes_say_what_it_is(content, kind, tmp_path):
    digest, found = files.store(tmp_path, content)
    assert found == kind
    assert digest == sha256(content).hexdigest()
    assert files.path_of(tmp_path, digest).read_bytes() == content


@pytest.mark.parametrize(
    "content",
    [
        b"<svg onload=alert(1)>",
        b"<html>",
        b"GIF89a",
        b"PK\x03\x04",
        b"MZ",
        b"RIFF\x10\x00\x00\x00WAVE",
        b"\x89PN",
        b" %PDF-",
    ],
)
def test_anything_else_is_refused_and_not_kept(content, tmp_path):
    with pytest.raises(Incomplete):
        files.store(tmp_path, content)
    assert not list(tmp_path.iterdir())


@given(st.binary(max_size=64))
def test_no_bytes_break_the_look(content):
    known = content.startswith(tuple(k[:8] if k[:1] == b"\x89" else k[:5] for k in list(KINDS)[1:3]))
    known = known or content.startswith(b"\xff\xd8\xff") or (content[:4] == b"RIFF" and content[8:12] == b"WEBP")
    if known:
        assert files.sniff(content) in KINDS.values()
    else:
        with pytest.raises(Incomplete):
            files.sniff(content)


def test_nothing_and_too_much_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "MAX_BYTES", 20)
    for content in (b"", b"%PDF-" + b"x" * 16):
        with pytest.raises(Incomplete, match="10 MB"):
            files.store(tmp_path, content)
    assert files.store(tmp_path, b"%PDF-" + b"x" * 15)[1] == "application/pdf"


def test_the_same_file_from_many_at_once_is_kept_once(tmp_path):
    content = b"%PDF-" + b"x" * 100_000
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _n: files.store(tmp_path, content), range(32)))
    assert len(set(found)) == 1
    assert [p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()] == [content]


@pytest.mark.parametrize(
    ("name", "kept"),
    [("a.png", "a.png"), ("C:\\fotos\\现场.jpg", "现场.jpg"), ("../../etc/passwd", "passwd"), ("", "file"),
     ("x\ny\u202e.png", "xy.png"), ("长" * 200 + ".jpeg", "长" * 115 + ".jpeg")],
)  # fmt: skip
def test_a_file_name_is_shown_harmless_and_short(name, kept):
    assert _file_name(name) == kept
