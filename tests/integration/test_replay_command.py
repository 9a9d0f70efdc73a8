"""`yidan replay` as a user runs it: on a small archive, on a bad one, interrupted, and on the whole of ../shared in its time."""

from __future__ import annotations

import json
import os
import signal
import time

import pytest

from analysis.datasets import read_rows
from tests.home import Home
from tests.integration.test_bad_input import refused

ROWS = [
    {"id": 1, "title": "青禾路大桥护栏断裂", "body": "青禾路大桥的护栏断了，每天有孩子从桥上走，很危险。", "created_at": "2026-03-02 08:00:00"},
    {"id": 2, "title": "青禾路大桥护栏断裂无人修", "body": "青禾路大桥护栏断了好几天，孩子上学很危险。", "created_at": "2026/03/03 09:00:00"},
    {"id": 3, "title": "祝愿", "body": "祝大家新年快乐。", "created_at": "2026-03-03T10:00:00+08:00"},
]  # fmt: skip


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home", ready=True)


def archive(tmp_path, rows):
    path = tmp_path / "in.jsonl"
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    return str(path)


WINDOW = ("--from", "2026-03-01", "--until", "2026-03-08", "--workers", "1")


def test_a_small_archive(home, tmp_path):
    out = tmp_path / "out.json"
    said = home("replay", "--input", archive(tmp_path, ROWS), *WINDOW, "--output", str(out))
    assert said.startswith("3 posts in 7 days")
    found = json.loads(out.read_text(encoding="utf-8"))
    assert [(d["day"], d["posts"]) for d in found["days"]][1:3] == [("2026-03-02", 1), ("2026-03-03", 2)]
    assert found["flags"][0]["id"] == 1
    assert found["flags"][0]["at"] == "2026-03-02T08:00:00+08:00"
    piped = json.loads(home("replay", "--input", archive(tmp_path, ROWS), *WINDOW))
    assert piped == found


def test_a_row_without_its_time_is_named_and_the_others_are_played(home, tmp_path):
    rows = [
        *ROWS,
        {"id": "nine", "title": "x", "body": "y", "created_at": "yesterday"},
        {"id": 10, "title": "x", "body": "y"},
    ]
    out = tmp_path / "out.json"
    line = refused(home, "replay", "--input", archive(tmp_path, rows), *WINDOW, "--output", str(out))
    assert "row 'nine' has no readable created_at ('yesterday')" in line
    assert "line 5 lacks created_at" in line
    assert json.loads(out.read_text(encoding="utf-8"))["summary"]["posts"] == 3


@pytest.mark.parametrize(
    ("since", "until", "words"),
    [("2026-13-01", "2026-04-01", "--from '2026-13-01' is not a date"), ("2026-03-01", "soon", "--until 'soon' is not a date"),
     ("2026-04-01", "2026-03-01", "is not before --until")],
)  # fmt: skip
def test_bad_dates(home, tmp_path, since, until, words):
    source = archive(tmp_path, ROWS)
    assert words in refused(home, "replay", "--input", source, "--from", since, "--until", until)


@pytest.mark.shared
@pytest.mark.slow
@pytest.mark.parametrize("after", [2.0, 3.5])  # while it reads or starts its processes, and while they work
def test_an_interrupted_run_leaves_nothing(home, tmp_path, shared, after):
    rows = [row for _, row in read_rows(shared / "data" / "messages.jsonl.gz")]
    many = [{**row, "id": f"{row['id']}-{turn}"} for turn in range(5) for row in rows]  # once is over in two seconds
    command = ("--from", "2011-01-01", "--until", "2021-01-01", "--output", str(tmp_path / "out.json"))
    running = home.start("replay", "--input", archive(tmp_path, many), *command)
    time.sleep(after)
    os.killpg(running.pid, signal.SIGINT)
    assert running.wait(timeout=30) in (130, -signal.SIGINT), "at once, even while the program was still loading"
    assert list(tmp_path.glob("out.json*")) == []


@pytest.mark.shared
@pytest.mark.slow
def test_the_whole_archive_in_under_a_minute(home, tmp_path, shared):
    out = tmp_path / "out.json"
    begun = time.monotonic()
    home(
        "replay", "--input", str(shared / "data" / "messages.jsonl.gz"), "--from", "2011-01-01", "--until", "2021-01-01",
        "--output", str(out),
    )  # fmt: skip
    spent = time.monotonic() - begun
    found = json.loads(out.read_text(encoding="utf-8"))
    assert found["summary"]["posts"] == 7142
    assert 0 < found["summary"]["alarms_a_day"]["mean"] < 1, "an alarm fatigues when it comes every day"
    assert spent < 60
