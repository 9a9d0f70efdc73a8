"""Units and users: who may make them, and which codes and names could pass for others."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.contract.acts import snapshot
from tests.factories import NOW, make_desk, make_risk
from tracker.accounts.actors import system_actor
from tracker.accounts.models import Grant
from tracker.accounts.selectors import actor_of
from tracker.accounts.services import AccountRefused, unit_create, user_create
from tracker.ledger.models import Entry
from tracker.risks.lifecycle import State
from tracker.risks.selectors import attachment_for, inbox, visible

pytestmark = pytest.mark.django_db
BY = {"by": system_actor("tests"), "now": NOW}
PASSWORD = "a-ferry-on-the-river"


def refused(call, **kwargs) -> str:
    before = snapshot()
    with pytest.raises(AccountRefused) as caught:
        call(**kwargs)
    assert snapshot() == before
    return str(caught.value)


@pytest.mark.parametrize("code", ["", "a/b", "road/sub", "a b", "路", "../x", "a%", "road", "ROAD", "x" + "/"])
def test_a_code_that_could_open_another_subtree_is_refused(code):
    make_desk()
    assert refused(unit_create, code=code, name="x", **BY)


@pytest.mark.parametrize(
    "name", ["", "a b", "system:clocks", "system", "System", "analyst", "ANALYST", "x" * 151, "a\nb"]
)
def test_a_user_name_that_could_pass_for_another_is_refused(name):
    make_desk()
    assert refused(user_create, username=name, password=PASSWORD, roles=["auditor"], **BY)


@pytest.mark.parametrize(
    "over",
    [{"roles": ["king"]}, {"roles": ["handler"]}, {"password": "short"}, {"password": "1234567890"}],
)
def test_a_role_unit_or_password_that_will_not_do_is_refused(over):
    given = {"username": "lan", "password": PASSWORD, "roles": ["auditor"]} | over
    assert refused(user_create, **given, **BY)


def test_only_an_administrator_makes_them():
    desk = make_desk()
    for name in ("manager", "nobody", "handler", "auditor"):
        by = desk.actor(name)
        assert refused(unit_create, code="x", name="x", by=by, now=NOW)
        assert refused(user_create, username="x", password=PASSWORD, roles=[], by=by, now=NOW)
    assert unit_create(code="x", name="x", by=desk.actor("admin"), now=NOW).path == "/x/"


def test_a_password_never_reaches_the_ledger():
    user_create(username="lan", password=PASSWORD, roles=["auditor"], **BY)
    entry = Entry.objects.get(act="user.create")
    assert PASSWORD not in repr(entry.__dict__)


def test_a_role_lent_ends_by_itself():
    user = make_desk().user("nobody")
    Grant.objects.create(user=user, role="verifier", until=NOW)
    assert actor_of(user, NOW - timedelta(seconds=1)).roles == {"verifier"}
    assert actor_of(user, NOW).roles == frozenset()


def test_each_role_sees_what_it_may():
    desk = make_desk()
    mine = make_risk(desk, State.HANDLING)
    listed = make_risk(desk)
    theirs = make_risk(desk, State.SUBMITTED, unit=desk.port, handler="other_handler")
    for name in ("analyst", "dispatcher", "verifier", "manager", "auditor", "admin"):
        assert set(visible(desk.actor(name))) == {mine, listed, theirs}
    assert set(visible(desk.actor("handler"))) == {mine}
    assert set(visible(desk.actor("other_handler"))) == {theirs}
    assert not visible(desk.actor("nobody")).exists()
    assert set(inbox(desk.actor("handler"))) == {mine}
    digest = theirs.attachments.get().digest
    assert attachment_for(desk.actor("other_handler"), theirs.number, digest)
    with pytest.raises(type(theirs.attachments.get()).DoesNotExist):
        attachment_for(desk.actor("handler"), theirs.number, digest)
