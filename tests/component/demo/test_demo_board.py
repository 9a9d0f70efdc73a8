"""The demo's board over HTTP: both shapes, the clock, hostile text, bad requests."""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import pytest
from selectolax.lexbor import LexborHTMLParser as Tree

from tracker.demo import board as module
from tracker.demo.board import BoardError, DemoBoard, main
from tracker.demo.posts import load_posts

POSTS = load_posts()
START = datetime(2026, 3, 4, 8, 30, tzinfo=UTC)
VOID = {"meta", "br", "img", "link", "input", "hr"}


class Clock:
    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


class Site:
    """A board with a clock that the test sets, and a client for it."""

    def __init__(self, now: datetime) -> None:
        self.clock = Clock(now)
        self.board = DemoBoard(POSTS, start=START, now=self.clock)

    def ask(self, method: str, path: str, body: str | None = None, headers: dict[str, str] | None = None):
        connection = http.client.HTTPConnection(self.board.url.removeprefix("http://"), timeout=5)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.read().decode(), answer.headers
        finally:
            connection.close()

    def get(self, path: str) -> str:
        status, text, _ = self.ask("GET", path)
        assert status == 200, path
        return text

    def index(self, **query) -> dict:
        status, text, _ = self.ask("POST", "/wz/front/msg/index", json.dumps(query))
        assert status == 200
        return json.loads(text)["data"]

    def links(self) -> list[str]:
        """Every detail link of the paged board, following the next link."""
        found, path = [], "/board/list"
        while path:
            tree = Tree(self.get(path))
            found += [node.attributes["href"] for node in tree.css(".list a")]
            onward = tree.css_first("a.next")
            path = onward.attributes["href"] if onward else ""
        return found


@pytest.fixture(scope="module")
def full():
    """A board whose clock has caught up: every post shows."""
    site = Site(START + timedelta(days=1))
    with site.board:
        yield site


@pytest.fixture
def young():
    site = Site(START)
    with site.board:
        yield site


def is_well_formed(text: str) -> bool:
    stack: list[str] = []

    class Checker(HTMLParser):
        def handle_starttag(self, tag, attrs):
            if tag not in VOID:
                stack.append(tag)

        def handle_endtag(self, tag):
            assert stack
            assert stack.pop() == tag

    checker = Checker()
    checker.feed(text)
    checker.close()
    return not stack


def lines(text: str) -> list[str]:
    return [line for line in text.split("\n") if line.strip()]


def test_every_page_is_well_formed_and_says_it_is_fiction(full):
    for path in ["/", *full.links(), "/board/list?page=2"]:
        text = full.get(path)
        assert is_well_formed(text), path
        assert "演示数据，纯属虚构" in Tree(text).css_first(".notice").text()


def test_the_paged_board_shows_each_of_its_posts_once_and_whole(full):
    said = []
    for path in full.links():
        tree = Tree(full.get(path))
        said.append((tree.css_first("h1").text(), [node.text() for node in tree.css(".content p")]))
        assert [node.tag for node in tree.css_first(".content").css("*")][1:] == ["p"] * len(said[-1][1])
    assert sorted(said) == sorted((post.title, lines(post.body)) for post in POSTS if post.on("html"))


def test_the_api_shows_each_of_its_posts_once_and_whole(full):
    first = full.index(page=1, pageNum=100)
    rows = first["rows"] + [row for page in (2, 3) for row in full.index(page=page, pageNum=100)["rows"]]
    assert len(rows) == first["total"]
    said = []
    for row in rows:
        data = json.loads(full.get(f"/wz/front/msg/detail?id={row['id']}"))["data"]
        assert (data["title"], data["created_at"]) == (row["title"], row["created_at"])
        said.append((data["title"], [node.text() for node in Tree(data["content"]).css("p")]))
    assert sorted(said) == sorted((post.title, lines(post.body)) for post in POSTS if post.on("json"))
    assert full.index(page=4, pageNum=100)["rows"] == []


def test_a_post_on_both_boards_carries_the_same_words_and_time(full):
    twice = [entry for entry in full.board.entries if entry.post.board == "both"]
    assert twice
    for entry in twice:
        data = json.loads(full.get(f"/wz/front/msg/detail?id={entry.number}"))["data"]
        tree = Tree(full.get(f"/board/d/{entry.number}.html"))
        assert tree.css_first("time").text() == data["created_at"]
        assert (
            tree.css_first(".content").inner_html == Tree(f"<div>{data['content']}</div>").css_first("div").inner_html
        )


def test_lists_run_from_new_to_old(full):
    times = [row["created_at"] for row in full.index(page=1, pageNum=100)["rows"]]
    assert times == sorted(times, reverse=True)
    numbers = [int(link.rsplit("/", 1)[1].removesuffix(".html")) for link in full.links()]
    assert numbers == sorted(numbers, reverse=True)


def test_only_posts_of_its_own_stand_on_each_board(full):
    only = {shape: next(e.number for e in full.board.entries if e.post.board == shape) for shape in ("json", "html")}
    assert full.ask("GET", f"/board/d/{only['json']}.html")[0] == 404
    assert full.ask("GET", f"/wz/front/msg/detail?id={only['html']}")[0] == 404
    assert full.ask("GET", f"/wz/m/{only['json']}.html")[0] == 200


def test_replies_can_be_asked_for_alone(full):
    rows = full.index(page=1, pageNum=100, is_reply="1")["rows"]
    assert rows
    assert {row["is_reply"] for row in rows} == {1}
    data = json.loads(full.get(f"/wz/front/msg/detail?id={rows[0]['id']}"))["data"]
    assert data["reply"][0]["created_at"] > data["created_at"]
    assert "虚构" in data["reply"][0]["department"]


def test_a_post_is_not_there_before_its_time(young):
    before = set(young.links())
    last = young.board.entries[-1].number
    for path in (f"/wz/front/msg/detail?id={last}", f"/board/d/{last}.html", f"/wz/m/{last}.html"):
        assert young.ask("GET", path)[0] == 404
    young.clock.now = START + timedelta(minutes=20)
    assert before < set(young.links())


def test_the_board_keeps_its_time_when_the_machine_is_set_back(young):
    young.clock.now = START + timedelta(minutes=5)
    shown = young.board.clock()
    young.clock.now = START - timedelta(days=1)
    assert young.board.clock() == shown
    assert shown <= START


def test_robots_are_welcome_and_the_style_is_allowed_by_its_digest(full):
    assert full.get("/robots.txt") == "User-agent: *\nAllow: /\n"
    policy = full.ask("GET", "/")[2]["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/none", 404), ("/board/d/0.html", 404), ("/board/d/٣.html", 404), ("/board/d/../1.html", 404),
        ("/wz/front/msg/detail", 404), ("/wz/front/msg/detail?id=1%20", 404), ("http://[/x", 404), ("/1.html", 404),
        ("/board/list?page=x", 200), ("/board/list?page=0", 200), ("/board/list?page=" + "9" * 5000, 200),
    ],
)  # fmt: skip
def test_odd_addresses_get_a_plain_answer(full, path, status):
    # By hand, for the client of the standard library refuses to send some of these.
    host, _, port = full.board.url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        assert connection.makefile("rb").readline().split()[1] == str(status).encode()


@pytest.mark.parametrize(
    "body",
    [
        "[1,2]",
        "{",
        '{"page":"x"}',
        '{"page":-1}',
        '{"page":1,"pageNum":-5}',
        '{"page":[1]}',
        "[" * 60_000,
        '{"page":1e999}',
    ],
)
def test_a_body_that_makes_no_sense_is_refused(full, body):
    assert full.ask("POST", "/wz/front/msg/index", body)[0] == 400


def test_an_empty_body_means_the_first_page(full):
    status, text, _ = full.ask("POST", "/wz/front/msg/index", "")
    assert status == 200
    assert len(json.loads(text)["data"]["rows"]) == 10


@pytest.mark.parametrize("length", ["999999999", "-1", "x"])
def test_a_body_too_long_is_not_read(full, length):
    assert full.ask("POST", "/wz/front/msg/index", headers={"Content-Length": length})[0] == 413


def test_head_answers_without_a_body(full):
    status, text, headers = full.ask("HEAD", "/board/list")
    assert (status, text) == (200, "")
    assert int(headers["Content-Length"]) > 1000


def test_a_port_in_use_is_one_sentence(capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(BoardError, match=rf"cannot listen on 127\.0\.0\.1:{port} .*choose another port"):
            DemoBoard(POSTS, port=port, start=START).start()
        assert main(["--port", str(port)]) == 1
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize("arguments", [["--port", "70000"], ["--port", "0", "--speed", "0"]])
def test_arguments_out_of_range_are_one_sentence(arguments, capsys):
    assert main(arguments) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_a_closed_board_has_no_address_and_may_be_closed_again():
    board = DemoBoard(POSTS, start=START)
    with pytest.raises(BoardError, match="not open"):
        _ = board.url
    board.stop()
    board.start().stop()
    board.stop()


def test_a_broken_connection_leaves_no_traceback(young, capfd):
    host, _, port = young.board.url.removeprefix("http://").partition(":")
    for _ in range(5):
        with socket.create_connection((host, int(port))) as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
            connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 20)
    young.get("/")
    assert capfd.readouterr().err == ""


def test_the_board_needs_no_django():
    code = "import sys, tracker.demo.board; sys.exit(any(name.split('.')[0] == 'django' for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
    assert module.__doc__
