"""How a deadline looks to a person, pure: the time left in words, its tone, and the arithmetic behind it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop, ngettext

from tracker.risks.clocks import SHANGHAI, used
from tracker.risks.lifecycle import State
from tracker.risks.models import Risk

SOON: Final = 0.75  # the first step of the reminder ladder
PURPOSES: Final[dict[str, str | Promise]] = {
    "sign": gettext_lazy("签收"),
    "treat": gettext_lazy("办理"),
    "answer": gettext_lazy("公开答复"),
}
# Words that the store keeps in Chinese with each frozen deadline; named here so that a page can translate them.
_WHY_SKIPPED: Final = (
    gettext_noop("周末"), gettext_noop("元旦"), gettext_noop("春节"), gettext_noop("清明节"), gettext_noop("劳动节"),
    gettext_noop("端午节"), gettext_noop("国庆节"), gettext_noop("中秋节"), gettext_noop("抗战胜利70周年"),
    gettext_noop("农历除夕"), gettext_noop("春节（补假）"), gettext_noop("劳动节（补假）"), gettext_noop("国庆节（补假）"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Face:
    """One clock. `tone` is one of ok, soon, late, met, missed; `share` 0..100 of the time used (capped)."""

    purpose: str
    label: str
    words: str
    tone: str
    due: datetime | None
    share: int
    lines: tuple[str, ...] = ()


def span_words(span: timedelta) -> str:
    """A length of time in its two largest units, never negative: 2 天 3 小时, 45 分钟."""
    minutes = max(int(abs(span).total_seconds() // 60), 0)
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        text = ngettext("{n} 天", "{n} 天", days).format(n=days)
        return text + (" " + ngettext("{n} 小时", "{n} 小时", hours).format(n=hours) if hours else "")
    if hours:
        return ngettext("{n} 小时", "{n} 小时", hours).format(n=hours)
    return ngettext("{n} 分钟", "{n} 分钟", rest).format(n=rest)


def face(
    purpose: str, due: datetime | None, *, now: datetime, start: datetime | None = None, done: datetime | None = None,
    reckoning: Mapping[str, Any] | None = None,
) -> Face:  # fmt: skip
    """The clock of `purpose`; `done` is when it was met, which stops it."""
    label = str(PURPOSES[purpose])
    if due is None:
        return Face(purpose, label, _("尚未起算"), "ok", None, 0)
    lines = tuple(arithmetic(reckoning)) if reckoning else ()
    if done is not None:
        late = done > due
        words = _("超时 {span} 完成").format(span=span_words(done - due)) if late else _("按时完成")
        return Face(purpose, label, words, "missed" if late else "met", due, 100, lines)
    share = used(start, due, now) if start else 0.0
    if now > due:
        return Face(purpose, label, _("已逾期 {span}").format(span=span_words(now - due)), "late", due, 100, lines)
    words = _("还剩 {span}").format(span=span_words(due - now))
    return Face(
        purpose, label, words, "soon" if share >= SOON else "ok", due, max(0, min(100, round(share * 100))), lines
    )


def faces(risk: Risk, now: datetime, *, explained: bool = True) -> list[Face]:
    """The clocks of a risk: signing while it is awaited, treatment, and the public answer; `explained` with their arithmetic."""
    book = risk.arithmetic
    sums = book if explained else {}
    ended = risk.closed_at if risk.state in (State.CLOSED, State.WITHDRAWN) else None
    clocks = []
    if risk.state == State.ASSIGNED and risk.sign_due:
        clocks.append(face("sign", risk.sign_due, now=now, start=_start(book, "sign"), reckoning=sums.get("sign")))
    # An application in time keeps the clock, however long it is verified; one that is sent back has not.
    done = risk.submitted_at or ended
    clocks.append(
        face("treat", risk.treat_due, now=now, start=risk.assigned_at, done=done, reckoning=sums.get("treat"))
    )
    answered = risk.answered_at or ended
    clocks.append(
        face(
            "answer",
            risk.answer_due,
            now=now,
            start=_start(book, "answer"),
            done=answered,
            reckoning=sums.get("answer"),
        )
    )
    return clocks


def nearest(risk: Risk, now: datetime) -> Face:
    """The one clock a list shows: of those still running the first to fall due, else the treatment clock.

    Without its arithmetic, which no list shows and which took a quarter of a page of them.
    """
    every = faces(risk, now, explained=False)
    running = [f for f in every if f.due and f.tone in ("ok", "soon", "late")]
    return min(running, key=lambda f: f.due or now) if running else every[-2]


def _start(book: Mapping[str, Any], purpose: str) -> datetime | None:
    start = book.get(purpose, {}).get("start")
    return datetime.fromisoformat(start) if start else None


def moment_words(text: str) -> str:
    """A moment of the store as a page prints it, in Shanghai."""
    return date_format(datetime.fromisoformat(text).astimezone(SHANGHAI), "Y-m-d H:i")


def arithmetic(reckoning: Mapping[str, Any]) -> list[str]:
    """The sum of a frozen deadline, line by line: start, length, each day that did not count, end, and the basis."""
    amount = int(reckoning["amount"])
    length = (
        ngettext("{n} 小时（自然小时）", "{n} 小时（自然小时）", amount)
        if reckoning["unit"] == "hours"
        else ngettext("{n} 个工作日（次日起算）", "{n} 个工作日（次日起算）", amount)
    ).format(n=amount)
    lines = [_("起：{moment}").format(moment=moment_words(reckoning["start"])), _("限：{length}").format(length=length)]
    lines += [
        _("{moment} 等级由 {was} 级调为 {level} 级，原期限 {due}").format(
            moment=moment_words(at), was=was, level=level, due=moment_words(due)
        )
        for at, was, level, due in reckoning.get("levels", ())
    ]
    if counted_from := reckoning.get("counted_from"):
        lines.append(_("自 {moment} 起按新等级计算").format(moment=moment_words(counted_from)))
    if granted := sum(reckoning.get("granted", ())):
        lines.append(ngettext("其中延期：{n} 个工作日", "其中延期：{n} 个工作日", granted).format(n=granted))
    if skipped := _stretches(reckoning.get("skipped", ())):
        lines.append(_("不计：{days}").format(days=_("、").join(skipped)))
    lines.append(_("止：{moment}").format(moment=moment_words(reckoning["due"])))
    return lines + [_("依据：{note}").format(note=_(note)) for note in reckoning.get("notes", ())]


def _stretches(skipped: Iterable[tuple[str, str]]) -> list[str]:
    """The days that did not count, neighbours with the same reason as one: 11-28–11-29 周末."""
    found: list[tuple[date, date, str]] = []
    for text, why in skipped:
        day = date.fromisoformat(text)
        if found and found[-1][2] == why and found[-1][1] + timedelta(days=1) == day:
            found[-1] = (found[-1][0], day, why)
        else:
            found.append((day, day, why))
    return [_stretch(*row) for row in found]


def _stretch(first: date, last: date, why: str) -> str:
    ends = [date_format(day, "m-d") for day in dict.fromkeys((first, last))]
    return f"{'–'.join(ends)} {_(why)}".rstrip() if why else "–".join(ends)


def paused_until(reckoning: Mapping[str, Any], now: datetime) -> date | None:
    """The day on which the pause that runs at `now` ends; None when the clock runs."""
    today = now.astimezone(SHANGHAI).date()
    for first, until, _why in reckoning.get("pauses", ()):
        if date.fromisoformat(first) <= today < date.fromisoformat(until):
            return date.fromisoformat(until)
    return None
