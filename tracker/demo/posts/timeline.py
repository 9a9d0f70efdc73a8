"""When each post of the demo appears: two weeks of posts squeezed into minutes, never ahead of the real clock."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta, timezone

from tracker.demo.posts import DemoPost

# China has had one zone and no summer time since 1992; a fixed offset spares the demo the tz database.
LOCAL = timezone(timedelta(hours=8), "Asia/Shanghai")
WINDOW = timedelta(days=14)
DAY_END = time(16)
STRETCHED = timedelta(hours=48)
SHOWN_AT_START = 0.4
SPEED = 1250.0


@dataclass(frozen=True, slots=True)
class Timeline:
    """When things happen on the board, given the aware moment `start` of its opening; every method is pure.

    The window ends at `start`, so no post is ever younger than the present. Offsets were written for a window that ends
    at 16:00 local time. To keep mornings mornings whenever the demo starts, days run to the last 16:00 before `start`
    and only the final 48 hours are stretched over what is left; order is kept and the newest post stays at the end.
    """

    start: datetime
    speed: float = SPEED

    def __post_init__(self) -> None:
        if self.start.tzinfo is None:
            raise ValueError("the board's start must carry a time zone; pass datetime.now(UTC)")
        if not self.speed > 0:  # so that nan is refused too
            raise ValueError(f"the board's speed must be above 0, got {self.speed}")

    @property
    def gap(self) -> timedelta:
        """Time since the last 16:00 local, 0 ≤ gap < 24 h."""
        local = self.start.astimezone(LOCAL)
        end = datetime.combine(local.date(), DAY_END, LOCAL)
        return local - (end if end <= local else end - timedelta(days=1))

    @property
    def opening(self) -> datetime:
        """The board's time at `start`: about 40 % of the posts are older."""
        return self.start - (1 - SHOWN_AT_START) * (WINDOW + self.gap)

    def clock(self, now: datetime) -> datetime:
        """Tell the board's time at the real time `now`: `speed` times as fast, standing once it has reached `start`."""
        elapsed = max(now - self.start, timedelta(0))
        # Compared before it is multiplied: a demo begun months ago times a great speed leaves datetime's range.
        left = self.start - self.opening
        at = self.start if elapsed >= left / self.speed else self.opening + elapsed * self.speed
        return min(at, now)

    def published(self, post: DemoPost) -> datetime:
        """When the post appears; the seconds come from its key, for no crowd writes on the full minute."""
        age = timedelta(minutes=post.offset_minutes)
        age += self.gap * min(age / STRETCHED, 1.0)
        moment = self.start.astimezone(LOCAL) - age - timedelta(seconds=zlib.crc32(post.key.encode()) % 60)
        return moment.replace(microsecond=0)

    def answered(self, post: DemoPost) -> datetime:
        """When the department's reply appears under the post: 20 to 68 hours after it."""
        return self.published(post) + timedelta(hours=20 + zlib.crc32(post.nick.encode()) % 48)


@dataclass(frozen=True, slots=True)
class Entry:
    """A post on the board: its number there, counted oldest first, and its times."""

    number: int
    post: DemoPost
    created: datetime
    replied: datetime

    def reply_at(self, clock: datetime) -> str:
        """Give the reply if it has been given by `clock`, else empty."""
        return self.post.reply if self.replied <= clock else ""


def dated(posts: Iterable[DemoPost], line: Timeline) -> tuple[Entry, ...]:
    """Count the posts, oldest first, as a board does whose numbers go up."""
    rows = sorted(((line.published(post), post.key, post) for post in posts), key=lambda row: row[:2])
    return tuple(Entry(number, post, at, line.answered(post)) for number, (at, _, post) in enumerate(rows, 1))
