"""What a source has always given is learned from itself; silence, thin days, old, repeated and half-empty posts each raise an alarm."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from crawlers import admission
from crawlers.api import CrawlReport, read_evidence
from crawlers.catalogue import read
from crawlers.causes import SENTENCES, Cause, cause
from crawlers.evidence import KEPT, Shown
from crawlers.frontier import Frontier, Wanted
from crawlers.history import Yield
from crawlers.hours import quiet_until
from crawlers.monitors import of_yield
from crawlers.portrait import portrait
from crawlers.records import Post, Reply
from crawlers.run import Run
from crawlers.sources import Source

MONDAY = datetime(2026, 3, 2, 0, 30, tzinfo=UTC)


@pytest.fixture
def source(catalogue_file: Callable[..., Path]) -> Source:
    return read(catalogue_file())


@pytest.fixture
def runs(source: Source, tmp_path: Path, make_post: Callable[..., Post]) -> Callable[..., CrawlReport]:
    """One complete run at a time over one state: `posts` are what it finds, given as changes of the example."""
    count = iter(range(100_000))

    def one(
        now: datetime,
        posts: Sequence[dict[str, object]] = (),
        shown: dict[str, Shown] | None = None,
        *,
        whole: bool = True,
    ) -> CrawlReport:
        number = next(count)
        frontier = Frontier(tmp_path / "s.sqlite3", f"run{number}", now)
        run = Run(source, frontier, f"run{number}", spool=tmp_path / "spool", now=now, folder=tmp_path)
        fields = {"published_at": now - timedelta(hours=1), "body": f"第{number}回说的话"}
        made = [
            make_post(number * 1000 + n, **{**fields, "title": f"{number}-{n}", **post}) for n, post in enumerate(posts)
        ]
        run.frontier.see([Wanted(post.key, "", post.revision) for post in made])
        run.deliver(made)
        run.shown.update(shown or {})
        run.tally.pages, run.tally.complete = 1, whole
        report = run.finish()
        frontier.close()
        return report

    return one


def several(count: int, **changes: object) -> list[dict[str, object]]:
    return [{"body": f"第{n}句话", **changes} for n in range(count)]


def kinds(report: CrawlReport) -> list[str]:
    return [alarm.kind for alarm in report.alarms]


def weeks(runs: Callable[..., CrawlReport], count: int, per_day: Callable[[datetime], int]) -> list[CrawlReport]:
    """A run every six hours for `count` weeks, after a first one that brings a backlog."""
    reports = [runs(MONDAY - timedelta(hours=6), several(400))]
    for step in range(count * 28):
        now = MONDAY + timedelta(hours=6 * step)
        reports.append(runs(now, several(per_day(now))))
    return reports


def test_a_steady_source_is_never_under_alarm_and_its_silence_is(runs: Callable[..., CrawlReport]) -> None:
    dice = random.Random(4)
    reports = weeks(runs, 5, lambda _now: dice.randint(2, 6))
    assert [kinds(report) for report in reports if report.alarms] == []
    assert reports[-1].day_usual is not None
    assert 10 < reports[-1].day_usual < 22
    last = MONDAY + timedelta(weeks=5)
    quiet = [runs(last + timedelta(hours=6 * n)) for n in range(4 * 14)]
    alarmed = [n for n, report in enumerate(quiet) if "zero" in kinds(report)]
    assert alarmed[0] in (3, 4), "as soon as 24 hours have been silent"
    assert alarmed == list(range(alarmed[0], len(quiet))), "and for as long as it lasts: silence is not learned"
    assert (quiet[10].state, quiet[0].state) == ("degraded", "ok-nothing-new")
    assert "Nothing new in 24 hours" in quiet[10].reason
    assert runs(last + timedelta(days=14, hours=6), several(4)).state == "degraded", "four where sixteen are usual"
    assert runs(last + timedelta(days=14, hours=12), several(12)).state == "ok"


def test_a_source_that_rests_at_the_weekend_may_rest(runs: Callable[..., CrawlReport]) -> None:
    def working(now: datetime) -> int:
        return 5 if now.weekday() < 5 else 0

    reports = weeks(runs, 8, working)
    late = [report for report in reports if report.started_at > MONDAY + timedelta(weeks=3)]
    assert [kinds(report) for report in late if report.alarms] == []
    monday = MONDAY + timedelta(weeks=8)
    silent = [runs(monday + timedelta(hours=6 * n)) for n in range(8)]
    assert "zero" in kinds(silent[-1]), "a silent Tuesday is no Sunday"


def test_too_few_needs_a_day_thinner_than_any_before() -> None:
    assert [alarm.kind for alarm in of_yield(Yield(5, (40, 38, 45), same_weekday=True))] == ["too-few"]
    assert list(of_yield(Yield(5, (40, 4, 45), same_weekday=True))) == [], "it has been as thin before"
    assert list(of_yield(Yield(1, (2, 3, 2), same_weekday=True))) == [], "small numbers say little"
    assert list(of_yield(Yield(0, (2, 1, 2), same_weekday=True))) == []
    assert list(of_yield(Yield(0, (), same_weekday=False))) == [], "nothing is known yet"


def test_posts_that_are_no_news_each_raise_their_alarm(runs: Callable[..., CrawlReport]) -> None:
    runs(MONDAY, several(30))
    now = MONDAY + timedelta(days=1)
    assert kinds(runs(now, several(5))) == []
    old = runs(now, several(5, published_at=now - timedelta(days=20)))
    assert (kinds(old), old.state) == (["all-old"], "degraded")
    assert "days behind" in old.reason
    cut = runs(now, several(3), whole=False)
    assert (cut.state, kinds(cut)) == ("degraded", [])
    assert kinds(runs(now, several(5, published_at=now - timedelta(days=20)))) == [], (
        "the tail of a list that was cut off"
    )
    assert kinds(runs(now, several(4, body="请先完成验证"))) == ["all-duplicate"]
    again = several(4, published_at=MONDAY, title="同一个标题")
    runs(now, again)
    assert kinds(runs(now + timedelta(hours=1), again)) == ["all-duplicate"], "known under other keys"


def test_a_field_that_was_always_there_and_is_gone(runs: Callable[..., CrawlReport]) -> None:
    answer = Reply("已修好。", "某县交通局")
    runs(MONDAY, several(30, reply=answer, counts={"likes": 1}))
    now = MONDAY + timedelta(days=1)
    assert kinds(runs(now, several(3))) == [], "most new posts have no reply yet"
    silent = runs(now, several(3, reply=Reply("已修好。")))
    assert kinds(silent) == ["empty-field"]
    assert "reply_organisation" in silent.reason
    undated = runs(now, several(1, published_at=None))
    assert (kinds(undated), undated.fetched) == (["empty-field"], 1), (
        "one post without a time, where all had one: kept, and said"
    )
    assert "readable time" in undated.reason


def test_a_wall_and_another_layout_are_alarms_and_the_page_that_shows_why_is_kept(
    runs: Callable[..., CrawlReport], source: Source, tmp_path: Path
) -> None:
    html = '<title>留言</title><ul class="list2"><li><a href="/d/12.html">桥面坑洼</a><i class="nick">小纸船0007</i></li></ul>'
    names = []
    for number in range(KEPT + 2):
        run = Run(
            source, Frontier(":memory:", "r"), f"r{number}", spool=tmp_path / "spool", folder=tmp_path, now=MONDAY
        )
        run.tally.note("broken", cause("list-unreadable", page=1, why=cause("no-rows", rule="ul.list", what="x")))
        run.shown["bad"] = Shown("https://ferry.example.org/list", 200, "text/html", html.encode())
        report = run.finish()
        names.append(report.page)
    assert (report.state, kinds(report)) == ("broken", ["layout"])
    kept = read_evidence(report.page, tmp_path)
    assert "ul.list2" in kept
    assert "列表第 1 页读不出来" in kept
    assert "小纸船" not in kept
    assert "桥面坑洼" not in kept
    assert [bool(read_evidence(name, tmp_path)) for name in names] == [False] * 2 + [True] * KEPT
    assert read_evidence("../secret.key", tmp_path) == ""
    walled = Run(source, Frontier(":memory:", "r"), "w", spool=tmp_path / "spool", folder=tmp_path, now=MONDAY)
    walled.tally.note("blocked", cause("list-walled", page=1, why=cause("asks-for-captcha")))
    report = walled.finish()
    assert (report.state, kinds(report)) == ("blocked", ["captcha"])


def test_a_report_with_alarms_survives_json(runs: Callable[..., CrawlReport]) -> None:
    runs(MONDAY, several(30))
    report = runs(MONDAY, several(4, body="请先完成验证"))
    assert report.alarms
    assert CrawlReport.from_dict(report.to_dict()) == report


def test_an_outline_has_a_walls_words_and_nobodys_else() -> None:
    wall = portrait("<title>安全验证</title><form id=f1>请输入验证码 13812345678<input name=c></form>".encode())
    assert "请输入验证码 [电话]" in wall
    listed = portrait('{"data": {"rows": [{"nick": "小纸船", "id": 3, "ok": true, "t": null}]}}'.encode())
    assert "小纸船" not in listed
    assert '"nick": "text 3"' in listed
    for body in (b"", b"\0\xff" * 99, b"[" * 5000, b"<div>" * 9000, "小纸船".encode(), b"{}"):
        assert "小纸船" not in portrait(body)


@pytest.mark.parametrize("code", SENTENCES)
def test_every_cause_is_said_in_both_languages_with_the_same_facts(code: str) -> None:
    import string

    facts = [{name for _, name, _, _ in string.Formatter().parse(text) if name} for text in SENTENCES[code]]
    assert facts[1] <= facts[0]
    said = Cause(code, dict.fromkeys(facts[0], "x"))
    assert any("\u4e00" <= letter <= "\u9fff" for letter in said.say("zh"))
    assert not any("\u4e00" <= letter <= "\u9fff" for letter in said.say("en"))
    assert Cause.from_dict(said.to_dict()) == said


@pytest.mark.parametrize(
    ("hour", "until"),
    [("21:59", None), ("22:00", "06:00"), ("23:30", "06:00"), ("05:59", "06:00"), ("06:00", None), ("12:30", "13:00")],
)
def test_quiet_hours(source: Source, hour: str, until: str | None) -> None:
    now = datetime.fromisoformat(f"2026-03-02T{hour}:00+08:00")
    end = quiet_until(now, ["22:00-06:00", "12:00-13:00"], source.zone)
    assert (end and end.strftime("%H:%M")) == until
    assert end is None or now < end < now + timedelta(hours=9)


class TestAdmission:
    @pytest.fixture
    def start(
        self, catalogue_file: Callable[..., Path], tmp_path: Path
    ) -> Callable[..., tuple[CrawlReport | None, Run]]:
        path = catalogue_file(("[list]", '[pace]\nbudget = 50\nquiet = ["22:00-06:00"]\n\n[list]'))

        def one(now: datetime, *, asked: bool = False) -> tuple[CrawlReport | None, Run]:
            run = Run(
                read(path), Frontier(tmp_path / "a.sqlite3", "r", now), "r", spool=tmp_path, now=now, folder=tmp_path
            )
            return admission.refusal(run, asked=asked), run

        return one

    def fail(self, run: Run) -> None:
        run.tally.note("down", cause("no-answer", host="x"))
        assert run.finish().state == "down"

    def test_a_source_that_fails_or_dies_again_and_again_is_asked_less_often_and_says_so(self, start) -> None:
        now = MONDAY
        for number in range(3):
            refusal, run = start(now + timedelta(minutes=15 * number))
            assert refusal is None
            if number:  # the first was killed: it never finished
                self.fail(run)
        later = now + timedelta(minutes=45)
        refusal, _ = start(later)
        assert refusal is not None
        assert (refusal.state, kinds(refusal)) == ("skipped", ["failing"])
        assert "failed 3 times" in refusal.reason
        assert start(later, asked=True)[0] is None, "whoever asks is not held back"
        refusal, run = start(later + timedelta(hours=2))
        assert refusal is None
        run.tally.pages, run.tally.complete = 1, True
        assert run.finish().state == "ok-nothing-new"
        assert start(later + timedelta(hours=2, minutes=15))[0] is None, "one good run ends the streak"

    def test_the_wait_doubles_up_to_a_limit(self, start) -> None:
        tries, now = [], MONDAY
        for _ in range(4 * 24 * 2):
            refusal, run = start(now)
            if refusal is None and run.quiet_until() is None:
                tries.append(now)
                self.fail(run)
            now += timedelta(minutes=15)
        gaps = [(b - a) / timedelta(minutes=15) for a, b in pairwise(tries)]
        assert gaps[:5] == [1, 1, 2, 4, 8]
        assert len(tries) < 16

    def test_quiet_hours_and_a_spent_budget_skip_the_run(self, start) -> None:
        refusal, _ = start(MONDAY + timedelta(hours=15), asked=True)
        assert refusal is not None
        assert (refusal.state, "quiet time" in refusal.reason) == ("skipped", True)
        _, run = start(MONDAY)
        assert [run.spend() for _ in range(51)] == [True] * 50 + [False]
        run.tally.pages, run.tally.complete = 1, True
        run.finish()
        refusal, _ = start(MONDAY + timedelta(hours=1))
        assert refusal is not None
        assert "50 requests" in refusal.reason
        assert start(MONDAY + timedelta(hours=24))[0] is None, "tomorrow is another day"
