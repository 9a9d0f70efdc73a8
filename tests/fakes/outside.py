"""Servers on loopback that stand for the world outside: a mail server and a receiver of JSON, each told how to behave.

They speak the real protocols over real sockets, so what is tested is what leaves the house, byte for byte.
"""

from __future__ import annotations

import json
import socketserver
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, TypeVar, cast

Server = TypeVar("Server", bound=socketserver.BaseServer)


class MailServer(socketserver.ThreadingTCPServer):
    """Takes mail; each of `troubles` is a line (such as `451 try later`) that is said once to a recipient instead of yes."""

    allow_reuse_address = daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Mail)
        self.got: list[EmailMessage] = []
        self.troubles: deque[str] = deque()

    def told(self) -> list[str]:
        """The text of each mail."""
        return [cast("EmailMessage", mail.get_body(("plain",))).get_content() for mail in self.got]


class _Mail(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        server = cast("MailServer", self.server)
        self._say("220 outside.example")
        while line := self.rfile.readline().decode().strip():
            verb = line.upper()
            if verb.startswith("RCPT") and server.troubles:
                self._say(server.troubles.popleft())
            elif verb == "DATA":
                self._say("354 go on")
                lines = iter(self.rfile.readline, b".\r\n")
                body = b"".join(row.removeprefix(b".") if row.startswith(b"..") else row for row in lines)
                server.got.append(cast("EmailMessage", message_from_bytes(body, policy=policy.default)))
                self._say("250 taken")
            elif verb == "QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 outside.example" if verb.startswith(("EHLO", "HELO")) else "250 yes")

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


class Receiver(ThreadingHTTPServer):
    """Takes JSON; each of `answers` is (status, body) given once, or None: read everything and hang up without a word."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Json)
        self.got: list[tuple[str, dict[str, str], Any]] = []
        self.answers: deque[tuple[int, dict[str, Any]] | None] = deque()
        self.usual: tuple[int, dict[str, Any]] = (200, {"errcode": 0, "errmsg": "ok"})


class _Json(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        server = cast("Receiver", self.server)
        sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        server.got.append((self.path, dict(self.headers), sent))
        answer = server.answers.popleft() if server.answers else server.usual
        if answer is None:
            self.close_connection = True
            return
        status, body = answer
        content = json.dumps(body).encode()
        self.send_response(status)
        if status in (301, 302, 307):
            self.send_header("Location", body["to"])
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_given: Any) -> None:
        """Nothing: a test says what it needs."""


@contextmanager
def running(server: Server) -> Iterator[Server]:
    """`server` in a thread of its own, closed afterwards."""
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
