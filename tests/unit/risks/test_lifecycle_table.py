"""The table against DOMAIN, written down a second time by hand: state x act x role x where the person stands."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import product

import pytest

from tracker.accounts.actors import Actor
from tracker.accounts.models import Role
from tracker.risks import lifecycle
from tracker.risks.errors import NotYours, SameHands, WrongState
from tracker.risks.lifecycle import OPEN, OUTCOMES, RETURN_REASONS, STATES, TABLE, Act, Outcome, Side, State
from tracker.risks.policies import RiskView, may_see, permits, refusal

# act | from | to (level 3) | roles | where: the handling unit's own people (unit), not them and no hand of it (outside),
# anybody who may see it (sight)
RULES = """
assign    | listed                                                | assigned            | dispatcher                    | sight
sign      | assigned                                              | handling            | handler                       | unit
return    | assigned handling                                     | returned            | handler                       | unit
reassign  | returned                                              | assigned            | dispatcher                    | sight
transfer  | assigned handling                                     | assigned            | dispatcher                    | sight
submit    | handling                                              | submitted           | handler                       | unit
verify    | submitted                                             | closed (approving)  | verifier                      | outside
approve   | approving                                             | closed              | manager                       | outside
send_back | submitted approving                                   | handling            | verifier manager              | outside
reopen    | closed                                                | assigned            | analyst dispatcher manager    | sight
withdraw  | listed assigned returned handling submitted approving | withdrawn           | manager                       | sight
attach    | handling                                              | =                   | handler                       | unit
progress  | handling                                              | =                   | handler                       | unit
comment   | listed assigned returned handling submitted approving | =                   | analyst dispatcher handler verifier manager | sight
remind    | assigned handling                                     | =                   | dispatcher manager            | sight
supervise | assigned returned handling submitted approving        | =                   | manager                       | sight
relevel   | listed assigned returned handling submitted approving | =                   | analyst manager               | sight
retopic   | listed assigned returned handling submitted approving | =                   | analyst manager               | sight
answer    | handling                                              | =                   | handler                       | unit
plan      | handling                                              | =                   | handler                       | unit
extend    | handling                                              | =                   | handler                       | unit
grant     | assigned returned handling                            | =                   | manager                       | outside
deny      | assigned returned handling                            | =                   | manager                       | outside
pause     | assigned returned handling                            | =                   | manager                       | outside
resume    | assigned returned handling                            | =                   | manager                       | outside
breach    | listed assigned returned handling submitted approving | =                   | system                        | sight
"""
ROWS = {
    cells[0]: cells[1:] for line in RULES.strip().splitlines() if (cells := [cell.strip() for cell in line.split("|")])
}
UNIT = "/hn/river/"
STANDS = {
    "same unit": (UNIT, "p"),
    "hand, moved away": ("/hn/hill/", "hand"),
    "child": ("/hn/river/ford/", "p"),
    "parent": ("/hn/", "p"),
    "outside": ("/hn/hill/", "p"),
    "like-named": ("/hn/riverside/", "p"),
    "no unit": ("", "p"),
}
SEES_ALL = {"analyst", "dispatcher", "verifier", "manager", "auditor", "admin"}


def expected(state: str, act: str, role: str, stands: str) -> type | None:
    sources, _target, roles, where = ROWS[act]
    if state not in sources.split():
        return WrongState
    if role not in roles.split():
        return NotYours
    if where == "unit":
        return None if stands == "same unit" else NotYours
    if where == "outside":
        return SameHands if stands in {"same unit", "child", "hand, moved away"} else None
    return None if role in SEES_ALL or stands in {"same unit", "parent"} else NotYours


def person(role: str, stands: str) -> Actor:
    path, name = STANDS[stands]
    return Actor(username=name, name=name, roles=frozenset({role}), unit=path.strip("/").split("/")[-1], unit_path=path)


@pytest.mark.parametrize("act", sorted(ROWS))
def test_every_state_role_and_stand_is_answered_as_the_domain_says(act):
    roles = [*Role.values, "nobody"]
    for state, role, stands in product(State, roles, STANDS):
        risk = RiskView(State(state), level=2, unit_path=UNIT, hands=frozenset({"hand"}))
        found = refusal(Act(act), risk, person(role, stands))
        wanted = expected(state, act, role, stands)
        assert type(found) is (wanted or type(None)), f"{act} from {state} by {role}, {stands}: {found!r}"
        assert found is None or re.search(r"[一-鿿]", str(found)), "a refusal is a sentence for people"


@pytest.mark.parametrize("act", sorted(ROWS))
def test_every_move_leads_where_the_domain_says(act):
    target = ROWS[act][1]
    for state in ROWS[act][0].split():
        for level in (1, 2, 3):
            plain, _, third = target.partition(" ")
            wanted = third.strip("()") if level == 3 and third else plain
            assert TABLE[Act(act)].leads_to(State(state), level) == (state if wanted == "=" else wanted)


def test_the_two_tables_speak_of_the_same_acts():
    assert set(ROWS) | {"list"} == set(TABLE) == set(Act)
    for act, (sources, _target, roles, _where) in ROWS.items():
        assert TABLE[Act(act)].sources == set(sources.split())
        assert TABLE[Act(act)].roles == set(roles.split())


def test_nobody_lists_by_the_table_alone():
    assert TABLE[Act.LIST].sources == frozenset()
    assert TABLE[Act.LIST].roles == {"analyst"}


def test_every_state_has_label_colour_owner_and_a_way_on():
    assert set(STATES) == set(State)
    for state, info in STATES.items():
        assert str(info.label)
        assert info.colour
        leads_on = [act for act, move in TABLE.items() if state in move.sources and move.target]
        if state in OPEN:
            assert info.owner in Role.values
            assert any(info.owner in TABLE[act].roles for act in leads_on), f"the owner of {state} has nothing to do"
        else:
            assert info.owner is None
    assert {s for s in State if s not in OPEN} == {State.CLOSED, State.WITHDRAWN}


def test_every_state_is_reached_and_every_open_one_can_be_closed():
    steps = {s: {m.leads_to(s, n) for m in TABLE.values() if s in m.sources for n in (1, 3)} for s in State}

    def reach(start):
        seen, todo = set(), [start]
        while todo:
            if (state := todo.pop()) not in seen:
                seen.add(state)
                todo.extend(steps[state])
        return seen

    assert reach(State.LISTED) == set(State)
    for state in OPEN:
        assert State.CLOSED in reach(state)


def test_labels_are_chinese_and_tell_apart():
    for labels in (
        [move.label for move in TABLE.values()],
        [info.label for info in STATES.values()],
        OUTCOMES.values(),
        RETURN_REASONS.values(),
    ):
        texts = [str(label) for label in labels]
        assert len(set(texts)) == len(texts)
        assert all(re.search(r"[一-鿿]", text) for text in texts)
    assert set(OUTCOMES) == set(Outcome)


def test_closing_stands_outside_and_handling_inside():
    for act, move in TABLE.items():
        if State.CLOSED in {move.target, move.target_level_3}:
            assert move.side is Side.OUTSIDE, act
        if move.roles == {Role.HANDLER}:
            assert move.side is Side.HANDLING_UNIT, act


class TestDuties:
    def test_one_person_with_every_role_does_not_close_what_they_handled(self):
        everything = Actor("hand", "hand", frozenset(Role.values), "hill", "/hn/hill/")
        risk = RiskView(State.SUBMITTED, 2, UNIT, hands=frozenset({"hand"}))
        assert isinstance(refusal(Act.VERIFY, risk, everything), SameHands)

    def test_one_person_with_every_role_does_not_close_from_inside_the_unit(self):
        everything = Actor("p", "p", frozenset(Role.values), "river", UNIT)
        assert isinstance(refusal(Act.VERIFY, RiskView(State.SUBMITTED, 2, UNIT), everything), SameHands)

    def test_who_verified_does_not_approve(self):
        both = Actor("v", "v", frozenset({"verifier", "manager"}), "hn", "/hn/")
        risk = RiskView(State.APPROVING, 3, UNIT, verified_by="v")
        assert isinstance(refusal(Act.APPROVE, risk, both), SameHands)
        other = Actor("m", "m", frozenset({"manager"}), "hn", "/hn/")
        assert refusal(Act.APPROVE, risk, other) is None

    def test_level_three_is_lowered_by_a_manager_only(self):
        analyst, manager = person("analyst", "parent"), person("manager", "parent")
        risk = RiskView(State.SUBMITTED, 3, UNIT)
        assert isinstance(refusal(Act.RELEVEL, risk, analyst), NotYours)
        assert refusal(Act.RELEVEL, risk, manager) is None

    @pytest.mark.parametrize(("returns", "refused"), [(0, False), (1, False), (2, True), (3, True)])
    def test_after_the_second_return_the_item_stays(self, returns, refused):
        risk = RiskView(State.HANDLING, 2, UNIT, returns=returns)
        assert (refusal(Act.RETURN, risk, person("handler", "same unit")) is not None) is refused


def test_a_refusal_names_who_may():
    handler = person("handler", "outside")
    assert "由领导、核查员办理" in str(refusal(Act.SEND_BACK, RiskView(State.SUBMITTED, 2, UNIT), handler))
    assert "由系统办理" in str(refusal(Act.BREACH, RiskView(State.HANDLING, 2, UNIT), handler))


class TestPermits:
    def test_a_handler_sees_the_closing_button_refused_with_the_reason(self):
        risk = RiskView(State.SUBMITTED, 2, UNIT)
        offered = {p.act: p.refusal for p in permits(risk, person("handler", "same unit"))}
        assert offered[Act.VERIFY]
        assert not offered[Act.COMMENT]

    def test_every_button_says_what_the_service_would_say(self):
        for state, role, stands in product(State, Role.values, STANDS):
            risk, actor = RiskView(state, 2, UNIT, hands=frozenset({"hand"})), person(role, stands)
            for permit in permits(risk, actor):
                assert permit.refusal == str(refusal(permit.act, risk, actor) or "")

    def test_an_auditor_is_offered_nothing(self):
        for state in State:
            assert not list(permits(RiskView(state, 2, UNIT), person("auditor", "parent")))


@pytest.mark.parametrize(
    ("role", "stands", "sees"),
    [("handler", "same unit", True), ("handler", "parent", True), ("handler", "child", False),
     ("handler", "outside", False), ("handler", "like-named", False), ("handler", "no unit", False),
     ("nobody", "same unit", False), ("auditor", "no unit", True), ("verifier", "outside", True)],
)  # fmt: skip
def test_a_handler_sees_the_own_subtree_and_others_by_role(role, stands, sees):
    assert may_see(RiskView(State.HANDLING, 1, UNIT), person(role, stands)) is sees


def test_a_handler_sees_nothing_that_has_no_unit_yet():
    assert not may_see(RiskView(State.LISTED, 1), person("handler", "no unit"))
    assert not may_see(RiskView(State.LISTED, 1), person("handler", "same unit"))


EVERYTHING = frozenset(Role.values)
SENTENCES = [
    (Act.SIGN, State.CLOSED, "person", "handler", "“已销号”的事项不能签收"),
    (Act.SEND_BACK, State.SUBMITTED, "person", "handler", "发回重办由领导、核查员办理，您没有这个角色"),
    (Act.BREACH, State.HANDLING, "person", "handler", "逾期由系统办理，您没有这个角色"),
    (Act.SIGN, State.ASSIGNED, "stranger", "handler", "签收只能由承办单位的人办理"),
    (Act.COMMENT, State.HANDLING, "stranger", "handler", "这件事不在您单位的办理范围内，您不能批注"),
    (Act.APPROVE, State.APPROVING, "hand", "manager", "您经办了这件事，不能由您自己“批准销号”：销号须由承办单位以外的另一人核查"),
    (Act.APPROVE, State.APPROVING, "person", "manager", "您属于承办单位，不能批准销号：销号须由承办单位以外的人核查"),
    (Act.RETURN, State.HANDLING, "person", "handler", "这件事已两次退回并经裁定，不能再退，请办理"),
    (Act.APPROVE, State.APPROVING, "verifier", "manager", "这件事是您核查的，不能再由您批准：请另一位领导批准"),
    (Act.RELEVEL, State.HANDLING, "stranger", "analyst", "三级事项降级须由领导决定：它的销号本来要领导批准"),
]  # fmt: skip


@pytest.mark.parametrize(("act", "state", "who", "role", "sentence"), SENTENCES)
def test_each_refusal_says_this(act, state, who, role, sentence):
    path = UNIT if who == "person" else "/hn/hill/"
    actor = Actor(who, who, frozenset({role}), "u", path)
    risk = RiskView(state, 3, UNIT, returns=2, hands=frozenset({"hand"}), verified_by="verifier")
    assert str(refusal(act, risk, actor)) == sentence


def test_who_could_accept_it_alone_afterwards_does_not_lower_it():
    both = Actor("both", "both", frozenset({"manager", "verifier"}), "hill", "/hn/hill/")
    said = refusal(Act.RELEVEL, RiskView(State.HANDLING, 3, UNIT), both)
    assert str(said) == "您兼任核查人：三级事项降级后您一人即可销号，请另一位领导决定"
    assert refusal(Act.RELEVEL, RiskView(State.HANDLING, 2, UNIT), both) is None
    alone = replace(both, roles=frozenset({"manager"}))
    assert refusal(Act.RELEVEL, RiskView(State.HANDLING, 3, UNIT), alone) is None


def test_a_tokens_scope_narrows_what_is_seen_and_never_widens_it():
    risk = RiskView(State.HANDLING, 1, UNIT)
    for role, sees in (("auditor", True), ("nobody", False)):
        inside = replace(person(role, "parent"), scope="/hn/")
        outside = replace(person(role, "parent"), scope="/hn/hill/")
        assert (may_see(risk, inside), may_see(risk, outside)) == (sees, False)


def test_units_beside_see_and_comment_and_do_nothing_else():
    risk = RiskView(State.HANDLING, 1, "/hn/hill/", beside=(UNIT, "/hn/coast/"))
    helper = person("handler", "same unit")
    assert may_see(risk, helper)
    assert not may_see(risk, person("handler", "like-named"))
    allowed = {act for act in Act if refusal(act, risk, helper) is None}
    assert allowed == {Act.COMMENT}


def test_every_permit_carries_its_row_of_the_table_and_none_that_is_offered_is_missed():
    for state in State:
        risk = RiskView(state, 2, UNIT)
        everything = Actor("p", "p", EVERYTHING, "hn", "/hn/")
        found = list(permits(risk, everything))
        assert all(permit.move is TABLE[permit.act] for permit in found)
        assert [p.act for p in found] == [
            a for a, m in TABLE.items() if m.offered and state in m.sources and m.roles & EVERYTHING
        ]


def test_roles_are_kept_as_plain_words():
    assert lifecycle._roles(Role.HANDLER, "system") == {"handler", "system"}
    assert all(type(role) is str for role in lifecycle._roles(Role.HANDLER))
