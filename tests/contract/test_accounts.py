"""Units and users: who may make them, and which codes and names could pass for others."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest

from tests.contract.acts import snapshot
from tests.factories import NOW, make_desk, make_risk, make_user
from tracker.accounts.actors import system_actor
from tracker.accounts.models import Grant, User
from tracker.accounts.roles import role_end, role_give, user_leave, user_move
from tracker.accounts.selectors import actor_of
from tracker.accounts.services import AccountRefused, unit_create, user_create
from tracker.ledger.models import Entry
from tracker.risks.errors import SameHands
from tracker.risks.lifecycle import State
from tracker.risks.selectors import attachment_for, inbox, visible
from tracker.risks.services import risk_verify

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


class TestRoles:
    def give(self, desk, by="admin", **over):
        given = {"user": "nobody", "role": "verifier", "now": NOW, "reason": "休假代理"} | over
        return role_give(by=desk.actor(by), **given)

    def test_a_role_is_lent_and_ends_by_itself(self):
        desk = make_desk()
        until = NOW + timedelta(days=7)
        self.give(desk, until=until)
        user = desk.user("nobody")
        assert actor_of(user, NOW).roles == {"verifier"}
        assert actor_of(user, until).roles == frozenset()
        entry = Entry.objects.get(act="role.give")
        assert (entry.subject, entry.reason) == ("user:nobody", "休假代理")

    def test_a_role_is_taken_back_at_once(self):
        desk = make_desk()
        self.give(desk)
        role_end(user="nobody", role="verifier", by=desk.actor("admin"), now=NOW, reason="销假")
        assert actor_of(desk.user("nobody"), NOW).roles == frozenset()

    @pytest.mark.parametrize(
        "over",
        [{"by": "manager"}, {"user": "admin"}, {"user": "stranger"}, {"role": "king"}, {"reason": " "}, {"until": NOW}],
        ids=str,
    )
    def test_what_may_not_be_given_is_refused(self, over):
        desk = make_desk()
        before = snapshot()
        with pytest.raises(AccountRefused):
            self.give(desk, **over)
        assert snapshot() == before

    def test_a_handler_needs_a_unit(self):
        desk = make_desk()
        make_user("adrift", [])
        with pytest.raises(AccountRefused, match="单位"):
            self.give(desk, user="adrift", role="handler")

    def test_the_last_administrator_stays(self):
        desk = make_desk()
        by = system_actor("cli")
        with pytest.raises(AccountRefused, match="最后"):
            role_end(user="admin", role="admin", by=by, now=NOW, reason="x")
        with pytest.raises(AccountRefused, match="最后"):
            user_leave(user="admin", by=by, now=NOW, reason="x")
        self.give(desk, role="admin")
        user_leave(user="admin", by=by, now=NOW, reason="退休")
        assert not User.objects.get(username="admin").is_active

    def test_whoever_administers_for_a_time_is_not_the_one_who_stays(self):
        desk, by = make_desk(), system_actor("cli")
        self.give(desk, role="admin", until=NOW + timedelta(days=7))
        for refused_ in (
            partial(role_end, user="admin", role="admin"),
            partial(user_leave, user="admin"),
            partial(role_give, user="admin", role="admin", until=NOW + timedelta(days=1)),
        ):
            with pytest.raises(AccountRefused, match="最后"):
                refused_(by=by, now=NOW, reason="x")
        role_end(user="nobody", role="admin", by=by, now=NOW, reason="提前结束代理")

    def test_who_left_is_gone_and_their_name_is_kept(self):
        desk = make_desk()
        user_leave(user="handler", by=desk.actor("admin"), now=NOW, reason="调离")
        assert refused(user_create, username="handler", password=PASSWORD, roles=["auditor"], **BY)
        with pytest.raises(AccountRefused):
            self.give(desk, user="handler")

    def test_a_move_does_not_make_an_old_handler_independent(self):
        desk = make_desk()
        risk = make_risk(desk, State.SUBMITTED)
        self.give(desk, user="handler")
        user_move(user="handler", unit=desk.port, by=desk.actor("admin"), now=NOW, reason="调动")
        mover = actor_of(User.objects.get(username="handler"), NOW)
        assert mover.unit_path == desk.port.path
        with pytest.raises(SameHands):
            risk_verify(risk=risk.pk, version=risk.version, actor=mover, now=NOW, reason="看过了")
