"""A page's own words for a time, as an aware time; a time that cannot be read is None, never a guess.

Times without a zone are the board's local time. A date without a time is its midnight there.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo
from email.utils import parsedate_to_datetime
from typing import Final

_DATE = re.compile(
    r"(?<!\d)(\d{4})\s{0,2}[-/.年]\s{0,2}(\d{1,2})\s{0,2}[-/.月]\s{0,2}(\d{1,2})(?:\s{0,2}日)?"
    r"(?:[T\s\u3000]{0,6}(\d{1,2})\s?[:：时]\s?(\d{1,2})(?:\s?[:：分]\s?(\d{1,2})(?:\.\d{1,9})?)?\s?秒?分?)?"
    r"(?:\s?(Z|[+-]\d{2}:?\d{2}))?"
)
_NUMBER = re.compile(r"\d{9,10}(?:\d{3})?(?:\.\d{1,6})?")
MILLISECONDS: Final = 10**11  # a larger number of seconds would lie after the year 5138


def parse_time(value: object, zone: tzinfo) -> datetime | None:
    """The aware UTC time in `value` (unix seconds or milliseconds, ISO 8601, a Chinese or RFC 2822 date), or None."""
    if value is None or isinstance(value, bool):
        return None
    text = str(value).strip()
    try:
        if _NUMBER.fullmatch(text):
            seconds = float(text)
            return datetime.fromtimestamp(seconds / 1000 if seconds > MILLISECONDS else seconds, UTC)
        return _calendar(text, zone) or _mail_date(text, zone)
    except (ValueError, OverflowError, OSError):
        return None


def _calendar(text: str, zone: tzinfo) -> datetime | None:
    match = _DATE.search(text)
    if match is None:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
    offset = match[7]
    if offset:
        named = "+00:00" if offset == "Z" else offset
        zone = datetime.strptime(named.replace(":", ""), "%z").tzinfo or zone
    return datetime(year, month, day, hour, minute, second, tzinfo=zone).astimezone(UTC)


def _mail_date(text: str, zone: tzinfo) -> datetime | None:
    if not any(letter.isalpha() for letter in text):
        return None
    when = parsedate_to_datetime(text)
    return (when if when.tzinfo else when.replace(tzinfo=zone)).astimezone(UTC)
