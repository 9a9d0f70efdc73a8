"""Sections of a report about the public: coverage, answers, review, what comes; and the ledger annex. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import timedelta
from functools import cache

from tracker.accounts.actors import SYSTEM
from tracker.reports.columns import LATE, LEVEL, NUMBER, PROBLEM, STATE, UNIT, when
from tracker.reports.facts import ActRow, VerdictRow
from tracker.reports.frame import Frame
from tracker.reports.history import Snapshot
from tracker.reports.paper import Cell, Column, Json, Section, count, share, table, text
from tracker.reports.tally import keys
from tracker.reports.wording import brief, in_chinese, lasted, level, minute, percent
from tracker.reports.wording import state as state_word
from tracker.risks.lifecycle import TABLE, Act

_RUN_STATES = {
    "ok": "正常", "ok-nothing-new": "正常，无新内容", "degraded": "不完整", "blocked": "被拒绝", "broken": "页面已变",
    "down": "无法访问", "skipped": "未采集",
}  # fmt: skip


def coverage(view: Frame) -> Section:
    """② which sources were due, ran and were healthy, and for how long each was blind."""
    sights = view.sights
    rows: list[list[Cell]] = []
    for row in sights.rows:
        last = row.runs[-1] if row.runs else None
        state = _RUN_STATES.get(last.state, last.state) if last else f"{view.this}未采集"
        why = f"{state}：{brief(last.reason, 40)}" if last and last.reason and not last.healthy else state
        runs = f"{len(row.healthy)}/{len(row.runs)}"
        rows.append([brief(row.source.title, 24), runs, f"{row.hours_blind:g}", minute(row.last_healthy), why])
    columns = [
        Column("数据源", 24), Column("正常/采集次数", 16, "centre"), Column("失明小时", 12, "right"), when("最近一次正常"),
        Column("最近一次采集", 24),
    ]  # fmt: skip
    line = (
        f"启用数据源{len(sights.due)}个，{view.this}采集过{len(sights.run)}个，全程可见{len(sights.clear)}个，"
        f"期末可见{len(sights.seeing)}个，合计失明{sights.hours_blind:g}小时。"
    )
    figures = [
        ("启用数据源", count(sights.due)), ("采集过", count(sights.run)), ("全程可见", count(sights.clear)),
        ("期末可见", count(sights.seeing)),
    ]  # fmt: skip
    note = "失明：距上一次正常采集已超过该数据源采集周期3倍的时间。失明期间的“没有”不是“没有隐患”。"
    body = table("各数据源", columns, rows, note=note, empty="没有启用的数据源。")
    return Section("coverage", "数据覆盖与缺口", view.from_posts(), (text(line, figures=figures), body), new_page=True)


def answers(view: Frame) -> Section:
    """⑦ answers to the public that fell due in the period, and every one still owed."""
    due, owed = view.now.answers(), view.now.unanswered()
    line = f"{view.this}没有到期的公众答复。"
    if due.whole:
        line = (
            f"{view.this}应答复{len(due.whole)}件：按时答复{len(due.on_time)}件，逾期后答复{len(due.late)}件，"
            f"期末仍未答复{len(due.still_open)}件，按时率{percent(share(due.on_time, due.whole))}。"
        )
    figures = [
        ("应答复", count(due.whole)), ("按时答复", count(due.on_time)), ("逾期后答复", count(due.late)),
        ("仍未答复", count(due.still_open)), ("按时率", share(due.on_time, due.whole)),
        ("期末逾期未答复", count(keys(owed))),
    ]  # fmt: skip
    rows: list[list[Cell]] = [
        [s.row.number, brief(s.row.problem, 40), view.unit(s.unit), minute(s.answer_due),
         lasted((view.until - s.answer_due) / timedelta(hours=1)) if s.answer_due else None]
        for s in owed
    ]  # fmt: skip
    columns = [NUMBER, PROBLEM, UNIT, when("答复期限"), LATE]
    note = "答复期限：自发现起48小时（国办发〔2016〕61号），或按本部门时限表。"
    body = table(f"期末逾期未答复（{len(owed)}件）", columns, rows, note=note, empty="期末没有逾期未答复事项。")
    return Section("answers", "公众答复", view.from_ledger(), (text(line, figures=figures), body))


def review(view: Frame) -> Section:
    """⑨ machine and human: what analysts decided, the share of false alarms with its interval, misses found."""
    made = _standing(view.facts.verdicts)
    flagged = [v for v in made if v.flagged]
    false = [v.key for v in flagged if v.decision == "dismissed"]
    missed = [v.key for v in made if v.decision == "confirmed" and not v.flagged]
    corrected = [v.key for v in made if _corrected(v)]
    rate = share(false, [v.key for v in flagged])
    figures = [
        ("研判", count(v.key for v in made)), ("误报率", rate), ("人工补列", count(missed)), ("改正标签", count(corrected)),
        ("待研判", count(f"event:{pk}" for pk in view.facts.pending)),
    ]  # fmt: skip
    lines = [text(_verdict_line(view, made, corrected), figures=figures)]
    if flagged:
        low, high = wilson(rate["n"], rate["of"])
        lines.append(text(f"误报率{percent(rate)}，95%置信区间{low * 100:.1f}%至{high * 100:.1f}%（威尔逊法）。"))
    audit = f"系统未提示而由人工补列{len(missed)}件；" if missed else ""
    lines.append(_miss_line(view, audit))
    lines.append(text(f"期末待研判事件{len(view.facts.pending)}件。"))
    return Section("review", "机器提示与人工研判", view.from_posts(), tuple(lines))


def _standing(verdicts: Sequence[VerdictRow]) -> list[VerdictRow]:
    """The decisions that nobody took back before the period ended."""
    taken_back = {v.event: v.id for v in verdicts if v.decision == "pending"}
    return [v for v in verdicts if v.decision != "pending" and v.id > taken_back.get(v.event, 0)]


def _miss_line(view: Frame, found_by_hand: str) -> Json:
    """How much the machine finds of what there is, from a blind sample that people judged; no sample, no share."""
    audit = view.facts.miss_audit
    if audit is None:
        return text(f"{found_by_hand}{view.this}未做漏报抽查，漏报率尚未测得。", figures=[("漏报率", share((), ()))])
    line = f"{found_by_hand}{view.this}盲抽未提示的事件{len(audit.drawn)}件，已研判{len(audit.judged)}件，其中应列单{len(audit.missed)}件；"
    if audit.value is None:
        line += "样本还不足以估计检出率。"
    else:
        line += f"按抽样概率估计，应列单的有{audit.value * 100:.1f}%被系统提示，95%置信区间{audit.low * 100:.1f}%至{audit.high * 100:.1f}%。"
    return text(line, figures=[("盲抽已研判", count(audit.judged)), ("盲抽应列单", count(audit.missed))])


def _verdict_line(view: Frame, made: Sequence[VerdictRow], corrected: Sequence[str]) -> str:
    if not made:
        return f"{view.this}没有研判记录。"
    listed = sum(v.decision == "confirmed" for v in made)
    fixed = f"；列单时改正标签{len(corrected)}件" if corrected else ""
    return f"{view.this}研判{len(made)}件次：列单{listed}件次，不列单{len(made) - listed}件次{fixed}。"


def _corrected(verdict: VerdictRow) -> bool:
    return any(verdict.machine.get(name) != value for name, value in verdict.labels.items())


def wilson(hits: int, trials: int) -> tuple[float, float]:
    """The 95 % score interval of hits/trials (E. B. Wilson, 1927): honest for small bases and for 0 and 1; (0, 1) for none."""
    if not trials:
        return 0.0, 1.0
    z2, p = 1.959964**2, hits / trials
    middle = (p + z2 / (2 * trials)) / (1 + z2 / trials)
    half = math.sqrt(z2 * (p * (1 - p) / trials + z2 / (4 * trials**2))) / (1 + z2 / trials)
    return max(middle - half, 0.0), min(middle + half, 1.0)


def coming_due(view: Frame) -> list[Snapshot]:
    """Open at the end of the period and due in the period that follows, gravest and soonest first."""
    limit = view.period.shifted(1).until
    shots = [s for s in view.now.after if s.open and s.treat_due and view.until <= s.treat_due < limit]
    return sorted(shots, key=lambda s: (-s.level, s.treat_due or limit, s.row.number))


def next_period(view: Frame) -> Section:
    """⑩ what falls due next, on how many working days."""
    coming = coming_due(view)
    shown = coming[: view.rules.due_shown]
    rows: list[list[Cell]] = [
        [s.row.number, brief(s.row.problem, 36), level(s.level), view.unit(s.unit), minute(s.treat_due),
         state_word(s.state)]
        for s in shown
    ]  # fmt: skip
    columns = [NUMBER, PROBLEM, LEVEL, UNIT, when("到期"), STATE]
    days = view.facts.working_days
    line = f"{view.coming}有{len(days)}个工作日，{len(coming)}件到期。"
    note = f"先列等级高、到期早的{len(shown)}件，共{len(coming)}件。" if len(coming) > len(shown) else ""
    body = table(
        f"{view.coming}到期（{len(coming)}件）", columns, rows, note=note, empty=f"{view.coming}没有到期事项。"
    )
    blocks = (text(line, figures=[(f"{view.coming}到期", count(keys(coming)))]), body)
    return Section("next", f"{view.coming}重点", view.from_ledger(), blocks)


def ledger_annex(view: Frame) -> Section:
    """The ledger of the period: its entries one by one, up to a printable number; the whole of it is exported, not printed.

    A paper goes from desk to desk: it says in which role something was done, the ledger itself says by whom.
    """
    acts, limit = view.facts.acts, view.rules.annex_shown
    rows: list[list[Cell]] = [
        [str(act.seq), minute(act.moment), _act_label(act.act), _about(act.subject), _who(act),
         brief(act.reason, 30) or "—"]
        for act in acts[:limit]
    ]  # fmt: skip
    columns = [
        Column("序号", 9, "right"), when("时间"), Column("事项", 15), Column("对象", 23, whole=True), Column("经办", 16), Column("理由", 20),
    ]  # fmt: skip
    span = f"第{acts[0].seq}至{acts[-1].seq}条，共{len(acts)}条" if acts else f"{view.this}没有台账记录"
    cut = f"此处列出前{limit}条，全部记录请导出台账核对。" if len(acts) > limit else ""
    body = table(f"{view.this}台账（{span}）", columns, rows, note=cut, empty=f"{view.this}没有台账记录。")
    return Section("ledger", f"{view.this}台账", view.from_ledger(), (body,))


_ACTS = {str(act): act for act in Act}
_ABOUT = {"event": "事件", "unit": "单位"}
# What these entries are about may be a person's name.
_PEOPLE = {"user": "人员", "notice": "人员", "address": "外发地址"}


def _about(subject: str) -> str:
    kind, _colon, name = subject.partition(":")
    return _PEOPLE[kind] if kind in _PEOPLE and not name.startswith("YD-") else f"{_ABOUT.get(kind, '')}{name}"


def _who(act: ActRow) -> str:
    """The role that the act asks for, of those its person held; all of them where the table of acts does not say."""
    if act.actor.startswith(f"{SYSTEM}:"):
        return "系统"
    held, code = set(act.roles.split(",")), _ACTS.get(act.act.removeprefix("risk."))
    acting = held & set(TABLE[code].roles) if code else set()
    return "、".join(ROLES[role] for role in sorted(acting or held) if role in ROLES) or "—"


ROLES = {
    "analyst": "研判员", "dispatcher": "交办员", "handler": "承办人", "verifier": "核查员", "manager": "领导", "auditor": "审计员",
    "admin": "管理员",
}  # fmt: skip

_OTHER_ACTS = {
    "event.confirmed": "列单", "event.dismissed": "不列单", "event.pending": "撤回研判", "event.merge": "并件",
    "event.unmerge": "撤回并件", "event.split": "拆分", "unit.create": "新设单位", "user.create": "新设用户",
}  # fmt: skip
# What is not about an item is named by its kind: the ledger itself has the particulars.
_KINDS = {
    "event": "事件", "export": "导出", "read": "查阅", "paper": "文书", "notice": "提醒", "model": "模型", "rule": "规则", "period": "时限",
    "day": "日历", "user": "人员", "role": "角色", "unit": "单位", "password": "账户安全", "factor": "账户安全", "sessions": "账户安全",
    "token": "接口密钥",
}  # fmt: skip


@cache
def _act_label(act: str) -> str:
    kind, _dot, name = act.partition(".")
    if kind == "risk" and name in _ACTS:
        with in_chinese():
            return str(TABLE[_ACTS[name]].label)
    return _OTHER_ACTS.get(act) or _KINDS.get(kind, act)
