"""The lifecycle, as one table: every button, matrix, diagram and audit name derives from it.

Pure: no database, no clock. A state has an owner (the role whose turn it is), a label, a colour and the acts that lead on;
a move has the states it starts from, where it leads, who may make it, which side of the unit fence they must stand on, and
what they must bring. `risks.services` is the only code that applies it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tracker.accounts.models import Role


class State(StrEnum):
    """Where a risk stands."""

    LISTED = "listed"
    ASSIGNED = "assigned"
    RETURNED = "returned"
    HANDLING = "handling"
    SUBMITTED = "submitted"
    APPROVING = "approving"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


class Act(StrEnum):
    """What a person can do to a risk; the ledger's `act` is `risk.` + this."""

    LIST = "list"
    ASSIGN = "assign"
    SIGN = "sign"
    RETURN = "return"
    REASSIGN = "reassign"
    TRANSFER = "transfer"
    SUBMIT = "submit"
    VERIFY = "verify"
    APPROVE = "approve"
    SEND_BACK = "send_back"
    REOPEN = "reopen"
    WITHDRAW = "withdraw"
    ATTACH = "attach"
    PROGRESS = "progress"
    COMMENT = "comment"
    REMIND = "remind"
    SUPERVISE = "supervise"
    RELEVEL = "relevel"
    RETOPIC = "retopic"
    ANSWER = "answer"
    PLAN = "plan"
    EXTEND = "extend"
    GRANT = "grant"
    DENY = "deny"
    PAUSE = "pause"
    RESUME = "resume"
    BREACH = "breach"


class Side(StrEnum):
    """Where the actor must stand: anywhere, inside the handling unit, or outside it."""

    ANY = "any"
    HANDLING_UNIT = "handling unit"
    OUTSIDE = "outside the handling unit"


class Outcome(StrEnum):
    """What became of the problem. Only FIXED counts as fixed."""

    FIXED = "fixed"
    PARTLY = "partly"
    EXPLAINED = "explained"
    NOT_OURS = "not_ours"
    DUPLICATE = "duplicate"
    NOT_FOUND = "not_found"


@dataclass(frozen=True, slots=True)
class StateInfo:
    """`owner`: whose turn it is (None at an end); `colour`: the token of the design system."""

    label: str | Promise
    owner: Role | None
    colour: str


@dataclass(frozen=True, slots=True)
class Move:
    """One row of the table. `target` None leaves the state; `target_level_3` overrides it for level 3; `needs` names inputs.

    `offered` False leaves it to the page when to offer the act: it makes sense only at times, as when something was asked for.
    """

    label: str | Promise
    sources: frozenset[State]
    target: State | None
    roles: frozenset[str]
    side: Side = Side.ANY
    needs: tuple[str, ...] = ()
    target_level_3: State | None = None
    offered: bool = True

    def leads_to(self, state: State, level: int) -> State:
        """The state after this move from `state` at `level`."""
        if level >= LEVEL_OF_APPROVAL and self.target_level_3:
            return self.target_level_3
        return self.target or state


LEVEL_OF_APPROVAL: Final = 3
OPEN: Final = frozenset(
    {State.LISTED, State.ASSIGNED, State.RETURNED, State.HANDLING, State.SUBMITTED, State.APPROVING}
)

STATES: Final[dict[State, StateInfo]] = {
    State.LISTED: StateInfo(_("已列单"), Role.DISPATCHER, "ink"),
    State.ASSIGNED: StateInfo(_("已交办（待签收）"), Role.HANDLER, "amber"),
    State.RETURNED: StateInfo(_("已退回（待裁定）"), Role.DISPATCHER, "plum"),
    State.HANDLING: StateInfo(_("办理中"), Role.HANDLER, "blue"),
    State.SUBMITTED: StateInfo(_("申请销号（待核查）"), Role.VERIFIER, "teal"),
    State.APPROVING: StateInfo(_("待批准"), Role.MANAGER, "plum"),
    State.CLOSED: StateInfo(_("已销号"), None, "green"),
    State.WITHDRAWN: StateInfo(_("已撤单"), None, "grey"),
}

OUTCOMES: Final[dict[Outcome, str | Promise]] = {
    Outcome.FIXED: _("已整改"),
    Outcome.PARTLY: _("部分整改"),
    Outcome.EXPLAINED: _("解释说明"),
    Outcome.NOT_OURS: _("非本部门"),
    Outcome.DUPLICATE: _("重复"),
    Outcome.NOT_FOUND: _("查无此事"),
}

RETURN_REASONS: Final[dict[str, str | Promise]] = {
    "jurisdiction": _("不属本单位管辖"),
    "territory": _("不在本辖区"),
    "duplicate": _("与在办事项重复"),
    "incomplete": _("地点或对象不明，无法核查"),
}


def _roles(*roles: Role | str) -> frozenset[str]:
    return frozenset(str(role) for role in roles)


# Between the assignment and the application to close: here the treatment clock is the unit's to keep.
_AT_WORK: Final = frozenset({State.ASSIGNED, State.RETURNED, State.HANDLING})

TABLE: Final[dict[Act, Move]] = {
    Act.LIST: Move(_("列入清单"), frozenset(), State.LISTED, _roles(Role.ANALYST)),
    Act.ASSIGN: Move(
        _("交办"), frozenset({State.LISTED}), State.ASSIGNED, _roles(Role.DISPATCHER), needs=("unit", "requirements")
    ),
    Act.SIGN: Move(_("签收"), frozenset({State.ASSIGNED}), State.HANDLING, _roles(Role.HANDLER), Side.HANDLING_UNIT),
    Act.RETURN: Move(
        _("退回"),
        frozenset({State.ASSIGNED, State.HANDLING}),
        State.RETURNED,
        _roles(Role.HANDLER),
        Side.HANDLING_UNIT,
        needs=("reason_code", "reason"),
    ),
    Act.REASSIGN: Move(
        _("裁定并重新交办"),
        frozenset({State.RETURNED}),
        State.ASSIGNED,
        _roles(Role.DISPATCHER),
        needs=("unit", "reason"),
    ),
    Act.TRANSFER: Move(
        _("转办"),
        frozenset({State.ASSIGNED, State.HANDLING}),
        State.ASSIGNED,
        _roles(Role.DISPATCHER),
        needs=("unit", "reason"),
    ),
    Act.SUBMIT: Move(
        _("申请销号"),
        frozenset({State.HANDLING}),
        State.SUBMITTED,
        _roles(Role.HANDLER),
        Side.HANDLING_UNIT,
        needs=("evidence", "outcome", "answer"),
    ),
    Act.VERIFY: Move(
        _("核查通过，销号"),
        frozenset({State.SUBMITTED}),
        State.CLOSED,
        _roles(Role.VERIFIER),
        Side.OUTSIDE,
        needs=("reason",),
        target_level_3=State.APPROVING,
    ),
    Act.APPROVE: Move(_("批准销号"), frozenset({State.APPROVING}), State.CLOSED, _roles(Role.MANAGER), Side.OUTSIDE),
    Act.SEND_BACK: Move(
        _("发回重办"),
        frozenset({State.SUBMITTED, State.APPROVING}),
        State.HANDLING,
        _roles(Role.VERIFIER, Role.MANAGER),
        Side.OUTSIDE,
        needs=("reason",),
    ),
    Act.REOPEN: Move(
        _("重新交办（复发）"),
        frozenset({State.CLOSED}),
        State.ASSIGNED,
        _roles(Role.ANALYST, Role.DISPATCHER, Role.MANAGER),
        needs=("reason",),
    ),
    Act.WITHDRAW: Move(_("撤单"), OPEN, State.WITHDRAWN, _roles(Role.MANAGER), needs=("reason",)),
    Act.ATTACH: Move(
        _("上传凭证"), frozenset({State.HANDLING}), None, _roles(Role.HANDLER), Side.HANDLING_UNIT, needs=("file",)
    ),
    Act.PROGRESS: Move(
        _("填报进展"), frozenset({State.HANDLING}), None, _roles(Role.HANDLER), Side.HANDLING_UNIT, needs=("reason",)
    ),
    Act.COMMENT: Move(
        _("批注"),
        OPEN,
        None,
        _roles(Role.ANALYST, Role.DISPATCHER, Role.HANDLER, Role.VERIFIER, Role.MANAGER),
        needs=("reason",),
    ),
    Act.REMIND: Move(
        _("催办"),
        frozenset({State.ASSIGNED, State.HANDLING}),
        None,
        _roles(Role.DISPATCHER, Role.MANAGER),
        needs=("reason",),
    ),
    Act.SUPERVISE: Move(_("督办"), OPEN - {State.LISTED}, None, _roles(Role.MANAGER), needs=("reason",)),
    Act.RELEVEL: Move(_("调整等级"), OPEN, None, _roles(Role.ANALYST, Role.MANAGER), needs=("level", "reason")),
    Act.RETOPIC: Move(_("调整领域"), OPEN, None, _roles(Role.ANALYST, Role.MANAGER), needs=("topic", "reason")),
    Act.ANSWER: Move(
        _("先行答复公众"),
        frozenset({State.HANDLING}),
        None,
        _roles(Role.HANDLER),
        Side.HANDLING_UNIT,
        needs=("answer",),
        offered=False,
    ),
    Act.PLAN: Move(
        _("填报治理方案（五落实）"),
        frozenset({State.HANDLING}),
        None,
        _roles(Role.HANDLER),
        Side.HANDLING_UNIT,
        needs=("responsibility", "measures", "funds", "due", "contingency"),
        offered=False,
    ),
    Act.EXTEND: Move(
        _("申请延期"),
        frozenset({State.HANDLING}),
        None,
        _roles(Role.HANDLER),
        Side.HANDLING_UNIT,
        needs=("days", "reason"),
        offered=False,
    ),
    Act.GRANT: Move(_("批准延期"), _AT_WORK, None, _roles(Role.MANAGER), Side.OUTSIDE, offered=False),
    Act.DENY: Move(_("不予延期"), _AT_WORK, None, _roles(Role.MANAGER), Side.OUTSIDE, needs=("reason",), offered=False),
    Act.PAUSE: Move(
        _("暂停办理期限"),
        _AT_WORK,
        None,
        _roles(Role.MANAGER),
        Side.OUTSIDE,
        needs=("until", "reason"),
        offered=False,
    ),
    Act.RESUME: Move(
        _("恢复办理期限"), _AT_WORK, None, _roles(Role.MANAGER), Side.OUTSIDE, needs=("reason",), offered=False
    ),
    Act.BREACH: Move(_("逾期"), OPEN, None, _roles("system")),
}
