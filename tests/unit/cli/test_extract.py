"""`yidan extract`: a row a page, masked, and a sentence for what could not be read."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from tracker.cli.app import app
from tracker.cli.sentence import Sentence

ARTICLE = (
    "<html><head><title>青石渡口检修公告</title></head><body><h1>青石渡口检修公告</h1><p>发布时间：2026-03-01 09:30</p><div>"
    + "<p>青石渡口自三月五日起检修，期间渡船停航，请绕行望江桥，咨询电话13812345678。</p>" * 8
    + "</div></body></html>"
)


def run(*arguments: str):
    return CliRunner().invoke(app, ["extract", *arguments])


def test_a_row_a_page(tmp_path):
    (tmp_path / "a.html").write_bytes(ARTICLE.encode("gb18030"))
    (tmp_path / "b.htm").write_text("<form>请输入验证码<input name=c></form>", encoding="utf-8")
    (tmp_path / "notes.txt").write_text("x", encoding="utf-8")
    output = tmp_path / "out.jsonl"
    done = run(str(tmp_path), "--output", str(output))
    rows = [json.loads(line) for line in output.read_text(encoding="utf-8").splitlines()]
    assert [(row["file"], row["kind"]) for row in rows] == [("a.html", "detail"), ("b.htm", "unreadable")]
    assert rows[0]["published_at"] == "2026-03-01T09:30:00+08:00"
    assert "[电话]" in rows[0]["text"]
    assert isinstance(done.exception, Sentence)
    assert "b.htm: The board answers with a captcha" in str(done.exception)


@pytest.mark.parametrize(("name", "said"), [("nothing.html", "no such file"), (".", "there is no page")])
def test_nothing_to_read_is_said(tmp_path, name, said):
    done = run(str(tmp_path / name), "--output", "-")
    assert said in str(done.exception)
