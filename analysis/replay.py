"""Replay: a dated archive played against the clock. What would have been flagged when, how early, at what cost in work. Pure.

Posts come in the order they were said and nothing looks ahead: an event is flagged by its first flagged post, an alarm is raised
at the post that makes the burst, and only afterwards is it seen when the event's heat had its peak. What was said before the
window is context (long windows, events that are already known) and is not reported.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from statistics import median
from typing import Any

from analysis.heat import Heat, HeatRule
from analysis.records import SERIOUS

_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Played:
    """One post as it came: `at` aware, the event it was given, what the machine said of it, the board it stood on."""

    id: str
    at: datetime
    event: str
    flagged: bool
    level: int
    risk: float
    likes: int = 0
    board: str = ""


@dataclass(slots=True)
class _Story:
    """What is known of one event so far."""

    times: list[datetime] = field(default_factory=list)
    boards: set[str] = field(default_factory=set)
    likes: int = 0
    level: int = 0
    flagged_at: datetime | None = None
    alarmed_at: datetime | None = None


def replay(posts: Iterable[Played], *, since: date, until: date, zone: tzinfo, rule: HeatRule) -> dict[str, Any]:
    """Play `posts` (ascending in time) and report the days from `since` until before `until`, in `zone`.

    Returns `flags`, `alarms`, `events`, `days` and a `summary`; times are ISO 8601, lead times hours.
    """
    stories: dict[str, _Story] = {}
    flags: list[dict[str, Any]] = []
    alarms: list[dict[str, Any]] = []
    seen: Counter[date] = Counter()
    opened: Counter[date] = Counter()
    for post in posts:
        day = post.at.astimezone(zone).date()
        if day >= until:
            break
        reported = day >= since
        story = stories.setdefault(post.event, _Story())
        first = story.flagged_at is None and post.flagged
        _take(story, post)
        alarm = _alarm(story, post.at, rule)
        if not reported:
            continue
        seen[day] += 1
        opened[day] += first
        if post.flagged:
            flags.append(_flag(post, opens=first))
        if alarm:
            alarms.append({"event": post.event, **alarm.to_dict()})
    events = _events(stories, since, zone, rule)
    days = _days(since, until, zone, seen, opened, flags, alarms)
    return {"summary": _summary(days, events, alarms), "days": days, "events": events, "alarms": alarms, "flags": flags}


def _take(story: _Story, post: Played) -> None:
    story.times.append(post.at)
    story.boards.add(post.board)
    story.likes += post.likes
    story.level = max(story.level, post.level)
    if post.flagged and story.flagged_at is None:
        story.flagged_at = post.at


def _alarm(story: _Story, now: datetime, rule: HeatRule) -> Heat | None:
    """The heat that raises an alarm at the post just taken; None without one."""
    if len(story.times) < rule.least:
        return None
    found = rule.heat(story.times, now, boards=len(story.boards), likes=story.likes)
    if not rule.bursts(found) or not rule.may_alarm(story.alarmed_at, now):
        return None
    story.alarmed_at = now
    return found


def _flag(post: Played, *, opens: bool) -> dict[str, Any]:
    return {
        "id": post.id, "at": post.at.isoformat(), "event": post.event, "level": post.level, "risk": round(post.risk, 4),
        "opens": opens,
    }  # fmt: skip


def _events(stories: dict[str, _Story], since: date, zone: tzinfo, rule: HeatRule) -> list[dict[str, Any]]:
    """The events first flagged in the window, with the lead of the flag before the heat's peak where there was one."""
    rows = []
    for name, story in stories.items():
        if story.flagged_at is None or story.flagged_at.astimezone(zone).date() < since:
            continue
        top = rule.peak(story.times)
        rows.append(
            {
                "event": name,
                "flagged_at": story.flagged_at.isoformat(),
                "level": story.level,
                "posts": len(story.times),
                "peak_at": top[0].isoformat() if top else None,
                "peak_posts": top[1] if top else None,
                "lead_hours": round((top[0] - story.flagged_at) / _HOUR, 2) if top else None,
            }
        )
    return sorted(rows, key=lambda row: (row["flagged_at"], str(row["event"])))


def _days(
    since: date, until: date, zone: tzinfo, seen: Counter[date], opened: Counter[date],
    flags: Sequence[dict[str, Any]], alarms: Sequence[dict[str, Any]],
) -> list[dict[str, Any]]:  # fmt: skip
    """One row a calendar day, the silent ones too: a mean over the busy days alone would overstate the work."""

    def spread(rows: Sequence[dict[str, Any]]) -> Counter[date]:
        return Counter(datetime.fromisoformat(row["at"]).astimezone(zone).date() for row in rows)

    flagged, alarmed = spread(flags), spread(alarms)
    every = [since + timedelta(days=n) for n in range((until - since).days)]
    return [
        {
            "day": day.isoformat(), "posts": seen[day], "flagged": flagged[day], "to_read": opened[day],
            "alarms": alarmed[day],
        }
        for day in every
    ]  # fmt: skip


def _summary(
    days: Sequence[dict[str, Any]], events: Sequence[dict[str, Any]], alarms: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    leads = sorted(row["lead_hours"] for row in events if row["lead_hours"] is not None)
    return {
        "days": len(days),
        "posts": sum(day["posts"] for day in days),
        "flagged": sum(day["flagged"] for day in days),
        "events_flagged": len(events),
        "events_serious": sum(row["level"] >= SERIOUS for row in events),
        "alarms": len(alarms),
        "alarms_a_day": _daily([day["alarms"] for day in days]),
        "workload_a_day": _daily([day["to_read"] for day in days]),
        "lead_hours": {
            "events_with_peak": len(leads),
            "before_peak": sum(lead > 0 for lead in leads),
            "at_peak": sum(lead == 0 for lead in leads),
            "after_peak": sum(lead < 0 for lead in leads),
            "median": median(leads) if leads else None,
            "quarter": leads[len(leads) // 4] if leads else None,
            "three_quarters": leads[3 * len(leads) // 4] if leads else None,
        },
    }


def _daily(counts: Sequence[int]) -> dict[str, float]:
    """Mean, median, 95th percentile and most of a day's count."""
    if not counts:
        return {"mean": 0.0, "median": 0.0, "p95": 0.0, "most": 0}
    ranked = sorted(counts)
    return {
        "mean": round(sum(ranked) / len(ranked), 3),
        "median": median(ranked),
        "p95": ranked[min(len(ranked) - 1, int(0.95 * len(ranked)))],
        "most": ranked[-1],
    }
