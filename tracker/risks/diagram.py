"""The lifecycle as a page, pure: diagram, states, acts and who may do what, all from the one table.

docs/lifecycle.md is this text and a test holds it to that, so the page cannot say anything the code does not do.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.utils import translation

from tracker.accounts.models import Role
from tracker.risks.lifecycle import LEVEL_OF_APPROVAL, OUTCOMES, RETURN_REASONS, STATES, TABLE, Act, Move, Side, State

_HEAD = """\
# The lifecycle of a risk

Made by `python manage.py lifecycle_doc` from `tracker/risks/lifecycle.py`; do not edit. Every button, refusal, permission and
ledger entry derives from the same table.
"""
_STANDS = {
    Side.ANY: "whoever may see it",
    Side.HANDLING_UNIT: "the handling unit",
    Side.OUTSIDE: "outside the handling unit",
}


def page() -> str:
    """The whole of docs/lifecycle.md; the labels are the Chinese ones that people see."""
    with translation.override("zh-hans"):
        sections = [
            _HEAD,
            "## States and moves\n\n```mermaid\n" + "\n".join(_diagram()) + "\n```\n",
            _table("## States", ("state", "label", "whose turn", "colour"), _states()),
            _table("## Acts", ("act", "label", "from", "to", "who", "stands", "must bring"), _acts()),
            _table("## Who may do what", ("act", *map(str, Role.values)), _matrix()),
            _table("## Outcomes", ("outcome", "label", "counts as fixed"), _outcomes()),
            _table("## Reasons for a return", ("code", "label"), ((k, str(v)) for k, v in RETURN_REASONS.items())),
            _DUTIES,
        ]
    return "\n".join(sections)


_DUTIES = f"""\
## Separation of duties

* Nobody verifies or approves what they signed for, worked on or submitted, nor anything their own unit or its subtree handles —
  also when one person holds both roles.
* At level {LEVEL_OF_APPROVAL} verification leads to approval, by a manager who is not the verifier; only a manager lowers that level.
* An item is returned twice at most; after the second ruling it stays where it is.
* Whoever acts on an old page gets a conflict and nothing is written.
"""


def _diagram() -> Iterator[str]:
    yield "stateDiagram-v2"
    yield "    direction LR"
    for state, info in STATES.items():
        yield f'    state "{info.label}" as {state}'
    yield f"    [*] --> {State.LISTED}: {TABLE[Act.LIST].label}"
    for move in TABLE.values():
        for state in _ordered(move):
            for target, condition in _targets(move):
                yield f"    {state} --> {target}: {move.label}{condition}"
    for state, info in STATES.items():
        if info.owner is None:
            yield f"    {state} --> [*]"


def _ordered(move: Move) -> list[State]:
    """The sources in the order of the states: a set has none, and the page must not change by itself."""
    return [state for state in State if state in move.sources]


def _targets(move: Move) -> list[tuple[State, str]]:
    if move.target is None:
        return []
    if move.target_level_3 is None:
        return [(move.target, "")]
    return [(move.target, ""), (move.target_level_3, f"({LEVEL_OF_APPROVAL}级)")]


def _states() -> Iterator[tuple[str, ...]]:
    for state, info in STATES.items():
        yield f"`{state}`", str(info.label), str(Role(info.owner).label) if info.owner else "–", info.colour


def _acts() -> Iterator[tuple[str, ...]]:
    for act, move in TABLE.items():
        sources = ", ".join(f"`{state}`" for state in _ordered(move)) or "an event in the queue"
        targets = ", ".join(f"`{state}`{condition}" for state, condition in _targets(move)) or "stays"
        who = ", ".join(role for role in [*Role.values, "system"] if role in move.roles)
        yield f"`{act}`", str(move.label), sources, targets, who, _STANDS[move.side], ", ".join(move.needs) or "–"


def _matrix() -> Iterator[tuple[str, ...]]:
    for act, move in TABLE.items():
        yield f"`{act}`", *("●" if role in move.roles else "" for role in Role.values)


def _outcomes() -> Iterator[tuple[str, ...]]:
    for outcome, label in OUTCOMES.items():
        yield f"`{outcome}`", str(label), "yes" if outcome.value == "fixed" else "no"


def _table(title: str, columns: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> str:
    lines = [title, "", _line(columns), _line(tuple("---" for _ in columns)), *map(_line, rows)]
    return "\n".join(lines) + "\n"


def _line(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(cells) + " |"
