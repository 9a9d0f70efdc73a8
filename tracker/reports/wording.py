"""The words of a paper: plain sentences with their bases, never a figure from nowhere.

A paper is a Chinese official document whatever language the desk of its reader shows, and it is frozen: so its words are not
translated at display time and stand here, not in the message catalogue.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cache

from django.utils import translation

from tracker.posts.labels import LEVELS, TOPICS
from tracker.reports.paper import Json, Moment
from tracker.risks.clocks import SHANGHAI
from tracker.risks.lifecycle import STATES

UNKNOWN_PLACE = "地点未明"
# More than this many first places are no first place.
_LEADERS = 3
GRADES = (3, 2, 1)


@cache
def _labels() -> tuple[dict[int, str], dict[str, str], dict[str, str]]:
    """Of levels, topics and states: looked up once, for a big week prints tens of thousands."""
    with in_chinese():
        return (
            {n: str(label) for n, label in LEVELS.items()},
            {code: str(label) for code, label in TOPICS.items()},
            {str(name): str(spec.label) for name, spec in STATES.items()},
        )


def level(grade: int) -> str:
    """The word of a level, — for one that is none."""
    return _labels()[0].get(grade, "—")


def topic(code: str) -> str:
    """The word of a topic, the code itself where no word is known."""
    return _labels()[1].get(code, code)


def state(name: str) -> str:
    """The word of a state; KeyError for one that is none."""
    return _labels()[2][name]


@contextmanager
def in_chinese() -> Iterator[None]:
    """Labels of the lifecycle in Chinese within the block, whoever asks for the paper."""
    with translation.override("zh-hans"):
        yield


def local(moment: datetime) -> datetime:
    """`moment` on the office's clock."""
    return moment.astimezone(SHANGHAI)


def day(moment: datetime) -> str:
    """11月23日."""
    here = local(moment)
    return f"{here.month}月{here.day}日"


def minute(moment: datetime | None) -> str:
    """11-23 17:30, or — where there is no such moment."""
    if moment is None:
        return "—"
    here = local(moment)
    return Moment.of(f"{here.month:02d}-{here.day:02d} {here.hour:02d}:{here.minute:02d}", moment)


def moment(when: datetime) -> str:
    """11月23日17:30, for a sentence."""
    return f"{day(when)}{local(when):%H:%M}"


def full_day(moment: datetime) -> str:
    """2026年11月23日: Arabic, without leading zeros, as GB/T 9704 asks."""
    here = local(moment)
    return f"{here.year}年{here.month}月{here.day}日"


def percent(figure: Json) -> str:
    """80.0%（8/10）; without a base there is no rate to print."""
    return "无基数" if figure["v"] is None else f"{figure['v'] * 100:.1f}%（{figure['n']}/{figure['of']}）"


def compared(now: int, before: int, measure: str = "件", *, last: str) -> str:
    """The comparison with the `last` period and its base: 比上周（9件）增加3件, or 与上周持平（9件）."""
    if now == before:
        return f"与{last}持平（{before}{measure}）"
    return f"比{last}（{before}{measure}）{'增加' if now > before else '减少'}{abs(now - before)}{measure}"


def change(now: int, before: int) -> str:
    """+3, −3 or 持平: the cell of a comparison."""
    return "持平" if now == before else f"{'+' if now > before else '−'}{abs(now - before)}"


def points(now: Json, past: Json) -> str | None:
    """+2.5个百分点, −1.0个百分点 or 持平: the cell that compares two shares; None where one has no base."""
    if now["v"] is None or past["v"] is None:
        return None
    step = round((now["v"] - past["v"]) * 100, 1)
    return f"{'+' if step > 0 else '−'}{abs(step):.1f}个百分点" if step else "持平"


def turned(now: Json, past: Json, *, last: str) -> str:
    """，比上周（60.0%）上升5.0个百分点, with its comma; empty where one of the two has no base."""
    if now["v"] is None or past["v"] is None:
        return ""
    step, base = round((now["v"] - past["v"]) * 100, 1), f"{past['v'] * 100:.1f}%"
    if not step:
        return f"，与{last}持平（{base}）"
    return f"，比{last}（{base}）{'上升' if step > 0 else '下降'}{abs(step):.1f}个百分点"


def listing(pairs: Iterable[tuple[str, int]], measure: str = "件") -> str:
    """Each with its number: 长沙（5件）、株洲（2件）."""
    return "、".join(f"{name}（{number}{measure}）" for name, number in pairs)


def split(pairs: Iterable[tuple[str, int]], measure: str = "件") -> str:
    """重大1件、较大4件: the parts that are not empty."""
    return "、".join(f"{name}{number}{measure}" for name, number in pairs if number)


def most(values: Iterable[str], measure: str = "件") -> str:
    """以长沙（5件）最多 · 以长沙、株洲（各5件）最多; empty when nothing stands out (all alike, or nothing)."""
    counts = Counter(values)
    if not counts:
        return ""
    top = max(counts.values())
    leaders = sorted(name for name, number in counts.items() if number == top)
    if len(leaders) > _LEADERS or (len(leaders) == len(counts) and len(counts) > 1):
        return ""
    if len(counts) == 1:
        return f"均为{leaders[0]}" if top > 1 else f"为{leaders[0]}"
    each = "各" if len(leaders) > 1 else ""
    return f"以{'、'.join(leaders)}（{each}{top}{measure}）最多"


def ranked(values: Sequence[str]) -> list[tuple[str, int]]:
    """Each value with how often it occurs, most frequent first, then by name."""
    return sorted(Counter(values).items(), key=lambda pair: (-pair[1], pair[0]))


def brief(sentence: str, limit: int = 60) -> str:
    """`sentence` on one line, cut after `limit` characters with an ellipsis."""
    line = " ".join(sentence.split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def lasted(hours: float) -> str:
    """5小时, or 3天4小时."""
    days, rest = divmod(int(hours), 24)
    if not days:
        return f"{max(int(hours), 1)}小时"
    return f"{days}天{rest}小时" if rest else f"{days}天"
