"""The demo's own sources read the demo's own board whole: every post, its likes and its answer, and nobody's nick."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from crawlers import api
from tracker.demo.board import DemoBoard
from tracker.demo.posts import load_posts
from tracker.demo.seed import catalogue_write


def test_the_demo_is_read_whole(tmp_path):
    posts = load_posts()
    start = datetime.now(UTC) - timedelta(days=2)  # long ago for the accelerated clock: everything is visible
    with DemoBoard(posts, start=start) as board:
        catalogue_write(tmp_path, board.url)
        reports = api.crawl_in_subprocess(
            ["demo-api", "demo-pages"], catalogue=[tmp_path], spool=tmp_path / "spool", state=tmp_path / "state"
        )
    assert [report.state for report in reports] == ["ok", "ok"]
    found = [post for batch in api.read_batches(tmp_path / "spool") for post in batch.posts]
    shown = {shape: sum(post.on(shape) for post in posts) for shape in ("json", "html")}
    assert {r.source: r.fetched for r in reports} == {"demo-api": shown["json"], "demo-pages": shown["html"]}
    assert len({post.digest for post in found}) == len(posts), "a post on both boards is the same post"
    assert sum(post.counts["likes"] for post in found) > 0
    assert all(not post.reply or (post.reply.text and post.reply.organisation) for post in found)
    assert sum(post.reply is not None for post in found) >= sum(bool(post.reply) for post in posts)
    written = b"".join(path.read_bytes() for path in (tmp_path / "spool").glob("*.jsonl"))
    assert [post.nick for post in posts if post.nick.encode() in written] == []
