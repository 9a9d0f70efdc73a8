"""A little board of fictional words in a thread, with the same shapes as the real ones and a switch for each kind of trouble."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs, urlsplit

Answer = tuple[int, str, bytes, dict[str, str]]


def page(inner: str, status: int = 200, **headers: str) -> Answer:
    return status, "text/html; charset=utf-8", f"<html><body>{inner}</body></html>".encode(), headers


def message(number: int, **changes: object) -> dict[str, object]:
    """One fictional message; `nick` is what must never get out."""
    return {
        "id": number,
        "title": f"青石桥第{number}号灯杆不亮",
        "body": f"夜里路过青石桥，第{number}号灯杆不亮。\n请派人看看。",
        "at": f"2026-03-{1 + number % 28:02d} 08:{number % 60:02d}:00",
        "nick": f"小纸船{number:05d}",
        "reply": "",
        **changes,
    }


class LittleBoard:
    """`messages` newest last; `trouble` answers a path before the board does; `hits` counts requests by path."""

    def __init__(self) -> None:
        self.messages: list[dict[str, object]] = []
        self.trouble: dict[str, Callable[[], Answer | None]] = {}
        self.robots = "User-agent: *\nDisallow: /private/\n"
        self.hits: Counter[str] = Counter()
        self.agents: set[str] = set()
        self.times: list[float] = []
        self.asked: list[str] = []  # paths, in the order they came
        self.busy = self.busiest = 0  # requests being answered at once, now and at most
        self._counting = threading.Lock()
        self.size = 20
        board = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *args: object) -> None:
                pass

            def do_GET(self) -> None:
                self.serve(b"")

            def do_POST(self) -> None:
                self.serve(self.rfile.read(int(self.headers.get("Content-Length") or 0)))

            def serve(self, body: bytes) -> None:
                path = urlsplit(self.path).path
                board.hits[path] += 1
                board.times.append(time.monotonic())
                board.asked.append(path)
                board.agents.add(self.headers.get("User-Agent", ""))
                with board._counting:
                    board.busy += 1
                    board.busiest = max(board.busiest, board.busy)
                status, kind, data, headers = board.answer(self.path, body, dict(self.headers))
                with board._counting:
                    board.busy -= 1
                self.send_response(status)
                for name, value in {"Content-Type": kind, "Content-Length": str(len(data)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(data)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def add(self, count: int, **changes: object) -> None:
        start = len(self.messages)
        self.messages += [message(start + number + 1, **changes) for number in range(count)]

    def answer(self, address: str, body: bytes, headers: dict[str, str]) -> Answer:
        parts = urlsplit(address)
        for start, trouble in self.trouble.items():
            if parts.path.startswith(start):
                given = trouble()
                if given is not None:
                    return given
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        pages: dict[str, Callable[[], Answer]] = {
            "/robots.txt": lambda: (200, "text/plain", self.robots.encode(), {}),
            "/wz/front/msg/index": lambda: self._json_list(int(json.loads(body)["page"])),
            "/wz/front/msg/detail": lambda: self._json_post(int(query["id"])),
            "/feed.xml": lambda: self._feed(headers),
            "/sitemap.xml": self._sitemap,
            "/map.xml": self._index,
            "/board/list": lambda: self._html_list(int(query.get("page", "1"))),
        }
        if parts.path.startswith("/board/d/"):
            return self._html_post(int(parts.path.rsplit("/", 1)[1].removesuffix(".html")))
        return pages.get(parts.path, lambda: page("nothing here", 404))()

    def _part(self, number: int) -> list[dict[str, object]]:
        return self.messages[::-1][(number - 1) * self.size : number * self.size]

    def _find(self, number: int) -> dict[str, object] | None:
        return next((row for row in self.messages if row["id"] == number), None)

    def _json_list(self, number: int) -> Answer:
        rows = [
            {
                "id": row["id"],
                "title": row["title"],
                "nickname": row["nick"],
                "created_at": row["at"],
                "is_reply": int(bool(row["reply"])),
            }
            for row in self._part(number)
        ]
        return 200, "application/json", json.dumps({"data": {"rows": rows}}).encode(), {}

    def _json_post(self, number: int) -> Answer:
        row = self._find(number)
        if row is None:
            return page("gone", 404)
        reply = [{"content": f"<p>{row['reply']}</p>", "created_at": None, "department": "青石县交通局"}]
        data = {
            "title": row["title"],
            "nickname": row["nick"],
            "created_at": row["at"],
            "content": "".join(f"<p>{line}</p>" for line in str(row["body"]).split("\n")),
            "reply": reply if row["reply"] else [],
        }
        return 200, "application/json", json.dumps({"data": data}).encode(), {}

    def _feed(self, headers: dict[str, str]) -> Answer:
        items = "".join(
            f"<item><guid>{row['id']}</guid><title>{row['title']}</title><author>{row['nick']}</author>"
            f"<description>{row['body']}</description><link>/board/d/{row['id']}.html</link><pubDate>{row['at']}</pubDate></item>"
            for row in self._part(1)
        )
        body = f"<rss><channel>{items}</channel></rss>".encode()
        tag = f'"{hash(body)}"'
        if headers.get("If-None-Match") == tag:
            self.hits["304"] += 1
            return 304, "text/xml", b"", {"ETag": tag}
        return 200, "application/rss+xml; charset=utf-8", body, {"ETag": tag}

    def _sitemap(self) -> Answer:
        rows = [
            f"<url><loc>{self.url}/board/d/{row['id']}.html</loc><lastmod>{row['at']}</lastmod></url>"
            for row in self.messages
        ]
        return 200, "application/xml", f"<urlset>{''.join(rows)}</urlset>".encode(), {}

    def _index(self) -> Answer:
        maps = "".join(f"<sitemap><loc>{self.url}/sitemap.xml?part={number}</loc></sitemap>" for number in (1, 2))
        return 200, "application/xml", f"<sitemapindex>{maps}</sitemapindex>".encode(), {}

    def _html_list(self, number: int) -> Answer:
        rows = "".join(
            f'<li><a href="/board/d/{row["id"]}.html">{row["title"]}</a><span class=date>{str(row["at"])[:10]}</span></li>'
            for row in self._part(number)
        )
        more = f'<a class=next href="?page={number + 1}">下一页</a>' if self._part(number + 1) else ""
        return page(f'<ul class=list>{rows}</ul><div class=pager>{more}<a href="/private/x">管理</a></div>')

    def _html_post(self, number: int) -> Answer:
        row = self._find(number)
        if row is None:
            return page("gone", 404)
        body = "".join(f"<p>{line}</p>" for line in str(row["body"]).split("\n"))
        reply = (
            f"<div class=reply><span class=org>青石县交通局</span><p>{row['reply']}</p></div>" if row["reply"] else ""
        )
        return page(
            f"<h1>{row['title']}</h1><div class=meta>网友<span class=author>{row['nick']}</span><time>{row['at']}</time></div>"
            f"<div class=content>{body}</div>{reply}"
        )


def times(count: int, answer: Answer) -> Callable[[], Answer | None]:
    """Trouble for the next `count` requests."""
    left = [count]

    def trouble() -> Answer | None:
        left[0] -= 1
        return answer if left[0] >= 0 else None

    return trouble
