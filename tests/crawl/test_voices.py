"""Voices through a whole crawl: one person is one voice on a host, and the name is in no file whatever."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.crawl.conftest import Crawl
from tests.crawl.little_board import LittleBoard

NOW = datetime(2026, 3, 4, 4, tzinfo=UTC)


def counted(where: str, rule: str):
    def edit(text: str) -> str:
        text = text.replace('"reply"]', '"reply", "voice"]')
        return text.replace(f"[{where}]\n", f'[{where}]\nvoice = "{rule}"\n')

    return edit


def test_a_person_is_one_voice_on_a_host_for_a_week_and_never_a_name(crawl: Crawl, little: LittleBoard) -> None:
    for nick in ("甲船", "甲船", "乙船", "匿名网友"):
        little.add(1, nick=nick, at="2026-03-03 09:00:00")
    crawl.source("wz", little.url, edit=counted("list", "nickname"))
    crawl.source("board", little.url, edit=counted("post", ".meta .author"))
    assert [report.state for report in crawl("wz", "board", now=NOW)] == ["ok", "ok"]
    posts = {(post.source, post.key): post for post in crawl.posts()}
    voices = {place: post.voice for place, post in posts.items()}
    for source in ("wz", "board"):
        assert voices[source, "1"] == voices[source, "2"] == voices["wz", "1"] != ""
        assert voices[source, "3"] not in ("", voices["wz", "1"])
        assert voices[source, "4"] == ""
    little.add(1, nick="甲船", at="2026-03-03 09:00:00")
    crawl("wz", now=NOW + timedelta(days=7))
    late = next(post for post in crawl.posts() if post.key == "5")
    assert late.voice not in set(voices.values()), "its key is gone"
    assert [path.name for path in (crawl.state / "voices").iterdir()] == ["2026-W11.key"]
    written = crawl.bytes_written()
    for nick in ("甲船", "乙船", "匿名网友"):
        assert nick.encode() not in written
