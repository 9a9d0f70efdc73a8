"""Good lines are done, bad ones are named with their number, and a file is whole or not there."""

from __future__ import annotations

import gzip
import json

import pytest

from tracker.cli.jsonl import Bad, rows, write
from tracker.cli.sentence import Sentence


def test_bad_lines_are_named_and_the_others_are_done(tmp_path):
    path = tmp_path / "in.jsonl"
    lines = b'{"id": 1, "title": "a"}\n{"id": 2}\nnot json\n\n[1]\n{"id": 3, "title": "b"}\n\xff\n'
    path.write_bytes(b"\xef\xbb\xbf" + lines)
    bad = Bad()
    assert [row["id"] for row in rows(str(path), ["id", "title"], bad)] == [1, 3]
    assert bad.count == 4
    with pytest.raises(Sentence, match=r"line 2 lacks title.*line 3 is not JSON.*the other lines were done"):
        bad.complain()


def test_gzip_in_and_out(tmp_path):
    path = tmp_path / "x.jsonl.gz"
    assert write(str(path), [{"id": "a", "text": "路"}]) == 1
    assert list(rows(str(path), ["id"], Bad())) == [{"id": "a", "text": "路"}]
    path.write_bytes(path.read_bytes()[:20])
    with pytest.raises(Sentence, match="not a whole gzip file"):
        list(rows(str(path), [], Bad()))
    (tmp_path / "plain.gz").write_bytes(b"{}")
    with pytest.raises(Sentence, match="not a whole gzip file"):
        list(rows(str(tmp_path / "plain.gz"), [], Bad()))


def test_an_interrupted_output_leaves_the_old_file(tmp_path):
    path = tmp_path / "out.jsonl"
    path.write_text("old", encoding="utf-8")

    def rows_then_stop():
        yield {"id": 1}
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write(str(path), rows_then_stop())
    assert path.read_text(encoding="utf-8") == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["out.jsonl"]


def test_what_cannot_be_read_or_written_is_said(tmp_path):
    with pytest.raises(Sentence, match="cannot be read"):
        list(rows(str(tmp_path / "none.jsonl"), [], Bad()))
    with pytest.raises(Sentence, match="cannot be written"):
        write(str(tmp_path / "no" / "out.jsonl"), [])


def test_a_lone_surrogate_survives(tmp_path):
    path = tmp_path / "out.jsonl"
    write(str(path), [{"id": "\ud800"}, {"id": "路"}])
    assert [json.loads(line)["id"] for line in path.read_text(encoding="utf-8").splitlines()] == ["\ud800", "路"]
    with gzip.open(tmp_path / "o.gz", "wt") as file:
        file.write("")
    assert list(rows(str(tmp_path / "o.gz"), [], Bad())) == []
