"""kill -9 at random moments, then again: the end state is the same as without."""

from __future__ import annotations

import os
import random
import signal
import time
from pathlib import Path

import pytest

from tests.crawl.conftest import site
from tests.home import Home

__all__ = ["site"]
STATE = "select s.source, s.key, p.digest, s.revision, p.event_id is null from posts_sighting s join posts_post p on p.id = s.post_id order by 1, 2"
KILLS = 20


def kill_after(process, seconds: float) -> bool:
    """True when the process was still at work."""
    time.sleep(seconds)
    alive = process.poll() is None
    if alive:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    return alive


@pytest.mark.slow
@pytest.mark.shared
def test_killed_twenty_times_the_end_is_the_same(tmp_path: Path, site):
    board = site("--from", "2019-01-01", "--until", "2019-02-28")
    calm, rough = Home(tmp_path / "calm", ready=True), Home(tmp_path / "rough")
    for home in (calm, rough):
        home.add("wz", board)
        home.add("board", board)
    calm.crawl()
    calm("intake")

    dice, killed = random.Random(20261123), 0
    for turn in range(KILLS * 3):
        command = rough.crawling if turn % 2 == 0 else ("intake",)
        killed += kill_after(rough.start(*command), dice.uniform(0.4, 2.5))
        if killed == KILLS:
            break
    assert killed == KILLS, f"only {killed} runs were caught at work"

    rough.crawl()
    rough("intake")
    assert rough.rows(STATE) == calm.rows(STATE)
    assert rough.one("select count(*) from posts_post") == calm.one("select count(*) from posts_post") > 200
    assert not list((rough.path / "spool").glob("*.jsonl*")), "the spool has drained"
    assert "hold" in rough("ledger", "verify")
