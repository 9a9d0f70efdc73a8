"""The papers of one item, pure: 交办单, 催办通知, 督办单, 销号单, each a form filled from the sheet and its ledger entries.

Number, signatory and seal are left to the office; what the ledger does not say is left blank, never guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from tracker.reports.definitions import CURRENT
from tracker.reports.facts import ActRow, LedgerHead, RiskRow
from tracker.reports.history import Snapshot, snapshot
from tracker.reports.paper import SCHEMA, Json, form
from tracker.reports.wording import full_day, in_chinese, lasted, level, local, state, topic
from tracker.risks.lifecycle import LEVEL_OF_APPROVAL, OUTCOMES, Act, State

BLANK: Final = ""


class NoSlip(ValueError):
    """The item is not where this paper belongs; str() is one sentence that says what is missing."""


@dataclass(frozen=True, slots=True)
class SlipFacts:
    """One item with the words that its papers quote.

    `links` are public addresses of its source posts, `evidence` file names; `units` and `people` give the name of a code or a
    user name.
    """

    risk: RiskRow
    head: LedgerHead
    assigning_unit: str = ""
    requirements: str = ""
    contact: str = ""
    links: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    units: Mapping[str, str] | None = None
    people: Mapping[str, str] | None = None

    def unit(self, code: str) -> str:
        return (self.units or {}).get(code, code)

    def person(self, username: str) -> str:
        return (self.people or {}).get(username, username)

    def last(self, *acts: Act) -> ActRow | None:
        """The newest entry of one of `acts`."""
        return _last(self.risk.acts, acts)


def _last(timeline: Sequence[ActRow], acts: Iterable[Act]) -> ActRow | None:
    names = {f"risk.{act}" for act in acts}
    return next((act for act in reversed(timeline) if act.act in names), None)


Row = tuple[str, str]
Rows = Callable[[SlipFacts, Snapshot, datetime], list[Row]]


@dataclass(frozen=True, slots=True)
class Kind:
    """A paper of one item: its title, the act that must have happened, and the rows of its form."""

    title: str
    needs: tuple[Act, ...]
    rows: Rows
    state: State | None = None


def _moment(moment: datetime | None) -> str:
    return f"{full_day(moment)}{local(moment):%H:%M}" if moment else BLANK


def _head(facts: SlipFacts, shot: Snapshot) -> list[Row]:
    return [
        ("隐患编号", shot.row.number),
        ("问题", shot.row.problem),
        ("地点", shot.row.place),
        ("领域和等级", f"{topic(shot.topic)}，{level(shot.level)}"),
        ("承办单位", facts.unit(shot.unit)),
    ]


def _assignment(facts: SlipFacts, shot: Snapshot, _now: datetime) -> list[Row]:
    given = facts.last(Act.ASSIGN, Act.REASSIGN, Act.TRANSFER)
    beside = given.brought if given else {}
    return [
        *_head(facts, shot),
        ("交办单位", facts.unit(facts.assigning_unit)),
        ("协办单位", "、".join(facts.unit(code) for code in beside.get("assisting", []))),
        ("督办单位", facts.unit(beside.get("supervising") or BLANK)),
        ("交办日期", full_day(given.moment) if given else BLANK),
        ("交办要求", facts.requirements),
        ("来源", "\n".join(facts.links)),
        ("签收时限", _moment(shot.sign_due)),
        ("办理时限", _moment(shot.treat_due)),
        ("公众答复时限", _moment(shot.answer_due)),
        ("联系人", facts.contact),
        ("签收", "签收人：　　　　　　日期：　　　　年　　月　　日"),
    ]


def _treatment(shot: Snapshot, now: datetime) -> str:
    """The deadline, and how it stands: the clock of an item applied for in time, struck off or withdrawn runs no longer."""
    if shot.treat_due is None:
        return BLANK
    hours = ((shot.closed_at or now) - shot.treat_due) / timedelta(hours=1)
    if shot.state == State.WITHDRAWN:
        stands = "已撤单"
    elif shot.in_time:
        stands = "期限内已申请销号"
    elif shot.closed_at:
        stands = f"逾期{lasted(hours)}后销号" if hours > 0 else "期限内已销号"
    else:
        stands = f"已逾期{lasted(hours)}" if hours > 0 else f"还有{lasted(-hours)}"
    return f"{_moment(shot.treat_due)}（{stands}）"


def _answer(shot: Snapshot) -> str:
    """The deadline of the public answer, and when it was given."""
    given = f"{_moment(shot.answered_at)}已答复" if shot.answered_at else BLANK
    due = _moment(shot.answer_due)
    return f"{due}（{given}）" if due and given else due or given


def _reminder(facts: SlipFacts, shot: Snapshot, now: datetime) -> list[Row]:
    said = [act for act in facts.risk.acts if act.act == f"risk.{Act.REMIND}"]
    return [
        *_head(facts, shot),
        ("交办时间", _moment(shot.assigned_at)),
        ("办理时限", _treatment(shot, now)),
        ("公众答复时限", _answer(shot)),
        ("现状", state(shot.state)),
        ("催办记录", "\n".join(f"{_moment(act.moment)}　{act.reason}" for act in said)),
    ]


def _supervision(facts: SlipFacts, shot: Snapshot, now: datetime) -> list[Row]:
    ordered = facts.last(Act.SUPERVISE)
    return [
        *_head(facts, shot),
        ("督办时间", _moment(ordered.moment) if ordered else BLANK),
        ("督办理由和要求", ordered.reason if ordered else BLANK),
        ("办理时限", _treatment(shot, now)),
        ("现状", state(shot.state)),
        ("发回重办", f"{shot.send_backs}次"),
    ]


def _closing(facts: SlipFacts, shot: Snapshot, _now: datetime) -> list[Row]:
    applied, verified = facts.last(Act.SUBMIT), facts.last(Act.VERIFY)
    approved = facts.last(Act.APPROVE) if shot.level >= LEVEL_OF_APPROVAL else None
    brought = applied.brought if applied else {}
    rows = [
        *_head(facts, shot),
        ("交办时间", _moment(shot.assigned_at)),
        ("办理时限", _moment(shot.treat_due)),
        ("办理结果", str(OUTCOMES.get(shot.outcome, BLANK))),  # type: ignore[call-overload]
        ("办理说明", applied.reason if applied else BLANK),
        ("给公众的答复", str(brought.get("answer", BLANK))),
        ("凭证", "\n".join(facts.evidence)),
        ("申请销号", _signed(facts, applied)),
        ("核查意见", f"{verified.reason}（{_signed(facts, verified)}）" if verified else BLANK),
    ]
    if approved:
        rows.append(("批准", f"{approved.reason or '同意'}（{_signed(facts, approved)}）"))
    return [*rows, ("销号时间", _moment(shot.closed_at))]


def _signed(facts: SlipFacts, act: ActRow | None) -> str:
    return f"{facts.person(act.actor)}，{_moment(act.moment)}，台账第{act.seq}条" if act else BLANK


KINDS: Final[dict[str, Kind]] = {
    "assignment": Kind("交通运输舆情隐患交办单", (Act.ASSIGN, Act.REASSIGN, Act.TRANSFER), _assignment),
    "reminder": Kind("交通运输舆情隐患催办通知", (Act.REMIND,), _reminder),
    "supervision": Kind("交通运输舆情隐患督办单", (Act.SUPERVISE,), _supervision),
    "closing": Kind("交通运输舆情隐患销号单", (Act.SUBMIT,), _closing, State.CLOSED),
}


_HEAD: Final = ("隐患编号", "问题", "地点", "领域和等级", "承办单位")
# The labels of each form, in order: an office may lay them out otherwise, a test holds them against the forms.
FIELDS: Final[dict[str, tuple[str, ...]]] = {
    "assignment": (
        *_HEAD, "交办单位", "协办单位", "督办单位", "交办日期", "交办要求", "来源", "签收时限", "办理时限", "公众答复时限", "联系人", "签收",
    ),
    "reminder": (*_HEAD, "交办时间", "办理时限", "公众答复时限", "现状", "催办记录"),
    "supervision": (*_HEAD, "督办时间", "督办理由和要求", "办理时限", "现状", "发回重办"),
    "closing": (
        *_HEAD, "交办时间", "办理时限", "办理结果", "办理说明", "给公众的答复", "凭证", "申请销号", "核查意见", "批准", "销号时间",
    ),
}  # fmt: skip


def available(timeline: Sequence[ActRow]) -> tuple[str, ...]:
    """The kinds of paper that the item with these entries has come to, in the order of its life."""
    now = timeline[-1].to_state if timeline else ""
    return tuple(
        name
        for name, kind in KINDS.items()
        if _last(timeline, kind.needs) and (kind.state is None or kind.state == now)
    )


@in_chinese()
def slip(kind: str, facts: SlipFacts, *, now: datetime) -> Json:
    """The content of the paper `kind` (a key of KINDS) for one item at `now`; NoSlip when the item has not come to it."""
    if kind not in available(facts.risk.acts):
        raise NoSlip(f"{facts.risk.number} has no {kind} paper: it has not come that far, or has gone on since")
    shot = snapshot(facts.risk, now + timedelta(microseconds=1))
    spec = KINDS[kind]
    block = form(spec.rows(facts, shot, now))
    return {
        "schema": SCHEMA,
        "definitions": CURRENT,
        "kind": kind,
        "period": facts.risk.number,
        "title": spec.title,
        "subtitle": "",
        "status": "slip",
        "notice": "",
        "draft": {"mark": "代拟稿", "year": local(now).year, "date": full_day(now)},
        "sections": [{"key": "form", "title": "", "scope": "", "new_page": False, "blocks": [block]}],
        "annex": [],
        "ledger": {"seq": facts.head.seq, "hash": facts.head.hash},
        "revision": 0,
        "changes": [],
        "computed_at": now.isoformat(),
    }
