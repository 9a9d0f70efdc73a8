"""The main text of pages nobody described: fictional pages with everything around the article that real ones have."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.api import CrawlError, extract_page
from crawlers.catalogue import CatalogueError, read
from crawlers.pages import html_board
from crawlers.pages.article import extract
from crawlers.pages.parts import PageError
from crawlers.pages.walls import wall

ZONE = ZoneInfo("Asia/Shanghai")
TITLE = "青石渡口今起检修，过河请绕行柳林桥"
PARAGRAPHS = [
    "记者从青石县交通运输局获悉，自三月二日起，青石渡口将进行为期十天的检修，其间停止一切摆渡。",
    "检修内容包括更换跳板、加固栏杆和清理航道，“栏杆去年冬天就有些松动，”渡口管理员说。",
    "需要过河的居民可绕行下游两公里处的柳林桥，早晚高峰另有接驳车往返，票价不变。",
    "县交通运输局提醒，检修期间请勿私自乘坐无证船只，发现险情可拨打12328反映。",
]
BODY = "".join(f"<p>　　{line}</p>" for line in PARAGRAPHS)
LINKS = "".join(f'<li><a href="/{n}.html">第{n}条不相干的新闻标题在这里</a></li>' for n in range(12))
COMMENT = "<p>这位网友评论说，早就该修了，去年掉下去过一辆自行车，当时没有人管，大家都很着急。</p>"


def page(body: str, head: str = "", title: str = f"{TITLE}_青石新闻网") -> str:
    return f"<html><head><title>{title}</title>{head}</head><body><div class=nav>{LINKS}</div>{body}<div>版权所有 青石新闻网</div></body></html>"


H1 = f"<h1>{TITLE}</h1><div class=info>2026-03-01 09:30 来源：青石日报</div>"
PAGES = {
    "plain": page(f"{H1}<div class=content>{BODY}</div>"),
    "comments": page(f'{H1}<div class=content>{BODY}</div><div class="comment-list">{COMMENT * 3}</div>'),
    "comments in the article": page(f"{H1}<div class=content>{BODY}<h3>相关推荐</h3>{COMMENT * 2}</div>"),
    "editor": page(f'{H1}<div class="TRS_Editor">{BODY}</div><ul class=hot>{LINKS}</ul>'),
    "breaks": page(f"{H1}<div id=zoom>{'<br><br>'.join(PARAGRAPHS)}</div>"),
    "nested": page(f"{H1}<div><div><section>{BODY}</section></div><div>{LINKS}</div></div>"),
    "table": page(f"<table><tr><td>{LINKS}</td><td>{H1}{BODY}</td></tr></table>"),
    "tail": page(f"{H1}<article>{BODY}<p>责任编辑：某某</p><p>扫描二维码关注我们</p></article>"),
    "links inside": page(f"{H1}<article>{BODY}<ul>{LINKS}</ul></article>"),
    "dated in head": page(f"<h1>{TITLE}</h1><div>{BODY}</div>", '<meta name="PubDate" content="2026-03-01 09:30">'),
    "dated at the end": page(f"<h2>{TITLE}</h2><div>{BODY}</div><p>发布日期：2026-03-01 09:30</p>"),
    "dated in a script": page(
        f"<h1>{TITLE}</h1><div>{BODY}</div><script>var x={{pubtime:'2026-03-01 09:30'}}</script>"
    ),
    "other dates": page(f"{H1}<div>{BODY}</div><div class=x>2020-01-01 又一条旧闻</div>"),
    "dash in title": page(f"{H1}<div>{BODY}</div>", title=f"{TITLE} - 青石新闻网"),
    "no heading": page(f"<div>2026-03-01 09:30</div><div>{BODY}</div>"),
    "site only": page(f"{H1}<div>{BODY}</div>", title="青石新闻网"),
}


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("charset", ["utf-8", "gb18030"])
def test_the_article_and_nothing_else(name: str, charset: str) -> None:
    found = extract(PAGES[name].encode(charset), ZONE)
    assert found.kind == "detail"
    assert found.title == TITLE
    assert found.published_at == datetime(2026, 3, 1, 1, 30, tzinfo=UTC)
    assert found.text.split("\n")[-4:] == PARAGRAPHS
    assert all(word not in found.text for word in ("不相干", "版权所有", "网友评论", "责任编辑", "二维码"))


def test_a_page_of_links_is_a_list() -> None:
    found = extract_page(page(f"<ul>{LINKS * 20}</ul>", title="新闻列表").encode())
    assert (found.kind, found.text) == ("list", "")


def test_a_wall_is_said_to_be_one() -> None:
    with pytest.raises(CrawlError, match=r"The board answers with a captcha\."):
        extract_page("<title>安全验证</title><form>请输入验证码</form>".encode())


def test_a_login_form_in_a_full_page_is_no_wall() -> None:
    assert wall('<input type="password">') == "asks-for-login"
    assert wall(PAGES["plain"] + "<p>渡口检修期间照常有船</p>" * 300 + '<form><input type="password"></form>') == ""


@given(st.binary(max_size=400))
def test_any_bytes_are_a_page_of_some_kind(body: bytes) -> None:
    try:
        assert extract(body, ZONE).kind in {"detail", "list"}
    except PageError as error:
        assert str(error)  # noqa: PT017 - a wall may come up by chance


@pytest.mark.parametrize(
    "html",
    [
        '<div class="title">' * 250 + "渡口，检修。" * 20_000,
        "<p class=comment>渡口，检修。</p>" * 20_000,
        f"<title>{TITLE}</title>" + f"{TITLE} 2026-03-01 " * 5_000,
        "<a>渡" * 20_000,
        "<ul><li>渡口检修渡口检修" * 200,
        f"<p>{'渡' * 500_000}</p>",
    ],
    ids=["titles", "comments", "dates", "anchors", "lists", "long"],
)
def test_a_page_made_to_be_slow_is_not(html: str) -> None:
    started = time.process_time()
    extract(html.encode(), ZONE)
    assert time.process_time() - started < 3


def test_a_source_without_selectors_reads_articles(catalogue_file: Callable[..., Path]) -> None:
    source = read(catalogue_file(('title = "h1"\nbody = ".content"\n', "")))
    parts = html_board.parse_post(PAGES["comments"].encode(), source)
    assert (parts.title, parts.body.split("\n")) == (TITLE, PARAGRAPHS)
    assert not source.needs_row
    with pytest.raises(PageError, match="no main text"):
        html_board.parse_post(page(LINKS * 20).encode(), source)
    with pytest.raises(CatalogueError, match=r"no post\.body"):
        read(catalogue_file(('body = ".content"\n', "")))
