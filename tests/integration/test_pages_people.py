"""My account and the people: keys shown once, roles lent and ended, accounts closed, and nobody above themselves."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tracker.accounts.models import Grant, Token, User
from tracker.accounts.tokens import bearer
from tracker.ledger.models import Entry

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("web")]


def shown(answer) -> str:
    return re.search(r'class="hash whole">([^<]+)<', answer.content.decode())[1]


class TestKeys:
    def make(self, client, **over):
        return client.post("/account/keys/", {"name": "报表程序", "roles": ["analyst"], "days": 30} | over)

    def test_a_key_is_shown_once_and_kept_hashed(self, desk, person):
        client = person("analyst")
        text = shown(self.make(client))
        row = Token.objects.get()
        assert text not in repr(row.__dict__) + repr(list(Entry.objects.values()))
        assert text not in client.get("/account/").content.decode()
        assert bearer(text, timezone.now()).actor.roles == {"analyst"}
        assert row.hint in client.get("/account/").content.decode()

    def test_it_ends_by_itself_and_at_once(self, desk, person):
        client, now = person("analyst"), timezone.now()
        text = shown(self.make(client))
        assert bearer(text, now + timedelta(days=29))
        assert bearer(text, now + timedelta(days=31)) is None
        other = person("manager")
        other.post(f"/account/keys/{Token.objects.get().pk}/revoke/")
        assert bearer(text, now), "somebody else's key is none of a manager's business"
        client.post(f"/account/keys/{Token.objects.get().pk}/revoke/")
        assert bearer(text, now) is None
        assert Entry.objects.filter(act="token.revoke").count() == 1

    @pytest.mark.parametrize(
        "over", [{"roles": []}, {"roles": ["manager"]}, {"name": " "}, {"days": 0}, {"days": 999}, {"unit": "x"}]
    )
    def test_what_may_not_be_is_refused_in_place(self, desk, person, over):
        assert self.make(person("analyst"), **over).status_code == 422
        assert not Token.objects.exists()

    def test_a_handler_cannot_look_out_of_the_own_unit(self, desk, person):
        assert self.make(person("handler"), roles=["handler"], unit="port").status_code == 422
        assert self.make(person("handler"), roles=["handler"], unit="road").status_code == 200

    def test_who_has_left_has_no_key(self, desk, person):
        text = shown(self.make(person("analyst")))
        person("admin").post("/people/analyst/leave/", {"reason": "调离"})
        assert bearer(text, timezone.now()) is None
        assert Token.objects.get().revoked_at


def standing() -> list[list]:
    """Roles, units and passwords of everybody."""
    users = User.objects.order_by("pk").values("pk", "unit", "is_active", "password")
    return [list(Grant.objects.order_by("pk").values()), list(users)]


class TestPeople:
    def test_a_role_is_lent_up_to_the_end_of_a_day(self, desk, person):
        day = (timezone.localtime() + timedelta(days=3)).date()
        answer = person("admin").post("/people/nobody/lend/", {"role": "verifier", "until": day, "reason": "休假代理"})
        assert answer.status_code == 303
        until = Grant.objects.get(user__username="nobody").until
        assert timezone.localtime(until - timedelta(seconds=1)).date() == day
        page = person("admin").get("/people/nobody/").content.decode()
        assert "代理到" in page
        assert Entry.objects.get(act="role.give").reason == "休假代理"

    def test_roles_end_and_people_move_with_a_reason(self, desk, person):
        admin = person("admin")
        assert admin.post("/people/handler/end/", {"role": "handler", "reason": " "}).status_code == 422
        assert admin.post("/people/handler/end/", {"role": "handler", "reason": "转岗"}).status_code == 303
        assert not Grant.objects.filter(user__username="handler").exists()
        assert admin.post("/people/handler/move/", {"unit": "port", "reason": "转岗"}).status_code == 303
        assert User.objects.get(username="handler").unit == desk.port

    @pytest.mark.parametrize("act", ["lend", "end", "move", "password", "factor", "leave"])
    def test_nobody_sets_themselves_and_only_an_administrator_others(self, desk, person, act):
        body = {"role": "manager", "unit": "port", "reason": "x"}
        for who, whom in (("admin", "admin"), ("auditor", "handler")):
            before = standing()
            assert person(who).post(f"/people/{whom}/{act}/", body).status_code == 422
            assert standing() == before
        assert person("manager").post(f"/people/handler/{act}/", body).status_code == 403

    def test_somebody_new_gets_a_password_to_be_changed(self, desk, person):
        body = {"username": "lan", "display": "兰", "unit": "dept", "roles": ["auditor"]}
        text = shown(person("admin").post("/people/add/", body))
        user = User.objects.get(username="lan")
        assert user.check_password(text)
        assert user.must_change
        assert person("admin").post("/people/add/", body).status_code == 422

    def test_who_looked_at_the_people_is_written_down_once_a_day(self, desk, person):
        for _time in range(2):
            person("auditor").get("/people/")
        person("auditor").get("/people/handler/")
        assert Entry.objects.filter(act="read.people", actor="auditor").count() == 2

    def test_a_closed_account_is_out_at_once(self, desk, person):
        theirs = person("analyst")
        assert theirs.get("/").status_code == 200
        person("admin").post("/people/analyst/leave/", {"reason": "调离"})
        assert theirs.get("/").status_code == 302

    def test_a_name_with_a_slash_or_a_script_is_nobody(self, desk, person):
        admin: Client = person("admin")
        assert admin.get("/people/<script>/").status_code == 404
        assert admin.get("/people/nobody/nothing/").status_code in (404, 405)
