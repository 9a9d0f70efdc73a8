"""Who may do what now, pure: the same answer serves the service, the button and its tooltip.

`refusal` looks at the table (state, role, side of the unit fence) and at the separation of duties. It returns the typed
exception that the service would raise, or None.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from tracker.accounts.actors import Actor
from tracker.accounts.models import Role
from tracker.risks.errors import NotYours, Refused, SameHands, WrongState
from tracker.risks.lifecycle import LEVEL_OF_APPROVAL, STATES, TABLE, Act, Move, Side, State

RETURNS_ALLOWED = 2
# Roles that see every unit's items; the others see their own unit's subtree only.
SEE_ALL = frozenset({Role.ANALYST, Role.DISPATCHER, Role.VERIFIER, Role.MANAGER, Role.AUDITOR, Role.ADMIN})


@dataclass(frozen=True, slots=True)
class RiskView:
    """What the rules need to know of a risk.

    `hands` are the people who signed for, worked on or submitted it; `verified_by` who accepted it, while that stands;
    `beside` the paths of the units that assist or supervise: they see it and may comment, the handling is not theirs.
    """

    state: State
    level: int
    unit_path: str = ""
    returns: int = 0
    hands: frozenset[str] = field(default_factory=frozenset)
    verified_by: str = ""
    beside: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Permit:
    """One act with its answer for one person: `refusal` empty means the button may be pressed."""

    act: Act
    move: Move
    refusal: str = ""


def may_see(risk: RiskView, actor: Actor) -> bool:
    """True when `actor` may read this risk: by role everything; as a handler what the own subtree handles, assists or supervises.

    A token's scope narrows it.
    """
    if actor.scope and not risk.unit_path.startswith(actor.scope):
        return False
    units = filter(None, (risk.unit_path, *risk.beside))
    return actor.has(*SEE_ALL) or (actor.has(Role.HANDLER) and any(map(actor.sees_unit, units)))


def refusal(act: Act, risk: RiskView, actor: Actor) -> Refused | None:
    """The reason why `actor` may not do `act` to `risk`, or None."""
    move = TABLE[act]
    if risk.state not in move.sources:
        return WrongState(_("“{state}”的事项不能{act}").format(state=STATES[risk.state].label, act=move.label))
    if not actor.has(*move.roles):
        names = _("、").join(str(Role(role).label) for role in sorted(move.roles) if role in Role.values)
        return NotYours(_("{act}由{roles}办理，您没有这个角色").format(act=move.label, roles=names or _("系统")))
    return _fence(move, risk, actor) or _duties(act, risk, actor)


def _fence(move: Move, risk: RiskView, actor: Actor) -> Refused | None:
    if move.side is Side.HANDLING_UNIT and not (risk.unit_path and actor.unit_path == risk.unit_path):
        return NotYours(_("{act}只能由承办单位的人办理").format(act=move.label))
    if move.side is Side.ANY and not may_see(risk, actor):
        return NotYours(_("这件事不在您单位的办理范围内，您不能{act}").format(act=move.label))
    own = bool(risk.unit_path) and actor.unit_path.startswith(risk.unit_path)
    if move.side is Side.OUTSIDE and actor.username in risk.hands:
        return SameHands(
            _("您经办了这件事，不能由您自己“{act}”：销号须由承办单位以外的另一人核查").format(act=move.label)
        )
    if move.side is Side.OUTSIDE and own:
        return SameHands(_("您属于承办单位，不能{act}：销号须由承办单位以外的人核查").format(act=move.label))
    return None


def _duties(act: Act, risk: RiskView, actor: Actor) -> Refused | None:
    if act is Act.RETURN and risk.returns >= RETURNS_ALLOWED:
        return NotYours(_("这件事已两次退回并经裁定，不能再退，请办理"))
    if act is Act.APPROVE and actor.username == risk.verified_by:
        return SameHands(_("这件事是您核查的，不能再由您批准：请另一位领导批准"))
    if act is Act.RELEVEL and risk.level >= LEVEL_OF_APPROVAL:
        if not actor.has(Role.MANAGER):
            return NotYours(_("三级事项降级须由领导决定：它的销号本来要领导批准"))
        if actor.has(Role.VERIFIER):  # otherwise one person lowers it and then accepts it alone
            return SameHands(_("您兼任核查人：三级事项降级后您一人即可销号，请另一位领导决定"))
    return None


def permits(risk: RiskView, actor: Actor) -> Iterator[Permit]:
    """Every act always offered in this state that one of the actor's roles could do, each with its answer."""
    for act, move in TABLE.items():
        if not move.offered:
            continue
        if risk.state in move.sources and (actor.has(*move.roles) or _near_miss(act, actor)):
            yield Permit(act, move, str(refusal(act, risk, actor) or ""))


def _near_miss(act: Act, actor: Actor) -> bool:
    """Acts shown refused, because people ask for them: a handler looks for the closing button."""
    return act is Act.VERIFY and actor.has(Role.HANDLER)
