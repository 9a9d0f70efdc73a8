"""Feeds and sitemaps to rows: three formats, odd dates, hostile XML, and nothing of an author."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.catalogue import CatalogueError, read
from crawlers.pages.feed import parse_feed
from crawlers.pages.parts import PageError, WallError
from crawlers.pages.sitemap import parse_sitemap
from crawlers.sources import Source

URL = "https://ferry.example.org/feed.xml"
HEAD = '\nname = "ferry-feed"\ntitle = "渡口"\nfamily = "{}"\nbase_url = "https://ferry.example.org"\n'
WHEN = datetime(2026, 3, 2, 0, 5, tzinfo=UTC)

RSS = """<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>
<title>渡口</title><link>https://ferry.example.org</link>
<item><title>栏杆松动</title><link>/d/7.html</link><guid>p7</guid><dc:creator>小纸船</dc:creator><author>小纸船</author>
<pubDate>Mon, 02 Mar 2026 08:05:00 +0800</pubDate><description>一推就晃。
请来人看。</description></item>
<item><title>跳板湿滑</title><link>/d/6.html</link><pubDate>2026-03-02 08:05</pubDate>
<description>摘要</description><content:encoded><![CDATA[<p>全文第一段</p><p>第二段</p>]]></content:encoded></item>
<item><title>没有号也没有链接</title></item></channel></rss>"""

ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><title>渡口</title>
<entry><title>栏杆松动</title><id>p7</id><link rel="self" href="/api/7"/><link href="/d/7.html"/><author><name>小纸船</name></author>
<published>2026-03-02T08:05:00+08:00</published><updated>2026-03-03T08:05:00+08:00</updated>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>一推就晃。</p><p>请来人看。</p></div></content></entry></feed>"""

JSON_FEED = json.dumps(
    {
        "version": "https://jsonfeed.org/version/1.1",
        "items": [
            {
                "id": "p7",
                "url": "/d/7.html",
                "title": "栏杆松动",
                "content_html": "<p>一推就晃。</p><p>请来人看。</p>",
                "date_published": "2026-03-02T08:05:00+08:00",
                "authors": [{"name": "小纸船"}],
            }
        ],
    }
)


@pytest.fixture
def source(catalogue_file: Callable[..., Path]) -> Callable[[str, str], Source]:
    def make(family: str, rules: str) -> Source:
        path = catalogue_file()
        text = path.read_text(encoding="utf-8")
        card = text[text.index("[card]") : text.index("[list]")]
        path.write_text(HEAD.format(family) + card + rules, encoding="utf-8")
        return read(path)

    return make


@pytest.fixture
def feed(source: Callable[[str, str], Source]) -> Source:
    return source("feed", '[list]\nurl = "/feed.xml"\n')


@pytest.mark.parametrize("body", [RSS, ATOM, JSON_FEED], ids=["rss", "atom", "json"])
def test_the_same_entry_in_three_formats(feed: Source, body: str) -> None:
    row = parse_feed(body.encode(), URL, feed).rows[0]
    assert row.parts is not None
    assert (row.key, row.url, row.title) == ("p7", "https://ferry.example.org/d/7.html", "栏杆松动")
    assert (row.parts.body, row.parts.published_at) == ("一推就晃。\n请来人看。", WHEN)
    assert "小纸船" not in repr(row)


def test_the_whole_text_is_preferred_to_the_summary_and_the_link_stands_in_for_an_id(feed: Source) -> None:
    rows = parse_feed(RSS.encode(), URL, feed).rows
    assert len(rows) == 2
    assert rows[1].parts is not None
    assert (rows[1].key, rows[1].parts.body, rows[1].published_at) == ("/d/6.html", "全文第一段\n第二段", WHEN)


def test_entries_can_be_read_from_their_pages(source: Callable[[str, str], Source]) -> None:
    linked = source("feed", '[list]\nurl = "/feed.xml"\n[post]\ntitle = "h1"\nbody = ".content"\n')
    row = parse_feed(RSS.encode(), URL, linked).rows[0]
    assert (row.parts, row.url) == (None, "https://ferry.example.org/d/7.html")
    assert (linked.needs_row, linked.family) == (False, "feed")


def test_a_wrong_encoding_is_repaired(feed: Source) -> None:
    declared = RSS.replace("utf-8", "gb2312").encode("gb18030")
    assert parse_feed(declared, URL, feed).rows[0].title == "栏杆松动"


@pytest.mark.parametrize(
    "body", ["", "<html><p>改版</p></html>", "plain", '{"items": 3}', "{", "<sitemap/>", '{"items": [1]}']
)
def test_what_is_no_feed_is_an_error(feed: Source, body: str) -> None:
    with pytest.raises(PageError):
        parse_feed(body.encode(), URL, feed)


def test_a_wall_in_place_of_a_feed(feed: Source) -> None:
    with pytest.raises(WallError):
        parse_feed("<html><p>请输入验证码</p></html>".encode(), URL, feed)


def test_entities_are_neither_resolved_nor_blown_up(feed: Source) -> None:
    laughs = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    bomb = f'<!DOCTYPE rss [<!ENTITY a0 "ha">{laughs}<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    item = "<rss><channel><item><guid>1</guid><title>t&a11;&x;</title></item></channel></rss>"
    try:
        rows = parse_feed((bomb + item).encode(), URL, feed).rows
    except PageError:
        return
    assert len(repr(rows)) < 2000
    assert "root:" not in repr(rows)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_feed_or_an_error(body: bytes) -> None:
    with contextlib.suppress(PageError):
        parse_feed(body, URL, FEED)


FEED = read(Path(__file__).with_name("any_feed.toml"))

SITEMAP = """<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
<url><loc>https://ferry.example.org/d/7.html</loc><lastmod>{}</lastmod></url>
<url><loc>https://ferry.example.org/about.html</loc></url>
<url><loc>https://elsewhere.example.org/d/5.html</loc></url>
<url><loc>https://ferry.example.org/d/6.html</loc></url></urlset>"""
SITE_RULES = '[list]\nurl = "/sitemap.xml"\nkey = \'/d/(\\d+)\\.html\'\n[post]\ntitle = "h1"\nbody = ".content"\n'


def test_a_sitemap_gives_the_posts_of_its_host(source: Callable[[str, str], Source]) -> None:
    site = source("sitemap", SITE_RULES)
    first = parse_sitemap(SITEMAP.format("2026-03-01").encode(), site)
    assert [row.key for row in first.rows] == ["7", "6"]
    later = parse_sitemap(SITEMAP.format("2026-03-09").encode(), site)
    assert [a.digest == b.digest for a, b in zip(first.rows, later.rows, strict=True)] == [False, True]


def test_an_index_leads_on(source: Callable[[str, str], Source]) -> None:
    index = "<sitemapindex><sitemap><loc>https://ferry.example.org/a.xml</loc></sitemap></sitemapindex>"
    page = parse_sitemap(index.encode(), source("sitemap", SITE_RULES))
    assert (page.rows, page.more) == ((), ("https://ferry.example.org/a.xml",))
    with pytest.raises(PageError, match="no sitemap"):
        parse_sitemap(RSS.encode(), source("sitemap", SITE_RULES))


def test_a_sitemap_needs_to_know_its_posts(source: Callable[[str, str], Source]) -> None:
    with pytest.raises(CatalogueError, match="exactly one group"):
        source("sitemap", '[list]\nurl = "/sitemap.xml"\n[post]\ntitle = "h1"\nbody = ".content"\n')
