"""A post in the two shapes that the demo's board serves: JSON as an API answers it, and pages that a person can read.

Everything that a post says is escaped; every page says that it is fiction.
"""

from __future__ import annotations

import base64
import hashlib
import html
from datetime import datetime
from typing import Any

from tracker.demo.posts.timeline import LOCAL, Entry

PAGE_ROWS = 20
MOST_ROWS = 100
DEPARTMENT = "某市交通运输局（虚构）"
NOTICE = "演示数据，纯属虚构"
STYLE = (
    "body{font:16px/1.7 sans-serif;max-width:46rem;margin:0 auto;padding:1rem;color:#222}"
    ".notice{background:#fff3cd;border:1px solid #e0c060;padding:.4rem .8rem}"
    ".list{list-style:none;padding:0}.list li{display:flex;gap:1rem;justify-content:space-between;"
    "border-bottom:1px solid #ddd;padding:.4rem 0}.list a,.content,h1{overflow-wrap:anywhere;unicode-bidi:isolate}"
    ".date,.meta{color:#666;white-space:nowrap}.reply{background:#eef5ee;padding:.4rem .8rem}"
)
POLICY = f"default-src 'none'; style-src 'sha256-{base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()}'"


def paragraphs(text: str) -> str:
    """Each line of plain text as an escaped HTML paragraph."""
    return "".join(f"<p>{html.escape(line)}</p>" for line in text.split("\n") if line.strip())


def local(moment: datetime) -> str:
    """Print a time the way boards do: local, without zone."""
    return moment.astimezone(LOCAL).strftime("%Y-%m-%d %H:%M:%S")


def page(title: str, inner: str) -> str:
    """Wrap up a whole document; `title` is escaped here, `inner` is markup already."""
    return (
        f'<!DOCTYPE html><html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{html.escape(title)} - 青禾留言板（{NOTICE}）</title><style>{STYLE}</style></head><body>"
        f'<nav><a href="/">首页</a> | <a href="/board/list">留言列表</a></nav><p class="notice">{NOTICE}</p>{inner}'
        f"<footer><p>{NOTICE}。路名、桥名、线路、企业均为杜撰。</p></footer></body></html>"
    )


def entry_page(entry: Entry, clock: datetime) -> str:
    """One post with the reply it has by `clock`."""
    reply = entry.reply_at(clock)
    answer = f'<div class="reply"><span class="org">{DEPARTMENT}</span>{paragraphs(reply)}</div>' if reply else ""
    return page(
        entry.post.title,
        f'<h1>{html.escape(entry.post.title)}</h1><div class="meta">网友：<span class="author">'
        f"{html.escape(entry.post.nick)}</span> 时间：<time>{local(entry.created)}</time> 赞："
        f'<span class="likes">{entry.post.likes}</span></div><div class="content">{paragraphs(entry.post.body)}</div>{answer}',
    )


def list_page(rows: list[Entry], number: int) -> str:
    """Page `number` (from 1) of the list, with a link to the next one while there is one."""
    more = number * PAGE_ROWS < len(rows)
    onward = f'<a class="next" href="/board/list?page={number + 1}">下一页</a>' if more else ""
    shown = rows[(number - 1) * PAGE_ROWS : number * PAGE_ROWS]
    return page("留言列表", f'<h1>留言列表</h1>{_links(shown, "/board/d")}<div class="pager">{onward}</div>')


def front_page(paged: list[Entry], served: list[Entry], total: int, clock: datetime) -> str:
    """Tell a person what this is, how far its clock has run, and what is new on pages and in the API."""
    count = len({entry.number for entry in (*paged, *served)})
    return page(
        "首页",
        f"<h1>青禾留言板</h1><p>这是供演示抓取用的留言板，板上时间 {local(clock)}，已出现 {count} 条，"
        f"共 {total} 条，其余会陆续出现。</p><h2>页面版最新</h2>{_links(paged[:10], '/board/d')}"
        f"<h2>接口版最新</h2>{_links(served[:10], '/wz/m')}",
    )


def _links(rows: list[Entry], base: str) -> str:
    items = (
        f'<li><a href="{base}/{entry.number}.html">{html.escape(entry.post.title)}</a>'
        f'<span class="date">{local(entry.created)[:10]}</span></li>'
        for entry in rows
    )
    return f'<ul class="list">{"".join(items)}</ul>'


def index_json(rows: list[Entry], query: dict[str, Any], clock: datetime) -> dict[str, Any]:
    """Answer a request body {"page", "pageNum" or "page_num", "is_reply"} with the list; ValueError when it makes no sense."""
    number, size = int(query.get("page") or 1), int(query.get("pageNum") or query.get("page_num") or 10)
    if number < 1 or size < 1:
        raise ValueError("page and pageNum count from 1")
    size = min(size, MOST_ROWS)
    if str(query.get("is_reply", "")) == "1":
        rows = [entry for entry in rows if entry.reply_at(clock)]
    shown = [
        {"id": entry.number, "title": entry.post.title, "nickname": entry.post.nick, "created_at": local(entry.created),
         "is_reply": int(bool(entry.reply_at(clock))), "view": entry.post.likes}
        for entry in rows[(number - 1) * size : number * size]
    ]  # fmt: skip
    return {"code": 200, "data": {"total": len(rows), "rows": shown}}


def detail_json(entry: Entry, clock: datetime) -> dict[str, Any]:
    """Answer with the detail; `content` is HTML as on the boards that this stands for."""
    reply = entry.reply_at(clock)
    answer = {"content": paragraphs(reply), "created_at": local(entry.replied), "department": DEPARTMENT}
    data = {"id": entry.number, "title": entry.post.title, "nickname": entry.post.nick, "view": entry.post.likes,
            "created_at": local(entry.created), "content": paragraphs(entry.post.body), "reply": [answer] if reply else []}  # fmt: skip
    return {"code": 200, "data": data}
