"""Sections of a report that rest on the sheet and its ledger: new risks, key risks, named. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

from tracker.reports.columns import LATE, LEVEL, NUMBER, PROBLEM, STATE, UNIT, when
from tracker.reports.frame import Frame
from tracker.reports.history import Snapshot
from tracker.reports.paper import OVERDUE, Cell, Column, Json, Section, chart, count, items, table, text
from tracker.reports.tally import keys
from tracker.reports.wording import (
    GRADES,
    UNKNOWN_PLACE,
    brief,
    lasted,
    level,
    listing,
    minute,
    moment,
    ranked,
    state,
    topic,
)
from tracker.risks.lifecycle import LEVEL_OF_APPROVAL, OUTCOMES, RETURN_REASONS, Act, State

_BACK_TWICE = 2
# An empty table after a sentence that has said it already.
_SILENT = {"empty": ""}
# Every topic and every prefecture fits.
_DRAWN = 15


def new_risks(view: Frame) -> Section:
    """③ by level × topic and level × prefecture, and the crossing of the three."""
    listed = view.now.listed()
    by_topic = _levels(view, "按领域和等级", "领域", listed, lambda s: topic(s.topic))
    by_place = _levels(view, "按市州和等级", "市州", listed, view.prefecture) | ({} if listed else _SILENT)
    blocks = (by_topic, *_drawn("各领域的等级", by_topic), by_place, *_drawn("各市州的等级", by_place))
    return Section("new", "新增隐患", view.from_posts(), blocks)


def _drawn(title: str, block: Json) -> Sequence[Json]:
    """The rows of a table of levels as stacked bars, where there are several to compare."""
    rows = block["rows"][:_DRAWN]
    if len(rows) <= 1:
        return ()
    series = [(level(grade), [row[at]["v"] for row in rows]) for at, grade in enumerate(GRADES, 1)]
    return (chart(title, "stacked", [row[0] for row in rows], series),)


def _levels(view: Frame, title: str, head: str, shots: Sequence[Snapshot], group: Callable[[Snapshot], str]) -> Json:
    groups: dict[str, list[Snapshot]] = {}
    for shot in shots:
        groups.setdefault(group(shot), []).append(shot)
    order = sorted(groups, key=lambda name: (name == UNKNOWN_PLACE, -len(groups[name]), name))
    rows = [[name, *_level_cells(groups[name])] for name in order]
    columns = [Column(head, 14), *(Column(level(n), 8, "right") for n in GRADES), Column("合计", 8, "right")]
    total: list[Cell] = ["合计", *_level_cells(shots)]
    return table(title, columns, rows, total=total if rows else None, empty=f"{view.this}没有新列单隐患。")


def _level_cells(shots: Sequence[Snapshot]) -> list[Cell]:
    return [*(count(keys(shots, lambda s, n=n: s.level == n)) for n in GRADES), count(keys(shots))]  # type: ignore[misc]


def crossed(view: Frame) -> Section:
    """The annex to section three: prefecture × topic × level."""
    return Section("crossed", "新增隐患分布表", view.from_posts(), (_crossed(view, view.now.listed()),))


def _crossed(view: Frame, listed: Sequence[Snapshot]) -> Json:
    groups: dict[tuple[str, str], list[Snapshot]] = {}
    for shot in listed:
        groups.setdefault((view.prefecture(shot), topic(shot.topic)), []).append(shot)
    order = sorted(groups, key=lambda pair: (pair[0] == UNKNOWN_PLACE, pair))
    rows = [[place, field, *_level_cells(groups[place, field])] for place, field in order]
    columns = [
        Column("市州", 10, group=True), Column("领域", 12), *(Column(level(n), 7, "right") for n in GRADES),
        Column("合计", 7, "right"),
    ]  # fmt: skip
    total: list[Cell] = ["合计", "", *_level_cells(listed)]
    return table("市州与领域交叉", columns, rows, total=total if rows else None, empty=f"{view.this}没有新列单隐患。")


def key_risks(view: Frame) -> Section:
    """④ one by one: level 3, supervised, recurred or sent back twice, open at the end or touched in the period."""
    touched = {act.subject for act in view.now.acts}
    shots = [s for s in view.now.after if _is_key(s) and (s.open or s.key in touched)]
    shots.sort(key=lambda s: (not s.open, -s.level, s.treat_due or view.until, s.row.number))
    shown, rest = shots[: view.rules.key_shown], shots[view.rules.key_shown :]
    blocks = [items([_entry(view, s) for s in shown], empty=f"{view.this}没有重点隐患。")]
    if rest:
        more = f"另有{len(rest)}件重点隐患未逐件列出，见清单。"
        blocks.append(text(more, figures=[("未逐件列出的重点隐患", count(keys(rest)))]))
    note = "重点隐患指：重大隐患，已督办的、复发的、两次以上发回重办的隐患。"
    return Section("key", "重点隐患", view.from_ledger() + note, tuple(blocks))


def _is_key(shot: Snapshot) -> bool:
    grave = shot.level >= LEVEL_OF_APPROVAL or shot.supervised or shot.recurrences or shot.send_backs >= _BACK_TWICE
    return bool(grave) and shot.state not in ("", State.WITHDRAWN)


def _entry(view: Frame, shot: Snapshot) -> tuple[str, list[str], list[str]]:
    marks = [level(shot.level)] + ["督办"] * shot.supervised + ["复发"] * bool(shot.recurrences)
    head = f"{brief(shot.row.problem, 40)}（{shot.row.number}，{'、'.join(marks)}）"
    where = shot.row.place or UNKNOWN_PLACE
    due = f"，办理期限{moment(shot.treat_due)}" if shot.treat_due else ""
    return head, [f"地点：{where}。承办单位：{view.unit(shot.unit)}{due}。", f"现状：{_step(shot, view)}。"], [shot.key]


def _step(shot: Snapshot, view: Frame) -> str:
    """The state and what comes next."""
    label = state(shot.state)
    late = ""
    if shot.overdue(view.until) and shot.treat_due:
        late = f"，已逾期{lasted((view.until - shot.treat_due) / timedelta(hours=1))}"
    sign = moment(shot.sign_due) if shot.sign_due else "—"
    nexts = {
        State.LISTED: "下一步：交办",
        State.ASSIGNED: f"下一步：由承办单位签收（时限{sign}）",
        State.RETURNED: "下一步：裁定承办单位",
        State.HANDLING: "下一步：整改并申请销号",
        State.SUBMITTED: "下一步：由承办单位以外的人核查",
        State.APPROVING: "下一步：领导批准",
        State.CLOSED: f"结果：{OUTCOMES.get(shot.outcome, '—')}",  # type: ignore[call-overload]
    }
    return f"{label}{late}，{nexts[State(shot.state)]}"


def named(view: Frame) -> Section:
    """⑥ overdue-open one by one without exception, and what was returned."""
    late = view.now.overdue()
    units = ranked([view.unit(s.unit) for s in late])
    line = f"期末逾期未结{len(late)}件，涉及{listing(units)}。" if late else "期末没有逾期未结事项。"
    total = text(line, figures=[("逾期未结", count(keys(late)))])
    listed = overdue_table(view) | ({} if late else _SILENT)
    return Section("named", "点名：逾期与退回", view.from_ledger(), (total, listed, _returned(view)))


def overdue_table(view: Frame) -> Json:
    """Every item open past its treatment deadline: no rule, no limit and no rank leaves one out."""
    late = view.now.overdue()
    submitted = sum(s.state in (State.SUBMITTED, State.APPROVING) for s in late)
    rows: list[list[Cell]] = [
        [s.row.number, brief(s.row.problem, 36), level(s.level), view.unit(s.unit), minute(s.treat_due),
         lasted((view.until - s.treat_due) / timedelta(hours=1)) if s.treat_due else None,
         state(s.state)]
        for s in late
    ]  # fmt: skip
    columns = [NUMBER, PROBLEM, LEVEL, UNIT, when("到期"), LATE, STATE]
    note = "逾期未结事项逐件列出，无一例外。"
    note += f"其中{submitted}件承办单位已申请销号，待核查或批准。" if submitted else ""
    return table(f"{OVERDUE}（{len(late)}件）", columns, rows, note=note, empty="期末没有逾期未结事项。")


def _returned(view: Frame) -> Json:
    numbers = {s.key: s for s in view.now.after}
    rows: list[list[Cell]] = []
    for act in view.now.acts:
        if act.act != f"risk.{Act.RETURN}":
            continue
        shot = numbers[act.subject]
        brought = act.brought
        why = RETURN_REASONS.get(str(brought.get("reason_code")), "")
        rows.append([
            shot.row.number, brief(shot.row.problem, 30), view.unit(str(brought.get("unit", ""))), minute(act.moment),
            f"{why}：{brief(act.reason, 40)}", state(shot.state),
        ])  # fmt: skip
    columns = [NUMBER, PROBLEM, Column("退回单位", 14), when("时间"), Column("事由", 21), Column("期末状态", 13)]
    return table(f"{view.this}退回（{len(rows)}件次）", columns, rows, empty=f"{view.this}没有退回。")


LISTED = (NUMBER, PROBLEM, UNIT)


def withdrawn_table(view: Frame) -> Json:
    """Every item taken off the sheet as listed in error, with the reason."""
    shots = {s.key: s for s in view.now.after}
    rows: list[list[Cell]] = []
    for act in view.now.acts:
        if act.act == f"risk.{Act.WITHDRAW}":
            shot = shots[act.subject]
            words = brief(shot.row.problem, 36)
            rows.append([shot.row.number, words, view.unit(shot.unit), minute(act.moment), brief(act.reason, 60)])
    columns = [*LISTED, when("撤单时间"), Column("理由", 24)]
    return table(f"撤单（{len(rows)}件）", columns, rows, empty=f"{view.this}没有撤单。")
