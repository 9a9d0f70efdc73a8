"""The pure parts of the desk: highlighting, clock faces, links, the access table, the words for codes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django import forms
from django.test.html import parse_html
from hypothesis import given
from hypothesis import strategies as st

from analysis.records import NEEDS as NEED_CODES
from analysis.records import SIGNALS as SIGNAL_CODES
from analysis.records import TOPICS as TOPIC_CODES
from crawlers.reports import STATES as SOURCE_STATES
from tracker.accounts.actors import Actor
from tracker.accounts.models import Role
from tracker.posts.labels import LEVELS, NEEDS, SIGNALS, TOPICS
from tracker.risks.clocks import in_hours
from tracker.web.access import PAGES, navigation
from tracker.web.clockface import arithmetic, face, span_words
from tracker.web.marks import clipped, marked
from tracker.web.said import safe_link
from tracker.web.templatetags.desk import level_label, source_state, topic_label
from tracker.web.widgets import Select

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


def span(full: str, text: str, weight: float) -> dict[str, object]:
    start = full.index(text)
    return {"text": text, "weight": weight, "start": start, "end": start + len(text)}


def test_spans_are_found_in_title_and_body_and_the_weightier_wins():
    full = "桥坏了\n桥上的栏杆断了"
    title, body = marked(
        "桥坏了", "桥上的栏杆断了", [span(full, "桥坏", 0.4), span(full, "栏杆断", 1.5), span(full, "杆断了", -0.3)]
    )
    assert [(r.text, r.tone) for r in title] == [("桥坏", "up"), ("了", "")]
    assert [(r.text, r.tone) for r in body] == [("桥上的", ""), ("栏杆断", "up2"), ("了", "down")]


@pytest.mark.parametrize(
    "wrong",
    [
        {"start": 0, "end": 2, "text": "别的"},
        {"start": -1, "end": 1, "text": "桥"},
        {"start": 5, "end": 900, "text": "桥"},
    ],
)
def test_a_span_that_does_not_fit_the_text_is_left_out(wrong):
    title, body = marked("桥坏了", "断了", [wrong | {"weight": 2.0}])
    assert not any(run.tone for run in [*title, *body])


@given(
    st.text(max_size=30), st.text(max_size=80),
    st.lists(st.tuples(st.integers(0, 110), st.integers(1, 12), st.floats(-3, 3, allow_nan=False)), max_size=8),
    st.integers(0, 100),
)  # fmt: skip
def test_runs_put_together_are_the_text_whatever_the_spans(title, body, spans, limit):
    full = f"{title}\n{body}"
    why = [{"text": full[s : s + n], "start": s, "end": min(s + n, len(full)), "weight": w} for s, n, w in spans]
    heading, runs = marked(title, body, why)
    assert "".join(r.text for r in heading) == title
    assert "".join(r.text for r in runs) == body
    cut = "".join(r.text for r in clipped(runs, limit))
    assert body.startswith(cut)
    assert len(cut) >= min(limit, len(body))


@pytest.mark.parametrize(
    ("span_", "words"),
    [(timedelta(minutes=45), "45 分钟"), (timedelta(hours=5, minutes=59), "5 小时"), (timedelta(days=2, hours=3), "2 天 3 小时"),
     (-timedelta(days=1), "1 天"), (timedelta(), "0 分钟")],
)  # fmt: skip
def test_a_span_is_said_in_its_largest_units(span_, words):
    assert span_words(span_) == words


@pytest.mark.parametrize(
    ("hours", "done", "tone", "words"),
    [(1, None, "ok", "还剩 47 小时" ), (37, None, "soon", "还剩 11 小时"), (50, None, "late", "已逾期 2 小时"),
     (60, 40, "met", "按时完成"), (60, 50, "missed", "超时 2 小时 完成")],
)  # fmt: skip
def test_a_clock_tells_where_it_stands(hours, done, tone, words):
    start = NOW - timedelta(hours=hours)
    due = start + timedelta(hours=48)
    shown = face("answer", due, now=NOW, start=start, done=start + timedelta(hours=done) if done else None)
    assert (shown.tone, shown.words) == (tone, words if hours != 1 else "还剩 1 天 23 小时")
    assert 0 <= shown.share <= 100


def test_the_arithmetic_names_start_length_and_end():
    lines = arithmetic(in_hours(NOW, 48).to_dict())
    assert lines == ["起：2026-11-23 10:00", "限：48 小时（自然小时）", "止：2026-11-25 10:00"]


@pytest.mark.parametrize(
    ("url", "linked"),
    [("https://a.example/x", True), ("http://a.example", True), ("javascript:alert(1)", False), ("data:text/html,x", False),
     ("//a.example", False), ("https://", False), ("http://[::1", False), ("JAVASCRIPT:x", False), ("", False)],
)  # fmt: skip
def test_only_http_addresses_with_a_host_are_linked(url, linked):
    assert bool(safe_link(url)) is linked


def test_every_role_has_a_page_beyond_today_and_every_page_a_role():
    for role in Role:
        assert len(navigation(Actor("x", "x", frozenset({role.value})))) > 1
    assert all(page.roles for page in PAGES.values())
    assert PAGES["queue"].roles == {"analyst"}
    assert PAGES["inbox"].roles == {"handler"}
    assert not any("handler" in PAGES[name].roles for name in ("papers", "sources", "ledger", "verify", "queue"))


def test_every_code_has_a_word():
    assert set(TOPICS) == {*TOPIC_CODES, "-"}
    assert set(NEEDS) == set(NEED_CODES)
    assert set(SIGNALS) == set(SIGNAL_CODES)
    assert set(LEVELS) == {0, 1, 2, 3}
    assert all(source_state(state) != state for state in SOURCE_STATES)
    assert topic_label("unheard-of") == "unheard-of"
    assert level_label(3) == "3级 重大"


@pytest.mark.parametrize("value", ["b", 2, "", None, "none of them", '"><script>'])
def test_a_select_written_at_once_is_that_of_django(value):
    choices = [("", "—"), (2, "二"), ("b", "<b>&"), ('"><script>', "x")]
    ours, theirs = (made(attrs={"required": True, "id": "x"}, choices=choices) for made in (Select, forms.Select))
    assert parse_html(ours.render("level", value)) == parse_html(theirs.render("level", value))
