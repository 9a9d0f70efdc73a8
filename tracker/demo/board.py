"""A public message board on loopback that the demo crawls: real HTTP, invented posts, an accelerated clock.

Two weeks of posts are squeezed into about ten minutes, so that a newcomer sees posts arrive, events grow and clocks run
without waiting for days. Half of the posts are served by a JSON API, half as pages, some by both, so that both
families of spiders are at work:

    POST /wz/front/msg/index, GET /wz/front/msg/detail?id=N    JSON; a person reads the same post at /wz/m/N.html
    GET /board/list?page=N, GET /board/d/N.html                pages, newest first

Run alone: python -m tracker.demo.board --port 8898 --speed 2000
"""

from __future__ import annotations

import argparse
import json
import socketserver
import sys
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs

from tracker.demo.posts import DemoPost, load_posts
from tracker.demo.posts.shapes import POLICY, detail_json, entry_page, front_page, index_json, list_page, page
from tracker.demo.posts.timeline import SPEED, Entry, Timeline, dated

LARGEST_BODY = 65_536


class BoardError(RuntimeError):
    """The board cannot be opened; the message is the sentence to show."""


class DemoBoard:
    """Serves `posts` on 127.0.0.1 between `start()` and `stop()`; also a context manager.

    `port` 0 takes a free one. `start` is the aware real time at which the accelerated window begins to run: give the same
    moment again after a restart, and every post keeps its time and its number. `now` is the real clock.
    """

    def __init__(
        self,
        posts: Iterable[DemoPost],
        *,
        port: int = 0,
        start: datetime,
        speed: float = SPEED,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.timeline = Timeline(start, speed)
        self._port = port
        self._now = now
        self._latest = self.timeline.clock(now())
        self._lock = threading.Lock()
        self._server: _Server | None = None
        self.entries = dated(posts, self.timeline)

    def start(self) -> Self:
        """Listen in a thread of its own; BoardError when the port cannot be had."""
        try:
            self._server = _Server(("127.0.0.1", self._port), _Handler)
        except OSError as error:
            raise BoardError(
                f"the demo board cannot listen on 127.0.0.1:{self._port} ({error.strerror}); choose another port"
            ) from error
        self._server.board = self
        threading.Thread(target=self._server.serve_forever, args=(0.05,), name="demo-board", daemon=True).start()
        return self

    def stop(self) -> None:
        """Close the port; harmless when it is not open."""
        server, self._server = self._server, None
        if server:
            server.shutdown()
            server.server_close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """The address without a final slash; BoardError while the board is closed."""
        if self._server is None:
            raise BoardError("the demo board is not open; call start() first")
        return f"http://127.0.0.1:{self._server.server_port}"

    def clock(self) -> datetime:
        """Tell the board's aware time; it never goes back, even when the machine's clock is set back."""
        with self._lock:
            self._latest = max(self._latest, self.timeline.clock(self._now()))
            return self._latest

    def visible(self, shape: str, clock: datetime) -> list[Entry]:
        """List what the board of that shape ("json" or "html") shows at `clock`, newest first."""
        return [entry for entry in reversed(self.entries) if entry.created <= clock and entry.post.on(shape)]

    def find(self, shape: str, number: str, clock: datetime) -> Entry | None:
        """Find the entry of that number if it is shown there at `clock`."""
        return next((entry for entry in self.visible(shape, clock) if str(entry.number) == number), None)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64
    board: DemoBoard

    def server_bind(self) -> None:
        # HTTPServer would look its own name up, which waits for a name server on some machines.
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]

    def handle_error(self, request: Any, client_address: Any) -> None:
        # A crawl that is stopped half-way leaves broken connections: no news, and no traceback in the demo's terminal.
        if not isinstance(sys.exception(), (ConnectionError, TimeoutError)):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server
    timeout = 30

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Log no request: the terminal of the demo belongs to the product."""

    def do_GET(self) -> None:
        board, (path, _, rest) = self.server.board, self.path.partition("?")
        clock, query = board.clock(), parse_qs(rest)
        if path == "/robots.txt":
            self._send("User-agent: *\nAllow: /\n", "text/plain")
        elif path == "/":
            self._send(
                front_page(board.visible("html", clock), board.visible("json", clock), len(board.entries), clock)
            )
        elif path == "/board/list":
            number = query.get("page", ["1"])[0]
            self._send(list_page(board.visible("html", clock), max(int(number), 1) if _is_number(number) else 1))
        elif path == "/wz/front/msg/detail":
            self._entry(
                "json", query.get("id", [""])[0], lambda found: _as_json(detail_json(found, clock)), "application/json"
            )
        else:
            base, _, name = path.rpartition("/")
            shape = {"/board/d": "html", "/wz/m": "json"}.get(base, "")
            self._entry(shape, name.removesuffix(".html"), lambda found: entry_page(found, clock))

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length") or "0"
        if not _is_number(length) or int(length) > LARGEST_BODY:
            self.close_connection = True
            return self._fail(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        raw = self.rfile.read(int(length))
        if self.path.partition("?")[0] != "/wz/front/msg/index":
            return self._fail(HTTPStatus.NOT_FOUND)
        board = self.server.board
        clock = board.clock()
        try:
            answer = index_json(board.visible("json", clock), dict(json.loads(raw or b"{}")), clock)
        except (ValueError, TypeError, OverflowError, RecursionError):
            return self._fail(HTTPStatus.BAD_REQUEST)
        return self._send(_as_json(answer), "application/json")

    def _entry(self, shape: str, number: str, show: Callable[[Entry], str], kind: str = "text/html") -> None:
        board = self.server.board
        found = board.find(shape, number, board.clock())
        if found is None:
            self._fail(HTTPStatus.NOT_FOUND)
        else:
            self._send(show(found), kind)

    def _fail(self, status: HTTPStatus) -> None:
        self._send(page(status.phrase, f"<h1>{status.value}</h1><p>没有这个页面，或请求无法理解。</p>"), status=status)

    def _send(self, text: str, kind: str = "text/html", status: HTTPStatus = HTTPStatus.OK) -> None:
        data = text.encode()
        self.send_response(status)
        for name, value in (
            ("Content-Type", f"{kind}; charset=utf-8"),
            ("Content-Length", str(len(data))),
            ("Content-Security-Policy", POLICY),
            ("X-Content-Type-Options", "nosniff"),
            ("Cache-Control", "no-store"),
        ):
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)


def _is_number(text: str) -> bool:
    # isdecimal alone would let through other scripts' digits and numbers too long for int().
    return text.isascii() and text.isdecimal() and len(text) < 10  # noqa: PLR2004 - any page or size has fewer digits


def _as_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def main(argv: list[str] | None = None) -> int:
    """Serve the demo's posts until interrupted; 1 and one sentence on standard error when that cannot be."""
    parser = argparse.ArgumentParser(description="A message board of invented posts, on loopback, for the demo.")
    parser.add_argument("--port", type=int, default=8898, help="0 takes a free port (default 8898)")
    parser.add_argument("--speed", type=float, default=SPEED, help=f"times real time (default {SPEED:g})")
    given = parser.parse_args(argv)
    try:
        with DemoBoard(load_posts(), port=given.port, start=datetime.now(UTC), speed=given.speed) as board:
            sys.stdout.write(f"demo board on {board.url}/ with {len(board.entries)} invented posts; Ctrl+C ends it\n")
            sys.stdout.flush()
            threading.Event().wait()
    except KeyboardInterrupt:
        return 0
    except (BoardError, ValueError, OverflowError) as error:
        sys.stderr.write(f"{error}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
