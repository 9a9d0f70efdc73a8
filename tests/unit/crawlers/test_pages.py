"""Pages to rows and parts: text, times, charsets, walls, and both kinds of board, without any network."""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.catalogue import read
from crawlers.pages import html_board, json_board
from crawlers.pages.charset import decode
from crawlers.pages.parts import ListPage, PageError, Parts, Row, WallError
from crawlers.pages.text import html_to_text, tidy
from crawlers.pages.times import parse_time
from crawlers.pages.walls import wall
from crawlers.sources import Source

SHANGHAI = ZoneInfo("Asia/Shanghai")
Write = Callable[..., Path]


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>桥面积水</p><p>请疏通</p>", "桥面积水\n请疏通"),
        ("桥面<b>积</b>水", "桥面积水"),
        ("一行<br>二行<br/>三行", "一行\n二行\n三行"),
        ("<div>外<p>里</p>外</div>", "外\n里\n外"),
        ("<p> &nbsp;缩进　</p>\n<p></p>", "缩进"),
        ("<p>源码\n换行</p>", "源码 换行"),
        ("<script>alert(1)</script><style>p{}</style><p>正文</p>", "正文"),
        ("1 &lt; 2 &amp; 3", "1 < 2 & 3"),
        ("纯文本\n\n第二段", "纯文本\n第二段"),
        ("", ""),
        ("<p>零\u200b宽</p>", "零宽"),
    ],
)
def test_html_to_text(html: str, text: str) -> None:
    assert html_to_text(html) == text


@given(st.lists(st.text("桥路车 站abc。", min_size=1), min_size=1))
def test_paragraphs_survive_markup(lines: list[str]) -> None:
    markup = "".join(f"<p>{line}</p>" for line in lines)
    assert html_to_text(markup) == tidy("\n".join(lines))


@given(st.text())
def test_tidy_is_idempotent(text: str) -> None:
    assert tidy(tidy(text)) == tidy(text)


@pytest.mark.parametrize(
    ("value", "iso"),
    [
        (1767225600, "2026-01-01T00:00:00"),
        ("1767225600000", "2026-01-01T00:00:00"),
        ("2026-01-01 08:00:00", "2026-01-01T00:00:00"),
        ("2026-01-01T08:00:00+08:00", "2026-01-01T00:00:00"),
        ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00"),
        ("2026年1月1日 8时5分", "2026-01-01T00:05:00"),
        ("时间：2026/1/1 08:00", "2026-01-01T00:00:00"),
        ("2026-01-01", "2025-12-31T16:00:00"),
        ("Thu, 01 Jan 2026 08:00:00 +0800", "2026-01-01T00:00:00"),
        ("Thu, 01 Jan 2026 08:00:00", "2026-01-01T00:00:00"),
        ("2026-13-01", None),
        ("2026-02-30 08:00", None),
        ("昨天", None),
        ("yesterday", None),
        ("", None),
        (None, None),
        (True, None),
        (10**18, None),
        ("99999999999999999999", None),
    ],
)
def test_times(value: object, iso: str | None) -> None:
    expected = None if iso is None else datetime.fromisoformat(iso).replace(tzinfo=UTC)
    assert parse_time(value, SHANGHAI) == expected


@given(st.one_of(st.text(), st.integers(), st.floats(), st.none()))
def test_any_time_is_aware_or_none(value: object) -> None:
    when = parse_time(value, SHANGHAI)
    assert when is None or when.tzinfo is not None


WORDS = "路面坑洼，龘龘桥头请整修"


@pytest.mark.parametrize(
    ("body", "header"),
    [
        (WORDS.encode(), "text/html; charset=utf-8"),
        (WORDS.encode(), "text/html"),
        (WORDS.encode("utf-8-sig"), "text/html; charset=gbk"),
        (WORDS.encode("utf-16"), "text/html"),
        (b'<meta charset="gb2312">' + WORDS.encode("gb18030"), "text/html"),
        (b'<meta http-equiv="Content-Type" content="text/html; charset=GBK">' + WORDS.encode("gb18030"), "text/html"),
        (WORDS.encode("gb18030"), "text/html; charset=gb2312"),
        (WORDS.encode("gb18030"), "text/html; charset=utf-8"),
        (WORDS.encode("gb18030"), ""),
        (WORDS.encode(), "text/html; charset=gb2312"),
        (WORDS.encode(), "text/html; charset=klingon"),
        ("路面坑洞，請修補橋頭".encode("big5"), "text/html; charset=big5"),
    ],
)
def test_charsets(body: bytes, header: str) -> None:
    text = decode(body, header)
    assert WORDS in text or "請修補橋頭" in text


@given(st.binary(), st.text())
def test_any_bytes_become_text(body: bytes, header: str) -> None:
    assert isinstance(decode(body, header), str)


def test_walls() -> None:
    assert wall("<title>安全验证</title>") == "asks-for-captcha"
    assert wall('<input name=p type="password">') == "asks-for-login"
    assert wall("<p>路灯不亮</p>") == ""


@pytest.fixture
def html_source(catalogue_file: Write) -> Source:
    return read(catalogue_file())


LIST = """<ul class="list">
<li><a href="/d/7.html">七号渡口</a></li><li><a href="d/6.html#top"> 六号 </a></li>
<li><a href="https://elsewhere.example.org/d/5.html">广告</a></li><li><a href="javascript:go(4)">x</a></li><li>空</li>
</ul><a class="next" href="?page=2">下一页</a>"""


def test_an_html_list(html_source: Source) -> None:
    page = html_board.parse_list(LIST.encode(), "https://ferry.example.org/list?page=1", html_source)
    assert [(row.key, row.url, row.title) for row in page.rows] == [
        ("7", "https://ferry.example.org/d/7.html", "七号渡口"),
        ("6", "https://ferry.example.org/d/6.html", "六号"),
    ]
    assert page.next_url == "https://ferry.example.org/list?page=2"


@pytest.mark.parametrize("html", ["", "<p>改版</p>", '<ul class="list"><li>没有链接</li></ul>'])
def test_an_html_page_without_a_list_is_an_error(html_source: Source, html: str) -> None:
    with pytest.raises(PageError, match=r"has no list at list\.rows"):
        html_board.parse_list(html.encode(), "https://ferry.example.org/", html_source)


def test_a_wall_is_told_from_a_layout_change(html_source: Source) -> None:
    with pytest.raises(WallError, match="a captcha"):
        html_board.parse_list("请输入验证码".encode(), "https://ferry.example.org/", html_source)
    with pytest.raises(WallError, match="a login"):
        html_board.parse_post("请先登录".encode(), html_source)


def test_a_post_that_speaks_of_a_captcha_is_a_post(html_source: Source) -> None:
    parts = html_board.parse_post('<h1>购票</h1><div class="content">验证码总是收不到</div>'.encode(), html_source)
    assert (parts.title, parts.body) == ("购票", "验证码总是收不到")


def json_source(catalogue_file: Write, **detail: str) -> Source:
    changes = [
        ('family = "list_detail"', 'family = "json_api"'),
        ('rows = "ul.list li"', 'rows = "data"\npage_param = "page"'),
        ("key = '/d/(\\d+)\\.html'", 'key = "id"\ntitle = "t"\nwatch = ["n"]'),
        ('next = "a.next"', ""),
        ('title = "h1"\nbody = ".content"', 'title = "t"\nbody = "b"\nreply = "r.x"\ncounts = {likes = "n"}'),
    ]
    return read(catalogue_file(*changes))


def test_a_json_list_with_its_posts(catalogue_file: Write) -> None:
    source = json_source(catalogue_file)
    document = {
        "data": [{"id": 1, "t": "桥", "b": "<p>裂</p>", "n": 3, "r": {"x": "已修"}}, {"id": 2, "t": "路", "b": ""}]
    }
    page = json_board.parse_list(document, source)
    first, second = page.rows
    assert first.parts is not None
    assert (first.key, first.parts.body, first.parts.counts) == ("1", "裂", {"likes": 3})
    assert first.parts.reply is not None
    assert (second.parts, "post.body" in str(second.wrong)) == (None, True)
    document["data"][0]["n"] = 4
    assert json_board.parse_list(document, source).rows[0].digest != first.digest, "a watched value changed"


def test_an_author_does_not_change_the_digest(catalogue_file: Write) -> None:
    source = json_source(catalogue_file)
    rows = [{"data": [{"id": 1, "t": "桥", "b": "裂", "nickname": nick}]} for nick in ("甲", "乙")]
    first, second = (json_board.parse_list(row, source).rows[0] for row in rows)
    assert first == second


@pytest.mark.parametrize("document", [{}, {"data": None}, {"data": {"x": 1}}, [], None, {"data": [{"t": "无号"}]}])
def test_json_without_a_list_is_an_error(catalogue_file: Write, document: object) -> None:
    with pytest.raises(PageError):
        json_board.parse_list(document, json_source(catalogue_file))


def test_what_is_not_json_is_an_error_or_a_wall() -> None:
    with pytest.raises(PageError, match="not JSON"):
        json_board.load(b"<html></html>")
    with pytest.raises(WallError):
        json_board.load("<html>滑动验证</html>".encode())
    with pytest.raises(PageError):
        json_board.load(json.dumps({"a": 1}).encode()[:-1])
    with pytest.raises(PageError):
        json_board.load(b"[" * 200_000)


def test_markup_nested_beyond_reason_is_refused_quickly() -> None:
    deep = "<div>" * 60_000 + "x" + "</div>" * 60_000
    started = time.process_time()
    with pytest.raises(PageError, match="levels deep"):
        html_to_text(deep)
    assert time.process_time() - started < 1
    assert html_to_text("<p>x" * 60_000).count("x") == 60_000
    assert html_to_text("x<br>" * 60_000).count("x") == 60_000


def test_nothing_a_parser_gives_has_a_place_for_an_author() -> None:
    names = {field.name for kind in (Parts, Row, ListPage) for field in dataclasses.fields(kind)}
    assert names.isdisjoint({"author", "nick", "nickname", "user", "ip", "avatar"})
