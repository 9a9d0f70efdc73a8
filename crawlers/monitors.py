"""What makes a finished run suspicious although nothing failed: one rule a kind of alarm, pure, over what was counted and learned.

Each kind has its own sentence and says by what it was expected otherwise. Nothing here is a threshold of taste for one board: a source
is held against its own past.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median
from typing import Any, Final, Literal, Self, get_args

from crawlers.causes import Cause, cause
from crawlers.history import Yield
from crawlers.records import Post

Kind = Literal["zero", "too-few", "all-old", "all-duplicate", "empty-field", "captcha", "layout", "failing"]
KINDS: tuple[Kind, ...] = get_args(Kind)
FEW: Final = 3  # posts below which a run says little
RARE: Final = 0.001  # how improbable too few, or a field's emptiness, must be
OLD: Final = timedelta(days=7)  # behind the newest post seen, beyond which late publication is no explanation
KNOWN_ENOUGH: Final = 20  # posts after which the share of a field is known
REQUIRED: Final = ("title", "published_at")
WALLS: Final = {"asks-for-captcha", "asks-for-login"}
LAYOUTS: Final = {"list-unreadable", "list-empty", "all-gone"}


@dataclass(frozen=True, slots=True)
class Alarm:
    """One alarm of a source. `kind` is what it is about, `cause` what it says."""

    kind: Kind
    cause: Cause

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {"kind": self.kind, "cause": self.cause.to_dict()}

    @classmethod
    def from_dict(cls, row: Mapping[str, Any]) -> Self:
        """The alarm in `row`; ValueError when it is none."""
        if row.get("kind") not in KINDS:
            raise ValueError(f"not an alarm: unknown kind {row.get('kind')!r}")
        return cls(row["kind"], Cause.from_dict(row["cause"]))


@dataclass(slots=True)
class Watch:
    """What is noted of the posts of one run: of the fresh ones their times and words, of all how their fields are filled."""

    fresh: int = 0
    known_elsewhere: int = 0
    bodies: set[int] = field(default_factory=set)
    newest: datetime | None = None
    fields: dict[str, tuple[int, int]] = field(default_factory=dict)

    def note_field(self, name: str, filled: object) -> None:
        """Count one post's field."""
        had, seen = self.fields.get(name, (0, 0))
        self.fields[name] = (had + bool(filled), seen + 1)


def note(watch: Watch, post: Post, now: datetime) -> None:
    """Note how one post's fields are filled; a reply's only where there is a reply, since most posts wait for one."""
    watch.note_field("title", post.title)
    watch.note_field("published_at", post.published_at)
    if post.reply:
        watch.note_field("reply_organisation", post.reply.organisation)
        watch.note_field("reply_published_at", post.reply.published_at)
    for name in post.counts:
        watch.note_field(f"counts.{name}", filled=True)
    if post.published_at and post.published_at < now + timedelta(days=1):  # a slip of the pen is no news
        watch.newest = max(watch.newest or post.published_at, post.published_at)


def of_yield(found: Yield) -> Iterator[Alarm]:
    """Nothing, or less than ever, where the same hours of earlier weeks brought something."""
    if not found.before:
        return
    expected = median(found.before)
    facts = {"n": found.now, "expected": f"{expected:g}", "least": min(found.before)}
    if found.now == 0 and min(found.before) > 0 and math.exp(-expected) < 10 * RARE:
        yield Alarm("zero", cause("zero", **facts))
    elif 0 < found.now < min(found.before) and _at_most(found.now, expected) < RARE:
        yield Alarm("too-few", cause("too-few", **facts))


def _at_most(count: int, expected: float) -> float:
    """The probability of `count` or fewer where `expected` are, were they independent of each other (Poisson)."""
    return sum(math.exp(n * math.log(expected) - expected - math.lgamma(n + 1)) for n in range(count + 1))


def of_posts(watch: Watch, newest_before: datetime | None) -> Iterator[Alarm]:
    """All old, or all the same, or all known under other keys: posts came, and none of them is news."""
    if watch.fresh < FEW:
        return
    if newest_before and watch.newest and watch.newest < newest_before - OLD:
        days = (newest_before - watch.newest).days
        yield Alarm("all-old", cause("all-old", n=watch.fresh, days=days))
    if len(watch.bodies) == 1:
        yield Alarm("all-duplicate", cause("all-same", n=watch.fresh))
    elif watch.known_elsewhere == watch.fresh:
        yield Alarm("all-duplicate", cause("all-known", n=watch.fresh))


def of_fields(watch: Watch, learned: Mapping[str, tuple[int, int]]) -> Iterator[Alarm]:
    """A field that is empty in every post of the run and was not before; title and time also without a past."""
    for name, (filled, seen) in watch.fields.items():
        had, before = learned.get(name, (0, 0))
        share = min(had / before, 1 - RARE) if before >= KNOWN_ENOUGH else 0.0
        surprising = filled == 0 and share and (1 - share) ** seen <= RARE * 1.001
        if surprising or (name in REQUIRED and filled == 0 and seen >= FEW):
            code = "undated" if name == "published_at" else "empty-field"
            yield Alarm("empty-field", cause(code, n=seen, field=name))


def of_causes(causes: tuple[Cause, ...], state: str) -> Iterator[Alarm]:
    """What stood in the way, when that is a wall or another layout."""
    for one in causes:
        why = one.facts.get("why")
        if isinstance(why, Cause) and why.code in WALLS:
            yield Alarm("captcha", one)
        elif one.code in LAYOUTS or (one.code == "post-unreadable" and state == "broken"):
            yield Alarm("layout", one)
