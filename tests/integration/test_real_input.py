"""The loop's first half on real messages: crawl, intake, assess; each post once, nobody's name anywhere.

Slow: the messages of eight years through two boards; by hand, with YIDAN_REAL=all, all 7,142 of ten. Reads ../shared.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.crawl.conftest import SPAN, site
from tests.home import Home

__all__ = ["site"]
NICK = re.compile(rb"\xe7\xbd\x91\xe5\x8f\x8bU\d{7}")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home", ready=True)


@pytest.mark.slow
@pytest.mark.shared
def test_every_message_once_through_two_boards_and_nobody_named(home, site):
    board = site("--pii", *SPAN)
    there = board.stats["messages"]
    assert there > 1900
    home.add("wz", board)
    home.add("board", board)
    assert home.crawl().count(f"fetched {there}, new {there}") == 2
    assert f"{there} new" in home("intake")
    assert home.one("select count(*) from posts_post") == there
    assert home.one("select count(distinct post_id) from posts_sighting where source = 'wz'") == there
    assert home.one("select count(distinct post_id) from posts_sighting where source = 'board'") == there
    assert home.one("select count(*) from posts_post where model = ''") == 0, "every post was assessed"
    assert home.one("select count(*) from posts_event where flagged") > there // 70
    assert board.stats["violations"] == []

    leaked, made = [], board.ask("/_pii")
    values = {value.encode(): value for row in made.values() for value in row}
    for path, content in home.files():
        assert not NICK.search(content), f"a nickname stands in {path}"
        leaked += [(path.name, text) for value, text in values.items() if value in content]
    assert leaked == [], "made-up personal data, all of it of private people, reached the disk"

    before = board.details
    assert home.crawl().count("fetched 0, new 0") == 2
    assert "0 new" in home("intake")
    assert board.details == before, "a second run asks for no detail page"
    assert home.one("select count(*) from posts_post") == there


@pytest.mark.slow
@pytest.mark.shared
def test_exactly_the_new_messages_arrive_as_the_board_moves_on(home, site):
    board = site("--from", "2019-01-01", "--until", "2019-04-30")
    home.add("wz", board)
    for moment in ("2019-02-15T00:00:00+08:00", "2019-03-15T00:00:00+08:00", "2019-04-15T00:00:00+08:00"):
        there = board.ask("/_now", t=moment)["messages"]
        home.crawl()
        home("intake")
        assert home.one("select count(*) from posts_post") == there
        newest = datetime.fromisoformat(str(home.one("select max(published_at) from posts_post")))
        # SQLite keeps moments of UTC without saying so.
        assert (newest if newest.tzinfo else newest.replace(tzinfo=UTC)) <= datetime.fromisoformat(moment)


@pytest.mark.shared
def test_the_terminal_says_what_each_source_gave(home, site):
    board = site("--from", "2019-01-01", "--until", "2019-01-10")
    home.add("wz", board)
    said = home.crawl()
    assert re.search(r"wz: fetched \d+, new \d+, unchanged 0, failed 0; ok;", said)
    assert board.stats["violations"] == []
