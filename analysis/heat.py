"""Heat: how loudly the public speaks of one event, on an axis of its own beside severity. Pure; times are aware or all naive.

Four things make heat: how many voices, how fast, on how many boards, how often agreed with. No author is known here, on purpose. Where
a board's posts carry a voice (a hash that says nothing of who), somebody who writes ten times in a day counts once for it; where they
do not, each post counts as a voice, and pages therefore say "posts", never "people".
A burst is a short window far above the long one before it, and above the same hours of the day before and of the week before:
a board that fills up every Monday morning is no burst.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

DAY, WEEK = timedelta(days=1), timedelta(days=7)
_MOST = 100.0


@dataclass(frozen=True, slots=True)
class Heat:
    """The heat of one event at one moment, with every number it comes from.

    `posts`, `boards`, `likes` over all time, `voices` the different ones among the posts; `short` voices in the short window, `usual` the
    mean of as many hours in the long window, `day_before` and `week_before` the same hours then; `score` 0..100 rises with each
    of them but `posts` and the comparisons; `hours` is how long the short window was.
    """

    at: datetime
    posts: int
    boards: int
    likes: int
    short: int
    usual: float
    day_before: int
    week_before: int
    score: float
    hours: int = 24
    voices: int = 0

    def to_dict(self) -> dict[str, Any]:
        """For the store and for an alarm: the time as ISO 8601."""
        return {
            **asdict(self),
            "at": self.at.isoformat(),
            "usual": round(self.usual, 3),
            "score": round(self.score, 2),
        }

    @classmethod
    def from_dict(cls, row: Mapping[str, Any]) -> Heat:
        """The reverse of `to_dict`, with the rounding it made."""
        return cls(**{"voices": row["posts"], **row, "at": datetime.fromisoformat(row["at"])})


@dataclass(frozen=True, slots=True)
class HeatRule:
    """When a burst is one; every value is the department's to change [default].

    The last `short_hours` must hold `least` posts, `ratio` times what they hold on the mean of the `long_days` before, and
    `recheck` times what the same hours of the day before and of the week before held. An event is alarmed about at most once
    in `quiet_hours`. Its peak is looked for in windows of `peak_days`: the public speaks of one problem over days.
    """

    short_hours: int = 24
    long_days: int = 28
    least: int = 3
    ratio: float = 3.0
    recheck: float = 1.5
    quiet_hours: int = 72
    peak_days: int = 7

    @property
    def short(self) -> timedelta:
        """The short window."""
        return timedelta(hours=self.short_hours)

    @property
    def long(self) -> timedelta:
        """The long window, which ends where the short one begins."""
        return timedelta(days=self.long_days)

    @property
    def quiet(self) -> timedelta:
        """How long an alarm holds."""
        return timedelta(hours=self.quiet_hours)

    def heat(
        self, times: Sequence[datetime], at: datetime, *, boards: int, likes: int, voices: Sequence[str] = ()
    ) -> Heat:
        """The heat at `at` of an event whose posts were said at `times` (ascending); those after `at` do not count.

        `voices` are those of the posts, empty where one is not known: such a post is a voice of its own.
        """
        known = bisect_right(times, at)
        different = _different(voices[:known]) if voices else known
        times = _spoken(times, voices, self.short) if voices else times
        short = _between(times, at - self.short, at)
        before = _between(times, at - self.short - self.long, at - self.short)
        yesterday, last_week = (_between(times, at - self.short - gap, at - gap) for gap in (DAY, WEEK))
        score = _score(short=short, voices=different, boards=boards, likes=likes)
        usual = before * (self.short / self.long)
        return Heat(at, known, boards, likes, short, usual, yesterday, last_week, score, self.short_hours, different)

    def bursts(self, found: Heat) -> bool:
        """True when `found` is a burst; severity plays no part in it."""
        usual = max(self.ratio * found.usual, self.recheck * found.day_before, self.recheck * found.week_before)
        return found.short >= max(self.least, usual)

    def may_alarm(self, last: datetime | None, now: datetime) -> bool:
        """True unless the event was alarmed about within `quiet_hours`."""
        return last is None or now - last >= self.quiet

    def peak(self, times: Sequence[datetime]) -> tuple[datetime, int] | None:
        """(when, posts) of the fullest `peak_days`, at their last post, the first of equals; None for less than two posts in any."""
        best: tuple[datetime, int] | None = None
        for number, at in enumerate(times, 1):
            held = number - bisect_right(times, at - timedelta(days=self.peak_days))
            if held > (best[1] if best else 1):
                best = (at, held)
        return best


def _different(voices: Sequence[str]) -> int:
    """How many voices there are: each known one once, and every post whose voice is not known."""
    return len(set(filter(None, voices))) + sum(not voice for voice in voices)


def _spoken(times: Sequence[datetime], voices: Sequence[str], short: timedelta) -> list[datetime]:
    """The times at which somebody spoke who had not been counted within the last `short`: in no window does one voice count twice."""
    last: dict[str, datetime] = {}
    counted = []
    for at, voice in zip(times, voices, strict=True):
        if voice and voice in last and at - last[voice] < short:
            continue
        if voice:
            last[voice] = at
        counted.append(at)
    return counted


def _between(times: Sequence[datetime], after: datetime, until: datetime) -> int:
    """How many of `times` lie in (after, until]."""
    return bisect_right(times, until) - bisect_right(times, after)


def _score(*, short: int, voices: int, boards: int, likes: int) -> float:
    """0..100: half of what can be gained comes from speed; one quiet post on one board is 0."""
    gained = 0.45 * math.log1p(max(short - 1, 0)) + 0.2 * math.log1p(max(voices - 1, 0))
    gained += 0.25 * max(boards - 1, 0) + 0.06 * math.log1p(max(likes, 0))
    return _MOST * (1 - math.exp(-gained))
