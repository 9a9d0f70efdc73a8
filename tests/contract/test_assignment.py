"""Units in charge, beside and above: who sees an item, how it changes hands, many assigned at once, and the unit proposed."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from tests.contract.test_acts import refused_and_nothing_written
from tests.factories import NOW, advance, make_desk, make_event, make_risk
from tracker.ledger.models import Entry
from tracker.risks import selectors, services
from tracker.risks.audit import sheet_verify
from tracker.risks.errors import Incomplete, NotYours
from tracker.risks.lifecycle import Act, State
from tracker.risks.selectors import inbox, suggest_units, visible

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=2)


@pytest.fixture
def desk():
    return make_desk()


def assign(desk, risk, **over):
    given = {"unit": desk.bureau, "requirements": "核实", "actor": desk.actor("dispatcher"), "now": NOW}
    return services.risk_assign(risk=risk.pk, version=risk.version, **(given | over))


def last(risk):
    return json.loads(Entry.objects.filter(subject=risk.subject).order_by("-seq")[0].data)


def test_who_assists_or_supervises_sees_it_and_may_speak_but_not_handle(desk):
    risk = make_risk(desk)
    other = desk.actor("other_handler")
    for beside in ({"assisting": [desk.port]}, {"supervising": desk.port}):
        risk = assign(desk, make_risk(desk, event=make_event(str(beside))), **beside)
        assert visible(other).filter(pk=risk.pk).count() == 1
        assert not inbox(other).exists()
        mine = {"risk": risk.pk, "version": risk.version, "actor": other, "now": NOW}
        refused_and_nothing_written(NotYours, services.risk_sign, **mine)
        assert services.risk_note(act=Act.COMMENT, **mine, reason="我们配合").version == risk.version + 1
    assert list(sheet_verify()) == []


def test_the_entry_names_every_unit_and_both_deadlines(desk):
    risk = assign(
        desk, make_risk(desk), assisting=[desk.port, desk.port], supervising=desk.department, contact="值班室"
    )
    data = last(risk)
    assert (data["unit"], data["assisting"], data["supervising"], data["contact"]) == (
        "road",
        ["port"],
        "dept",
        "值班室",
    )
    assert set(data["due"]) == {"sign", "treat"}


@pytest.mark.parametrize("how", ["assisting", "supervising"])
def test_the_unit_in_charge_does_not_help_or_watch_itself(desk, how):
    over = {how: [desk.bureau] if how == "assisting" else desk.bureau}
    refused_and_nothing_written(Incomplete, assign, desk, make_risk(desk), **over)


def test_a_transfer_gives_a_new_time_to_sign_and_no_new_time_to_handle(desk):
    risk = advance(desk, assign(desk, make_risk(desk), assisting=[desk.port]), "sign")
    moved = services.risk_transfer(
        risk=risk.pk, version=risk.version, actor=desk.actor("dispatcher"), now=LATER, unit=desk.port, reason="属港区"
    )
    assert (moved.state, moved.unit, moved.treat_due, moved.assigned_at) == ("assigned", desk.port, risk.treat_due, NOW)
    assert moved.sign_due > LATER
    assert not moved.assisting.exists()
    assert (last(risk)["was"], last(risk)["assisting"]) == ("road", [])
    assert not visible(desk.actor("handler")).exists()
    assert list(sheet_verify()) == []
    same = {"risk": risk.pk, "version": moved.version, "actor": desk.actor("dispatcher"), "now": LATER}
    refused_and_nothing_written(Incomplete, services.risk_transfer, **same, unit=desk.port, reason="再转")


def test_the_ruling_after_the_second_return_is_final(desk):
    risk, finals = make_risk(desk, State.RETURNED), []
    for _time in range(2):
        risk = services.risk_reassign(
            risk=risk.pk,
            version=risk.version,
            actor=desk.actor("dispatcher"),
            now=NOW,
            unit=desk.bureau,
            reason="职责在你",
        )
        finals.append(last(risk)["final"])
        if len(finals) == 1:
            risk = advance(desk, risk, "return")
    assert finals == [False, True]
    mine = {"risk": risk.pk, "version": risk.version, "actor": desk.actor("handler"), "now": NOW}
    refused_and_nothing_written(NotYours, services.risk_return, **mine, reason_code="territory", reason="还是不归我们")


class TestProposal:
    def test_it_is_learned_from_where_like_items_stayed(self, desk):
        for n in range(3):
            make_risk(desk, State.HANDLING, event=make_event(f"{n}号门", places=["青川市东港"]), unit=desk.port,
                      handler="other_handler")  # fmt: skip
        risk = make_risk(desk, event=make_event("四号门", places=["青川市东港"]))
        first, second = suggest_units(risk)
        assert (first.unit, second.unit) == ("port", "road")
        assert "3 件中 3 件" in first.reasons[0]

    def test_a_return_counts_against_the_unit_that_returned(self, desk):
        place = {"places": ["青川市东港"]}
        make_risk(desk, State.RETURNED, event=make_event("一号门", **place))
        risk = make_risk(desk, event=make_event("二号门", **place))
        (only,) = suggest_units(risk)
        assert only.unit == "road"
        assert any("退回过 1 件" in reason for reason in only.reasons)

    def test_only_the_newest_of_the_field_are_read(self, desk, monkeypatch):
        monkeypatch.setattr(selectors, "_KEPT_READ", 2)
        place = {"places": ["某大桥"]}
        for unit, handler in ((desk.bureau, "handler"), (desk.port, "other_handler"), (desk.port, "other_handler")):
            make_risk(desk, State.HANDLING, event=make_event("旧事", **place), unit=unit, handler=handler)
        (only,) = suggest_units(make_risk(desk, event=make_event("新事", **place)))
        assert (only.unit, only.reasons[0]) == ("port", "同领域、同地点的 2 件中 2 件由它办理")

    def test_the_queries_do_not_grow(self, desk, django_assert_max_num_queries):
        risk = make_risk(desk)
        for n in range(5):
            make_risk(desk, State.HANDLING if n % 2 else State.RETURNED, event=make_event(str(n)))
        with django_assert_max_num_queries(4):
            suggest_units(risk)
