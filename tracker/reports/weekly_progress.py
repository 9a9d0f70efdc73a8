"""Section five of a report, pure: what moved under the four mechanisms, the balance of the sheet, units, the share in the bud."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from tracker.ledger.models import moment_text
from tracker.reports.facts import ActRow
from tracker.reports.frame import Frame
from tracker.reports.paper import Cell, Column, Json, Section, chart, count, share, table, text
from tracker.reports.periods import Period
from tracker.reports.tally import Tally, breached, keys, struck_off
from tracker.reports.units import unit_table
from tracker.reports.wording import change, percent
from tracker.risks.lifecycle import OUTCOMES, Act, Outcome


def mechanisms(view: Frame) -> Section:
    """⑤ the balance, its trend, the acts, the units, the outcomes."""
    blocks = (_balance(view), _flow(view), moves(view), *unit_table(view), outcomes(view), *_in_the_bud(view))
    return Section("mechanisms", "“一单四制”进展", view.from_ledger(), blocks)


def _balance(view: Frame) -> Json:
    now = view.now
    cells: list[Cell] = [
        count(now.open_before()), count(now.moved(Act.LIST)), count(now.moved(Act.REOPEN)),
        count(act.key for act in now.struck()), count(now.moved(Act.WITHDRAW)), count(now.open_after()),
    ]  # fmt: skip
    titles = ("期初在办", "新列单", "复发重办", "销号", "撤单", "期末在办")
    note = "期初在办＋新列单＋复发重办－销号－撤单＝期末在办。"
    return table("清单收支", [Column(t, 10, "centre") for t in titles], [cells], note=note)


def _trend(view: Frame) -> list[Period]:
    return [view.period.shifted(-back) for back in reversed(range(view.period.trend))]


def _in(period: Period, acts: Iterable[ActRow]) -> list[ActRow]:
    low, high = moment_text(period.since), moment_text(period.until)
    return [act for act in acts if low <= act.at < high]


def _flow(view: Frame) -> Json:
    """New, struck off and newly overdue, period by period; one before the ledger began is a gap, not a zero."""
    periods, flow, began = _trend(view), view.facts.flow, view.facts.head.began
    kinds = (
        ("新列单", [act for act in flow if act.act == f"risk.{Act.LIST}"]),
        ("销号", [act for act in flow if struck_off(act)]),
        ("新逾期", [act for act in flow if breached(act)]),
    )
    known = [bool(began) and began < moment_text(period.until) for period in periods]
    series: list[tuple[str, list[float | None]]] = [
        (name, [len(_in(p, acts)) if seen else None for p, seen in zip(periods, known, strict=True)])
        for name, acts in kinds
    ]
    note = "新逾期：办理期限在该期内届满而未销号。"
    title = f"近{len(periods)}{view.period.each.removeprefix('每')}新列单、销号与新逾期"
    return chart(title, "lines", [period.short() for period in periods], series, note=note)


def _of(*acts: Act) -> Callable[[Tally], Iterable[str]]:
    return lambda tally: tally.moved(*acts)


_MOVES: tuple[tuple[str, str, Callable[[Tally], Iterable[str]]], ...] = (
    ("交办制", "交办", _of(Act.ASSIGN)),
    ("交办制", "签收", _of(Act.SIGN)),
    ("交办制", "退回", _of(Act.RETURN)),
    ("交办制", "裁定后重新交办", _of(Act.REASSIGN)),
    ("交办制", "转办", _of(Act.TRANSFER)),
    ("台账制", "填报进展、上传凭证", _of(Act.PROGRESS, Act.ATTACH)),
    ("台账制", "催办", _of(Act.REMIND)),
    ("台账制", "督办", _of(Act.SUPERVISE)),
    ("销号制", "申请销号", _of(Act.SUBMIT)),
    ("销号制", "核查通过并销号", lambda tally: (act.key for act in tally.struck())),
    ("销号制", "发回重办", _of(Act.SEND_BACK)),
    ("销号制", "复发重办", _of(Act.REOPEN)),
    ("销号制", "撤单", _of(Act.WITHDRAW)),
    ("通报制", "期末逾期未结", lambda tally: keys(tally.overdue())),
    ("通报制", "期末逾期未答复", lambda tally: keys(tally.unanswered())),
)


def moves(view: Frame) -> Json:
    """The acts under each mechanism, beside those of the period before."""
    rows: list[list[Cell]] = []
    for group, name, of in _MOVES:
        now, past = count(of(view.now)), count(of(view.past))
        rows.append([group, name, now, past, change(now["v"], past["v"])])
    columns = [
        Column("机制", 8, group=True), Column("事项", 16), Column(view.this, 8, "right"), Column(view.last, 8, "right"),
        Column("增减", 8, "right"),
    ]  # fmt: skip
    return table("四制运行", columns, rows, note="按件次计：同一件在本期内签收两次算两件次。")


def outcomes(view: Frame) -> Json:
    """How what was struck off ended."""
    rows: list[list[Cell]] = [[str(label), count(view.now.struck_as(name))] for name, label in OUTCOMES.items()]
    total: list[Cell] = ["合计", count(act.key for act in view.now.struck())]
    columns = [Column("销号结果", 14), Column("件次", 8, "right")]
    return table("销号结果", columns, rows, total=total, note="只有“已整改”算整改。")


def _in_the_bud(view: Frame) -> Sequence[Json]:
    """Of what was fixed, how much before it grew loud: the share that managers ask for, with its definition and its trend."""
    alarm, voices = view.rules.alarm_posts, view.facts.voices
    fixed = view.now.fixed()
    quiet = [key for key in fixed if voices.get(key, 0) < alarm]
    rate = share(quiet, fixed)
    meaning = f"萌芽化解率＝销号时来源发帖不足{alarm}条的已整改件次÷已整改件次。"
    if not fixed:
        line = f"{view.this}没有已整改的事项，萌芽化解率无数据。{meaning}"
    else:
        line = f"{view.this}已整改{len(fixed)}件次，其中{len(quiet)}件次在萌芽阶段化解，萌芽化解率{percent(rate)}。{meaning}"
    said = text(line, figures=[("已整改", count(fixed)), ("萌芽化解率", rate)])
    values = [_bud_share(view, period) for period in _trend(view)]
    if sum(value is not None for value in values) <= 1:
        return (said,)
    names = [period.short() for period in _trend(view)]
    note = "没有已整改事项的一期无基数，不画点。"
    return (said, chart("萌芽化解率的走势（%）", "lines", names, [("萌芽化解率", values)], note=note))


def _bud_share(view: Frame, period: Period) -> int | None:
    """Per cent of what was fixed in `period`, None without a base."""
    fixed = [
        act.key
        for act in _in(period, view.facts.flow)
        if struck_off(act) and act.brought.get("outcome") == Outcome.FIXED
    ]
    quiet = [key for key in fixed if view.facts.voices.get(key, 0) < view.rules.alarm_posts]
    return round(100 * len(quiet) / len(fixed)) if fixed else None
