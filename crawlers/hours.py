"""Quiet hours of a source, written as "22:00-06:00" in its own zone: nobody asks a board anything while it is to be left alone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

_SPAN = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")


def span(text: str) -> tuple[time, time]:
    """The start and the end in `text`; ValueError when it is not written so, or both are the same."""
    found = _SPAN.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is not written as HH:MM-HH:MM")
    hours = list(map(int, found.groups()))
    start, end = time(hours[0], hours[1]), time(hours[2], hours[3])
    if start == end:
        raise ValueError(f"{text!r} begins when it ends")
    return start, end


def quiet_until(now: datetime, spans: Sequence[str], zone: ZoneInfo) -> datetime | None:
    """When the quiet that holds at `now` ends; None when there is none."""
    local = now.astimezone(zone)
    for start, end in map(span, spans):
        at = local.time()
        inside = start <= at < end if start < end else at >= start or at < end
        if inside:
            day = local.date() + timedelta(days=1) if start > end and at >= start else local.date()
            return datetime.combine(day, end, zone)
    return None
