"""What is logged belongs to a request or a job, can be read by a program, and tells of nobody."""

from __future__ import annotations

import json
import logging
from io import StringIO

import pytest

from tracker.jobs import tasks
from tracker.logs import Line, as_json, logging_settings
from tracker.web.requests import HEADER

pytestmark = pytest.mark.django_db
SECRETS = ("13812345678", "张小帆", "430102199001011234", "203.0.113.9", "analyst", "护栏")


@pytest.fixture
def told():
    """Everything logged meanwhile, by JSON and by line."""
    out = {"json": StringIO(), "line": StringIO()}
    handlers = [logging.StreamHandler(stream) for stream in out.values()]
    handlers[0].setFormatter(as_json())
    handlers[1].setFormatter(Line("%(asctime)s %(levelname)s %(name)s %(message)s"))
    log = logging.getLogger("yidan.requests")
    level = log.level
    log.setLevel(logging.INFO)
    for handler in handlers:
        logging.getLogger().addHandler(handler)
    yield out
    log.setLevel(level)
    for handler in handlers:
        logging.getLogger().removeHandler(handler)


def objects(told) -> list[dict]:
    return [json.loads(line) for line in told["json"].getvalue().splitlines()]


def nobody(told) -> None:
    for stream in told.values():
        assert stream.getvalue()
        assert not [word for word in SECRETS if word in stream.getvalue()]


def test_a_request_is_one_object_and_its_answer_has_the_number(web, person, told):
    page = person("analyst").get("/search/?q=护栏 我叫张小帆 13812345678", headers={"X-Forwarded-For": "203.0.113.9"})
    (one,) = [row for row in objects(told) if row["event"] == "answered"]
    assert one.pop("request") == page[HEADER]
    assert one.pop("at").endswith("Z")
    assert one.pop("ms") >= 0
    assert one == {"event": "answered", "level": "info", "logger": "yidan.requests", "method": "GET", "page": "search", "status": 200}  # fmt: skip
    assert f"request={page[HEADER]}" in told["line"].getvalue()
    nobody(told)


def test_the_number_of_a_proxy_is_taken_and_nothing_else(web, client, told):
    number = "0123456789abcdef0123456789abcdef"
    assert client.get("/login/", headers={HEADER: number})[HEADER] == number
    assert client.get("/login/", headers={HEADER: 'a"}\nerror'})[HEADER] != 'a"}\nerror'
    assert len({row["request"] for row in objects(told)}) == 2


def test_what_fails_on_the_way_carries_the_number_and_no_data(web, client, told, monkeypatch):
    def broken(_request):
        raise ValueError("我叫张小帆，电话13812345678，证件430102199001011234")

    client.raise_request_exception = False
    monkeypatch.setattr("django.contrib.auth.views.LoginView.get", lambda _self, request, *_a, **_k: broken(request))
    page = client.get("/login/", headers={HEADER: "00000000"})
    assert page.status_code == 500
    rows = objects(told)
    assert {row["request"] for row in rows} == {"00000000"}
    assert [row["status"] for row in rows if row["event"] == "answered"] == [500]
    (failed,) = [row for row in rows if "exception" in row]
    assert "ValueError" in failed["exception"]
    nobody(told)


def test_a_wrong_password_names_nobody(web, desk, client, told):
    for _turn in range(6):
        client.post("/login/", {"username": "analyst", "password": "13812345678"}, REMOTE_ADDR="203.0.113.9")
    nobody(told)


def test_a_job_is_named_by_what_it_logs(told, monkeypatch):
    def lesson(argument: str) -> bool:
        logging.getLogger("yidan.jobs").warning("%s took its time", argument)
        return True

    monkeypatch.setitem(tasks.TASKS, "crawl", lesson)
    tasks.perform("crawl", "wz")
    (row,) = objects(told)
    assert (row["job"], row["event"], row["level"]) == ("crawl:wz", "wz took its time", "warning")
    assert "job=crawl:wz" in told["line"].getvalue()


@pytest.mark.parametrize(("style", "level"), [("json", "INFO"), ("line", "WARNING")])
def test_requests_are_told_to_collectors_and_failed_ones_to_people(style, level):
    made = logging_settings(style)
    assert made["handlers"]["stderr"]["formatter"] == style
    assert made["loggers"]["yidan.requests"]["level"] == level
