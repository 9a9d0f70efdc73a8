"""One state a run, and a healthy one only when nothing speaks against it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers import spool
from crawlers.api import CrawlReport, mask, masked
from crawlers.catalogue import read
from crawlers.causes import Cause
from crawlers.frontier import Frontier, Wanted
from crawlers.outcome import Tally, judge
from crawlers.patience import retry_after
from crawlers.records import Post, Reply
from crawlers.reports import HEALTHY, STATES
from crawlers.run import Run

X = Cause("x")
NOW = datetime(2026, 5, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("tally", "state"),
    [
        (Tally(fetched=3, pages=1, complete=True), "ok"),
        (Tally(unchanged=20, pages=1, complete=True), "ok-nothing-new"),
        (Tally(pages=1, complete=True), "ok-nothing-new"),
        (Tally(fetched=3, pages=1), "degraded"),
        (Tally(fetched=3, undated=3, pages=1, complete=True), "ok"),
        (Tally(fetched=3, undated=2, pages=1, complete=True), "ok"),
        (Tally(fetched=3, failed=1, pages=1, complete=True, troubles={"broken": X}), "degraded"),
        (Tally(failed=1, pages=1, complete=True, troubles={"broken": X}), "broken"),
        (Tally(failed=1, unchanged=20, pages=1, complete=True, troubles={"broken": X}), "degraded"),
        (Tally(failed=5, unchanged=20, pages=1, complete=True, troubles={"down": X}), "down"),
        (Tally(troubles={"down": X}), "down"),
        (Tally(troubles={"broken": X}), "broken"),
        (Tally(fetched=9, pages=4, troubles={"blocked": X}), "blocked"),
        (Tally(gone=20, pages=1, complete=True), "broken"),
        (Tally(gone=1, pages=1, complete=True), "ok-nothing-new"),
    ],
)
def test_verdicts(tally: Tally, state: str) -> None:
    assert judge(tally)[0] == state
    assert state == "ok" or judge(tally)[1]


COUNT = st.integers(0, 5)
TROUBLES = st.dictionaries(st.sampled_from(["blocked", "down", "broken", "degraded"]), st.just(X))


@given(st.builds(Tally, COUNT, COUNT, COUNT, COUNT, COUNT, COUNT, COUNT, st.booleans(), st.booleans(), TROUBLES))
def test_no_trouble_is_ever_healthy(tally: Tally) -> None:
    state, causes = judge(tally)
    assert state in STATES
    if tally.troubles or tally.failed or not tally.complete:
        assert state not in HEALTHY
        assert causes


def test_a_report_survives_json() -> None:
    report = CrawlReport("ferry-board", "r1", NOW, NOW, "degraded", "半途而止", fetched=3, new=2, failed=1)
    assert CrawlReport.from_dict(report.to_dict()) == report
    with pytest.raises(ValueError, match="unknown state"):
        CrawlReport.from_dict({**report.to_dict(), "state": "fine"})
    with pytest.raises(ValueError, match="not a crawl report"):
        CrawlReport.from_dict({"source": X})


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        (b"", None),
        (b"7", 7.0),
        (b"Fri, 01 May 2026 00:01:00 GMT", 60.0),
        (b"Thu, 30 Apr 2026 00:00:00 GMT", 0.0),
        (b"soon", None),
    ],
)
def test_retry_after(header: bytes | None, seconds: float | None) -> None:
    assert retry_after(header, NOW) == seconds


def test_a_spool_that_cannot_be_written_stops_the_run_and_loses_nothing(
    tmp_path: Path, make_post: Callable[..., Post], catalogue_file: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    frontier = Frontier(":memory:", "r1")
    frontier.see([Wanted("1", "/d/1", "a")])
    run = Run(read(catalogue_file()), frontier, "r1", spool=tmp_path / "spool")
    monkeypatch.setattr(spool.os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    run.deliver([make_post()])
    assert run.stop
    assert [wanted.key for wanted in frontier.pending()] == ["1"]
    report = run.finish()
    assert report.state == "broken"
    assert "No space left on device" in report.reason


def test_every_text_of_a_post_is_masked(make_post: Callable[..., Post]) -> None:
    said = "请拨13912345678"
    post = masked(make_post(title=said, body=said, reply=Reply(said, said)))
    assert post.reply is not None
    assert {post.title, post.body, post.reply.text, post.reply.organisation} == {mask(said)}
