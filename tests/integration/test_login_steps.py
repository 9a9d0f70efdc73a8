"""Getting in: password, second factor, a password somebody else has set, the lock after wrong ones; and staying in no longer than allowed."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from django_otp.oath import totp

from tests.factories import NOW
from tracker.accounts import second_factor
from tracker.accounts.models import RecoveryCode, SecondFactor
from tracker.accounts.passwords import password_set
from tracker.accounts.second_factor import factor_check, factor_confirm, factor_reset, factor_start
from tracker.accounts.services import AccountRefused
from tracker.ledger.models import Entry

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("web")]
PASSWORD = "a-ferry-on-the-river"


@pytest.fixture(autouse=True)
def _fast(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    cache.clear()


def enter(desk, name: str, client: Client | None = None):
    user = desk.user(name)
    if not user.check_password(PASSWORD):
        user.set_password(PASSWORD)
        user.save()
    client = client or Client()
    return client, client.post("/login/", {"username": name, "password": PASSWORD})


def secret_of(user) -> bytes:
    return second_factor._open(SecondFactor.objects.get(user=user))


def code_of(user, now, ahead: int = 0) -> str:
    return f"{totp(secret_of(user), t0=int(timezone.now().timestamp() - now.timestamp() - 30 * ahead)):06d}"


def with_factor(desk, name: str):
    user = desk.user(name)
    now = timezone.now() - timedelta(minutes=5)
    factor_start(user=user, now=now)
    return user, factor_confirm(user=user, code=code_of(user, now), actor=desk.actor(name), now=now)


class TestRequired:
    @pytest.fixture(autouse=True)
    def _required(self, settings):
        settings.SECOND_FACTOR = "required"

    @pytest.mark.parametrize("name", ["manager", "admin"])
    def test_a_manager_sets_it_up_before_anything_else(self, desk, name):
        client, _answer = enter(desk, name)
        for url in ("/", "/sheet/", "/account/", "/ledger/"):
            answer = client.get(url)
            assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, "/login/setup/"), url
        assert client.post("/sheet/export/").status_code == 302
        assert client.get("/queue/", headers={"HX-Request": "true"})["HX-Redirect"].startswith("/login/setup/")
        assert client.get("/api/v1/risks").status_code == 401
        page = client.get("/login/setup/").content.decode()
        assert "<svg" in page
        assert "/sheet/" not in page, "no navigation before the login is finished"
        wrong = client.post("/login/setup/", {"code": "000000"})
        assert wrong.status_code == 422
        done = client.post("/login/setup/", {"code": code_of(desk.user(name), timezone.now())}).content.decode()
        assert len(re.findall(r"<code>[a-z0-9]{4}-[a-z0-9]{4}-[a-z0-9]{4}</code>", done)) == 10
        assert client.get("/").status_code == 200
        assert Entry.objects.filter(act="factor.set", actor=name).count() == 1

    @pytest.mark.parametrize("name", ["analyst", "handler", "auditor"])
    def test_others_go_straight_on(self, desk, name):
        client, answer = enter(desk, name)
        assert answer["Location"] == "/"
        assert client.get("/").status_code == 200

    def test_a_role_lent_meanwhile_asks_for_it_too(self, desk):
        client, _answer = enter(desk, "analyst")
        assert client.get("/").status_code == 200
        desk.user("analyst").grants.create(role="manager", until=timezone.now() + timedelta(days=1))
        assert client.get("/")["Location"].startswith("/login/setup/")


class TestCode:
    def test_whoever_has_one_is_asked_for_it_whatever_the_setting(self, desk):
        user, _codes = with_factor(desk, "analyst")
        client, _answer = enter(desk, "analyst")
        assert client.get("/sheet/?level=2")["Location"] == "/login/code/?next=%2Fsheet%2F%3Flevel%3D2"
        assert client.post("/login/code/", {"code": "000000"}).status_code == 422
        before = client.session.session_key
        right = client.post("/login/code/", {"code": code_of(user, timezone.now()), "next": "/sheet/?level=2"})
        assert (right.status_code, right["Location"]) == (303, "/sheet/?level=2")
        assert client.session.session_key != before
        assert client.get("/").status_code == 200

    def test_it_never_leads_to_another_site(self, desk):
        user, _codes = with_factor(desk, "analyst")
        client, _answer = enter(desk, "analyst")
        right = client.post("/login/code/", {"code": code_of(user, timezone.now()), "next": "//evil.example/"})
        assert right["Location"] == "/"

    def test_a_code_is_good_once(self, desk):
        user, _codes = with_factor(desk, "analyst")
        now = timezone.now()
        code = code_of(user, now)
        assert factor_check(user=user, code=code, now=now)
        assert not factor_check(user=user, code=code, now=now)

    def test_a_code_of_another_hour_is_no_code(self, desk):
        user, _codes = with_factor(desk, "analyst")
        now = timezone.now()
        old = code_of(user, now - timedelta(hours=1))
        assert not factor_check(user=user, code=old, now=now)

    def test_five_wrong_codes_close_the_door_for_ten_minutes(self, desk):
        user, _codes = with_factor(desk, "analyst")
        client, _answer = enter(desk, "analyst")
        for _attempt in range(5):
            client.post("/login/code/", {"code": "123123"})
        now = timezone.now()
        answer = client.post("/login/code/", {"code": code_of(user, now)})
        assert answer.status_code == 422
        assert "等十分钟" in answer.content.decode()
        assert factor_check(user=user, code=code_of(user, now, ahead=1), now=now + timedelta(minutes=11)) is False
        later = now + timedelta(minutes=11)
        assert factor_check(user=user, code=code_of(user, later), now=later)

    def test_a_recovery_code_is_good_once_and_told_in_the_ledger(self, desk):
        _user, codes = with_factor(desk, "analyst")
        client, _answer = enter(desk, "analyst")
        assert client.post("/login/code/", {"code": codes[0].upper()}).status_code == 303
        again, _answer = enter(desk, "analyst")
        assert again.post("/login/code/", {"code": codes[0]}).status_code == 422
        assert Entry.objects.filter(act="factor.recovery", subject="user:analyst").count() == 1
        assert RecoveryCode.objects.filter(used_at=None).count() == 9
        assert not any(code.replace("-", "") in repr(list(RecoveryCode.objects.values())) for code in codes)

    def test_the_secret_is_not_in_the_store_as_it_is(self, desk):
        user, _codes = with_factor(desk, "analyst")
        row = SecondFactor.objects.get(user=user)
        assert secret_of(user).hex() not in row.secret
        assert len(secret_of(user)) == 20

    def test_a_lost_phone_is_reset_by_another_administrator(self, desk):
        with_factor(desk, "manager")
        for by in ("manager", "analyst"):
            with pytest.raises(AccountRefused):
                factor_reset(user="manager", by=desk.actor(by), now=NOW, reason="手机丢了")
        factor_reset(user="manager", by=desk.actor("admin"), now=NOW, reason="手机丢了")
        assert not SecondFactor.objects.exists()
        assert Entry.objects.get(act="factor.reset").reason == "手机丢了"


class TestPassword:
    def test_five_wrong_passwords_lock_the_name_at_this_address(self, desk):
        enter(desk, "analyst")
        client = Client()
        for _attempt in range(5):
            answer = client.post("/login/", {"username": "analyst", "password": "wrong"})
        assert answer.status_code == 429
        assert enter(desk, "analyst", Client())[1].status_code == 429
        assert enter(desk, "auditor")[1].status_code == 302

    def test_one_that_somebody_else_set_is_changed_first(self, desk):
        text = password_set(user="analyst", by=desk.actor("admin"), now=timezone.now(), reason="忘了")
        client = Client()
        client.post("/login/", {"username": "analyst", "password": text})
        assert client.get("/")["Location"].startswith("/login/password/")
        given = {"old": text, "new": "short", "again": "short"}
        assert client.post("/login/password/", given).status_code == 422
        good = given | {"new": PASSWORD, "again": PASSWORD}
        assert client.post("/login/password/", good | {"again": PASSWORD + "x"}).status_code == 422
        assert client.post("/login/password/", good | {"old": "no"}).status_code == 422
        assert client.post("/login/password/", good).status_code == 303
        assert client.get("/").status_code == 200
        assert text not in repr(list(Entry.objects.values()))

    def test_a_change_ends_every_other_session(self, desk):
        here, _answer = enter(desk, "analyst")
        there, _answer = enter(desk, "analyst")
        changed = {"old": PASSWORD, "new": PASSWORD + "-2", "again": PASSWORD + "-2"}
        assert here.post("/login/password/", changed).status_code == 303
        assert here.get("/").status_code == 200
        assert there.get("/").status_code == 302

    def test_all_other_sessions_are_ended_at_once(self, desk):
        here, _answer = enter(desk, "analyst")
        there, _answer = enter(desk, "analyst")
        assert here.post("/account/out/").status_code == 303
        assert here.get("/").status_code == 200
        assert there.get("/").status_code == 302

    def test_nobody_sets_the_password_of_whom_they_are_not_over(self, desk):
        for by in ("manager", "analyst"):
            with pytest.raises(AccountRefused):
                password_set(user="admin", by=desk.actor(by), now=NOW, reason="x")
        with pytest.raises(AccountRefused):
            password_set(user="admin", by=desk.actor("admin"), now=NOW, reason="x")


def test_a_desk_left_alone_is_logged_out(desk, time_machine):
    client, _answer = enter(desk, "analyst")
    assert client.get("/").status_code == 200
    start = timezone.now()
    time_machine.move_to(start + timedelta(minutes=100), tick=False)
    assert client.get("/").status_code == 200
    time_machine.move_to(start + timedelta(minutes=100 + 121), tick=False)
    assert client.get("/queue/")["Location"].startswith("/login/")


def test_behind_tls_cookies_are_for_tls_only():
    import os
    import subprocess
    import sys

    script = (
        "import django; django.setup(); from django.conf import settings as s;"
        "print(s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.SECURE_HSTS_SECONDS, s.SECOND_FACTOR, s.CSRF_TRUSTED_ORIGINS)"
    )
    env = os.environ | {
        "DJANGO_SETTINGS_MODULE": "tracker.settings",
        "YIDAN_HTTPS": "1",
        "YIDAN_HOSTS": "desk.example.org",
    }
    env.pop("YIDAN_SECOND_FACTOR", None)
    said = subprocess.run([sys.executable, "-c", script], env=env, capture_output=True, text=True, check=True).stdout
    assert said.split() == ["True", "True", "31536000", "required", "['https://desk.example.org']"]
