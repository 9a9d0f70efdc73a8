"""What the ledger says a risk is, pure: its entries played again from the first, by the rules of the table.

The words of the problem are held by a digest: a description stays a matter of the sheet. None means that an entry of an older
version does not say. The sheet can be rewritten by whoever holds the database; the chain cannot without its hashes telling. So the columns of a risk
are compared with what its entries give, and every entry with what the table allows.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from hashlib import sha256
from typing import Any, Final, Protocol

from tracker.accounts.models import Role
from tracker.ledger.models import canonical
from tracker.risks.lifecycle import TABLE, Act, State

# The columns that entries give; times as the ledger writes them, "" where there is none.
COLUMNS: Final = (
    "state", "level", "topic", "version", "unit", "assisting", "supervising", "outcome", "referred_to", "duplicate_of", "answer", "verified_by", "returns", "send_backs", "recurrences",
    "assigned_at", "signed_at", "submitted_at", "closed_at", "sign_due", "treat_due", "answer_due",
    "answered_at", "plan", "hands", "evidence", "words", "requirements", "contact",
)  # fmt: skip
_ACTS: Final = {str(act): act for act in Act}
_COUNTED = frozenset({"level", "version", "returns", "send_backs", "recurrences"})
_BLANK: Final[dict[str, Any]] = {name: 0 if name in _COUNTED else "" for name in COLUMNS}
_NOTHING: Final = "{}"
# The ledger's data is canonical JSON, without a blank before or behind it that `json.loads` would look for.
_EMPTY: Final[Mapping[str, Any]] = {}
_read: Final = json.JSONDecoder().raw_decode
_BY_HANDLERS: Final = frozenset(act for act, move in TABLE.items() if move.roles == {Role.HANDLER})


class Unlawful(ValueError):
    """An entry that the table does not allow where it stands; the message names it."""


class Written(Protocol):
    """What is read of a ledger entry; `data` is its JSON text."""

    seq: int
    at: str
    actor: str
    roles: str
    act: str
    from_state: str
    to_state: str
    data: str


Standing = dict[str, Any]


def replayed(entries: Iterable[Written]) -> Standing:
    """The COLUMNS of one risk after its `entries`, oldest first; Unlawful at the first that breaks the table."""
    standing = _nothing_yet()
    for entry in entries:
        _play(standing, entry)
    return standing


def stages(entries: Iterable[Written]) -> list[Standing]:
    """`replayed` of no entry, of the first, of the first two, and so on."""
    standing = _nothing_yet()
    found = [dict(standing)]
    for entry in entries:
        _play(standing, entry)
        found.append(dict(standing))
    return found


def _nothing_yet() -> Standing:
    return _BLANK | {"plan": {}, "hands": [], "evidence": [], "assisting": []}


def _play(standing: Standing, entry: Written) -> None:
    """What `entry` makes of `standing`; its lists are replaced and never added to, so that an earlier stage keeps its own."""
    act = _lawful(entry, standing)
    data = _read(entry.data)[0] if entry.data != _NOTHING else _EMPTY
    if change := _CHANGES.get(act):
        standing.update(change(standing, entry, data))
    if "due" in data:
        for name, due in data["due"].items():
            standing[f"{name}_due"] = canonical(due)
    if act in _BY_HANDLERS and entry.actor not in standing["hands"]:
        standing["hands"] = [*standing["hands"], entry.actor]
    # Passing time writes an entry but makes nobody's page stale.
    standing["version"] += act is not Act.BREACH
    standing["state"] = entry.to_state


def _lawful(entry: Written, standing: Mapping[str, Any]) -> Act:
    name = entry.act.removeprefix("risk.")
    act = _ACTS.get(name)
    if act is None:
        raise Unlawful(f"entry {entry.seq}: {entry.act} is no act of the lifecycle")
    before = standing["state"]
    if entry.from_state != before:
        raise Unlawful(f"entry {entry.seq}: {entry.act} starts from {entry.from_state!r}, the risk stood at {before!r}")
    if not _leads(name, before, entry.to_state, standing["level"]):
        raise Unlawful(f"entry {entry.seq}: {entry.act} cannot lead from {before!r} to {entry.to_state!r}")
    if not _may(name, entry.roles):
        raise Unlawful(f"entry {entry.seq}: {entry.act} was written by {entry.actor} without a role for it")
    return act


# Papers ask these for every entry of tens of thousands of items, and there are few different questions.
@lru_cache(maxsize=4096)
def _leads(name: str, before: str, to: str, level: int) -> bool:
    """True when the table lets the act `name` lead from `before` to `to`."""
    if before == "":
        return name == Act.LIST
    move = TABLE[Act(name)]
    return before in move.sources and to == move.leads_to(State(before), level)


@lru_cache(maxsize=4096)
def _may(name: str, roles: str) -> bool:
    """True when one of `roles`, with commas between them, may do the act `name`."""
    by_rule = name == Act.RELEVEL and roles == "system"
    return by_rule or bool(TABLE[Act(name)].roles.intersection(roles.split(",")))


def words_of(problem: str, place: str) -> str:
    """What the listing keeps of the words on the sheet."""
    return sha256(f"{problem}\n{place}".encode()).hexdigest()


Change = Callable[[Standing, Written, Mapping[str, Any]], Standing]


_POINTERS: Final = ("referred_to", "duplicate_of")


def _units(standing: Standing, _entry: Written, data: Mapping[str, Any]) -> Standing:
    """The units an act puts in charge and beside it; entries of an older version know the one in charge only."""
    return {
        "unit": data["unit"],
        "assisting": data.get("assisting", standing["assisting"]),
        "supervising": data.get("supervising", standing["supervising"]),
    }


def _handed_over(standing: Standing, entry: Written, data: Mapping[str, Any]) -> Standing:
    return _units(standing, entry, data) | {"signed_at": ""}


def _reopened(standing: Standing, entry: Written, data: Mapping[str, Any]) -> Standing:
    gone = dict.fromkeys(
        ("signed_at", "submitted_at", "closed_at", "outcome", *_POINTERS, "verified_by", "answered_at"), ""
    )
    return (
        gone
        | {"plan": {}}
        | {"recurrences": standing["recurrences"] + 1, "level": data["level"], "assigned_at": entry.at}
    )


def _verified(_standing: Standing, entry: Written, _data: Mapping[str, Any]) -> Standing:
    return {"verified_by": entry.actor} | ({"closed_at": entry.at} if entry.to_state == State.CLOSED else {})


def _answered(standing: Standing, entry: Written, data: Mapping[str, Any]) -> Standing:
    """The first answer counts; the words are those of the last."""
    return {"answer": data["answer"], "answered_at": standing["answered_at"] or entry.at}


def _submitted(standing: Standing, entry: Written, data: Mapping[str, Any]) -> Standing:
    pointers = {name: data.get(name, "") for name in _POINTERS}
    return _answered(standing, entry, data) | {"outcome": data["outcome"], "submitted_at": entry.at} | pointers


def _sent_back(standing: Standing, _entry: Written, _data: Mapping[str, Any]) -> Standing:
    answered = standing["answered_at"]
    kept = "" if answered == standing["submitted_at"] else answered
    return {"send_backs": standing["send_backs"] + 1, "submitted_at": "", "verified_by": "", "answered_at": kept}


_CHANGES: Final[dict[Act, Change]] = {
    Act.LIST: lambda _s, _e, data: {"level": data["level"], "topic": data.get("topic", ""), "words": data.get("words")},
    Act.ASSIGN: lambda standing, entry, data: _units(standing, entry, data)
    | {"assigned_at": entry.at, "requirements": data.get("requirements"), "contact": data.get("contact")},
    Act.SIGN: lambda _s, entry, _d: {"signed_at": entry.at},
    Act.RETURN: lambda standing, _e, _d: {"returns": standing["returns"] + 1, "signed_at": ""},
    Act.REASSIGN: _handed_over,
    Act.TRANSFER: _handed_over,
    Act.SUBMIT: _submitted,
    Act.ANSWER: _answered,
    Act.ATTACH: lambda standing, _e, data: {"evidence": [*standing["evidence"], data["digest"]]},
    Act.PLAN: lambda _s, _e, data: {"plan": data["plan"]},
    Act.VERIFY: _verified,
    Act.APPROVE: lambda _s, entry, _d: {"closed_at": entry.at},
    Act.SEND_BACK: _sent_back,
    Act.REOPEN: _reopened,
    Act.WITHDRAW: lambda _s, entry, _d: {"closed_at": entry.at},
    Act.RELEVEL: lambda _s, _e, data: {"level": data["level"]},
    Act.RETOPIC: lambda _s, _e, data: {"topic": data["topic"]},
}  # fmt: skip


def differences(sheet: Mapping[str, Any], ledger: Mapping[str, Any]) -> list[str]:
    """The columns where the sheet's row is not what the ledger gives, one sentence each."""
    return [
        f"{name} is {sheet[name]!r} on the sheet, {ledger[name]!r} by the ledger"
        for name in COLUMNS
        if sheet[name] != ledger[name] and ledger[name] is not None
    ]
