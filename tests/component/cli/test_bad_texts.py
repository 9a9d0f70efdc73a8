"""Whatever the public or a department hands in: odd texts are assessed, unusable files are one clear sentence."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tracker.cli.app import main

PLAIN = {"title": "桥面裂缝", "body": "望星桥桥面开裂，孩子每天从上面过，投诉多次没有人管。"}
NOVEL = "話說那年冬天，渡口的老船夫撐起船，載了滿船的書生過江。江面風大，船身搖晃，眾人驚懼不已，船夫卻笑而不語。"
SIMPLIFIED = "话说那年冬天，渡口的老船夫撑起船，载了满船的书生过江。江面风大，船身摇晃，众人惊惧不已，船夫却笑而不语。"
ROWS = [
    {"id": "plain", **PLAIN},
    {"id": "empty", "title": "", "body": ""},
    {"id": "blank", "title": " \n\t", "body": "\u3000\n"},
    {"id": "megabyte", "title": "长", "body": "路面坑洼不平，" * 150_000},
    {"id": "emoji", "title": "😀🚗", "body": "😡😡😡👍🏽👨‍👩‍👧"},
    {"id": "novel", "title": "江上", "body": NOVEL * 400},
    {"id": "simplified", "title": "江上", "body": SIMPLIFIED * 400},
    {
        "id": "controls",
        "title": "桥\x00面\x07裂缝",
        "body": "\x1b望星桥桥面\x08开裂，孩子每天从上面过，投诉多次没有人管。",
    },
    {
        "id": "marks",
        "title": "\u202e桥面\u202c裂缝",
        "body": "\u200f望星桥\u2066桥面开裂，孩子每天从上面过，\u2069投诉多次没有人管。",
    },
    {"id": "surrogate", "title": "您\ud800好", "body": "\udfff\ud83d"},
]


def run(monkeypatch, capsys, *arguments: object) -> tuple[int, str, str]:
    """(exit code, standard output, standard error) of a call of `yidan`."""
    monkeypatch.setattr(sys, "argv", ["yidan", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        main()
    said = capsys.readouterr()
    return int(ended.value.code or 0), said.out, said.err


@pytest.fixture
def refused(monkeypatch, capsys):
    """The one sentence of a call that fails."""

    def call(*arguments: object) -> str:
        code, _out, err = run(monkeypatch, capsys, *arguments)
        assert code == 1
        (line,) = err.splitlines()
        assert line.startswith("yidan: ")
        assert line.endswith((".", "!"))
        return line

    return call


def test_odd_texts_are_assessed_and_a_line_that_is_not_json_is_named(monkeypatch, capsys, tmp_path: Path):
    source, output = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    lines = [json.dumps(row) for row in ROWS]
    source.write_text("\n".join([*lines[:2], '{"id": "cut", "title": "半', *lines[2:]]) + "\n", encoding="utf-8")
    code, _out, err = run(monkeypatch, capsys, "assess", "--input", source, "--output", output)
    assert code == 1
    assert err == f"yidan: {source}, line 3 is not JSON; the other lines were done.\n"
    found = {row["id"]: row for row in map(json.loads, output.read_text("utf-8", "surrogatepass").splitlines())}
    assert list(found) == [row["id"] for row in ROWS]
    assert found["plain"]["flagged"]
    for odd, plain in (("controls", "plain"), ("marks", "plain"), ("novel", "simplified")):
        assert [found[odd][name] for name in ("risk", "topic", "level")] == [
            found[plain][name] for name in ("risk", "topic", "level")
        ]
    assert not any(found[name]["flagged"] for name in ("empty", "blank", "emoji", "surrogate"))
    for row in ROWS:
        full = f"{row['title']}\n{row['body']}"
        assert all(full[why["start"] : why["end"]] == why["text"] for why in found[row["id"]]["why"])


TRAINABLE = "text\tlabel\n" + "路灯坏了\tlight\n公交晚点\tbus\n" * 6


def test_a_head_from_labels_that_teach_nothing_is_refused(refused, tmp_path: Path):
    data = tmp_path / "data.tsv"
    for words, sentence in (
        ("text\tlabel\n路灯坏了\tlight\n路灯不亮\tlight\n", "1 class"),
        ("text\tlabel\n路灯坏了\tlight\n路灯不亮\n", "line 3 has 1 columns"),
        ("text\tlabel\n路灯坏了\t\n", "line 2 has no label"),
        ("", "data.tsv"),
    ):
        data.write_text(words, encoding="utf-8")
        assert sentence in refused("train", "kind", "--data", data, "--output", tmp_path / "model")
    assert not (tmp_path / "model").exists()


def test_an_unknown_class_and_a_changed_model_are_refused(monkeypatch, capsys, refused, tmp_path: Path):
    data, other, model = tmp_path / "data.tsv", tmp_path / "other.tsv", tmp_path / "model"
    data.write_text(TRAINABLE, encoding="utf-8")
    other.write_text("text\tlabel\n渡船\tboat\n", encoding="utf-8")
    assert run(monkeypatch, capsys, "train", "kind", "--data", data, "--output", model)[0] == 0
    assert "'boat'" in refused("evaluate", "kind", "--model", model, "--data", other)
    arrays = model / "arrays.npz"
    arrays.write_bytes(arrays.read_bytes()[:-1] + b"x")
    texts = tmp_path / "in.jsonl"
    texts.write_text('{"id": 1, "text": "路灯"}\n', encoding="utf-8")
    said = refused("predict", "--model", model, "--input", texts, "--output", tmp_path / "out.jsonl")
    assert "another digest" in said
    assert str(model) in said
    assert not (tmp_path / "out.jsonl").exists()
