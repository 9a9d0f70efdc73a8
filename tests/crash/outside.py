"""The other side of every line, in a process of its own that nobody kills: a board, a robot of the office, a receiver of webhooks.

`python -m tests.crash.outside FILE` prints its address, appends to FILE the key of each message it took (flushed to the disk before it
says yes), and lets its board grow on `POST /grow/N`.
"""

from __future__ import annotations

import json
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.crawl.little_board import LittleBoard


def server(board: LittleBoard, took: int) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if self.path.startswith("/grow/"):
                board.add(int(self.path.rsplit("/", 1)[1]))
            else:
                key = json.loads(body)["id"]
                os.write(took, json.dumps([self.path, key]).encode() + b"\n")
                os.fsync(took)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            pass

    return ThreadingHTTPServer(("127.0.0.1", 0), Handler)


def main(path: Path) -> None:
    with LittleBoard() as board:
        took = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        listening = server(board, took)
        print(board.url, f"http://127.0.0.1:{listening.server_port}", flush=True)
        listening.serve_forever()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
