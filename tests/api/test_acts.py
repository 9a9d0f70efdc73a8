"""The lifecycle over the API: the same services, the same sentences, each write once."""

from __future__ import annotations

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.contract.acts import CASES, SUBMISSION
from tests.factories import PNG, make_event, make_risk
from tracker.api import acts
from tracker.api.models import KeyedAnswer
from tracker.ledger.models import Entry
from tracker.risks.lifecycle import TABLE, Act, State
from tracker.risks.models import Risk

pytestmark = pytest.mark.django_db
SENTENCE = "application/problem+json"


def bodies() -> dict[Act, dict]:
    """What each act sends, from the cases of the contract tests."""

    class Units:
        bureau, port = "road", "port"

    found = {case.act: case.arguments(Units) for case in CASES if case.act is not Act.ATTACH}
    return {act: json.loads(json.dumps(body, default=str)) for act, body in found.items()}


def test_there_is_an_operation_for_every_act_of_the_table():
    people = {act for act, move in TABLE.items() if "system" not in move.roles} - {Act.LIST}
    assert set(acts.acts()) == people
    for act in people - {Act.ATTACH}:
        needed = {"reason" if need == "grounds" else need for need in TABLE[act].needs} - {"evidence", "unit"}
        assert needed <= set(acts.body_of(act).model_fields), act


def test_a_row_without_a_service_is_told_at_once(monkeypatch):
    monkeypatch.delattr("tracker.risks.services.risk_sign")
    with pytest.raises(LookupError, match="risk_sign"):
        acts.service_of(Act.SIGN)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.act.value)
def test_each_act_is_done_by_whose_turn_it_is_and_refused_to_others(desk, program, case):
    risk = case.ready(desk)
    address = f"/risks/{risk.number}/acts/{case.act}"
    if case.act is Act.ATTACH:
        send = lambda asker, version: asker.client.post(  # noqa: E731
            f"/api/v1{address}", {"version": version, "file": SimpleUploadedFile("a.png", PNG)},
            headers={"Authorization": f"Bearer {asker.key}"},
        )  # fmt: skip
    else:
        body = bodies()[case.act]
        send = lambda asker, version: asker.post(address, body | {"version": version})  # noqa: E731
    stranger = send(program("auditor"), risk.version)
    assert stranger.status_code == 403
    assert stranger.json()["reason"] == "not_yours"
    assert "您没有这个角色" in stranger.json()["detail"]
    old = send(program(case.who), risk.version + 1)
    assert (old.status_code, old["Content-Type"]) == (409, SENTENCE)
    done = send(program(case.who), risk.version)
    assert done.status_code == 200, done.content.decode()
    assert done.json()["state"] == case.after
    entry = Entry.objects.filter(subject=risk.subject, act=f"risk.{case.act}").last()
    assert entry.actor == case.who


def test_the_whole_road_by_programs(desk, program):
    event = make_event()
    analyst, dispatcher, handler = program("analyst"), program("dispatcher"), program("handler")
    first = analyst.get("/queue").json()
    assert first["items"][0]["id"] == event.pk
    assert "数据源" in first["coverage"]
    labels = {"version": event.version, "level": 2, "topic": "road", "need": "complain"}
    risk = analyst.post(f"/events/{event.pk}/confirm", labels).json()
    address = f"/risks/{risk['number']}"

    def act(who, name, body, version):
        answer = who.post(f"{address}/acts/{name}", body | {"version": version})
        assert answer.status_code == 200, answer.content.decode()
        return answer.json()

    risk = act(dispatcher, "assign", {"unit": "road", "requirements": "到现场核实"}, risk["version"])
    risk = act(handler, "sign", {}, risk["version"])
    sent = handler.client.post(
        f"/api/v1{address}/acts/attach", {"version": risk["version"], "file": SimpleUploadedFile("现场.png", PNG)},
        headers={"Authorization": f"Bearer {handler.key}"},
    )  # fmt: skip
    risk = sent.json()
    picture = handler.get(f"{address}/evidence/{risk['evidence'][0]['digest']}")
    assert b"".join(picture.streaming_content)[:4] == PNG[:4]
    assert program("other_handler").get(f"{address}/evidence/{risk['evidence'][0]['digest']}").status_code == 404
    risk = act(handler, "submit", SUBMISSION, risk["version"])
    assert (
        program("handler").post(f"{address}/acts/verify", {"version": risk["version"], "reason": "看过"}).status_code
        == 403
    )
    risk = act(program("verifier"), "verify", {"reason": "照片与地点相符"}, risk["version"])
    assert risk["state"] == State.CLOSED
    told = [row["act"] for row in program("auditor").get(f"{address}/timeline").json()]
    assert told == [f"risk.{name}" for name in ("list", "assign", "sign", "attach", "submit", "verify")]
    assert Entry.objects.filter(act="read.evidence", actor="handler").count() == 1


def test_two_roles_do_not_make_a_handler_independent(desk, program):
    from tracker.accounts.models import Grant

    risk = make_risk(desk, State.SUBMITTED)
    Grant.objects.create(user=desk.user("handler"), role="verifier")
    answer = program("handler").post(f"/risks/{risk.number}/acts/verify", {"version": risk.version, "reason": "看过"})
    assert answer.status_code == 403
    assert answer.json()["reason"] == "same_hands"
    assert "承办单位以外" in answer.json()["detail"]
    Grant.objects.create(user=desk.user("verifier"), role="handler")
    desk.user("verifier").unit = desk.bureau
    desk.user("verifier").save()
    beside = program("verifier").post(f"/risks/{risk.number}/acts/verify", {"version": risk.version, "reason": "看过"})
    assert (beside.status_code, beside.json()["reason"]) == (403, "same_hands")


class TestOnce:
    def comment(self, asker, risk, key="k-1", **over):
        body = {"version": risk.version, "reason": "已电话核实"} | over
        return asker.post(f"/risks/{risk.number}/acts/comment", body, **{"Idempotency-Key": key})

    def test_a_repeated_write_is_answered_and_not_done_again(self, desk, program):
        risk, asker = make_risk(desk, State.HANDLING), program("analyst")
        first, again = self.comment(asker, risk), self.comment(asker, risk)
        assert first.status_code == again.status_code == 200
        assert first.json() == again.json()
        assert "Idempotent-Replay" not in first
        assert again["Idempotent-Replay"] == "true"
        assert Entry.objects.filter(act="risk.comment").count() == 1

    def test_a_key_is_good_for_one_request_and_one_asker(self, desk, program):
        risk, asker = make_risk(desk, State.HANDLING), program("analyst")
        self.comment(asker, risk)
        assert self.comment(asker, risk, reason="别的话").json()["reason"] == "key_reused"
        other = self.comment(program("manager"), Risk.objects.get(pk=risk.pk))
        assert other.status_code == 200
        assert "Idempotent-Replay" not in other

    def test_a_refusal_is_not_kept(self, desk, program):
        risk, asker = make_risk(desk, State.HANDLING), program("analyst")
        refused = self.comment(asker, risk, reason=" ")
        assert refused.status_code == 422
        assert not KeyedAnswer.objects.exists()
        assert self.comment(asker, risk).status_code == 200

    def test_a_key_that_is_too_long_is_refused(self, desk, program):
        assert self.comment(program("analyst"), make_risk(desk), key="k" * 81).status_code == 400

    def test_a_file_sent_twice_is_one_file(self, desk, program):
        risk, asker = make_risk(desk, State.HANDLING), program("handler")

        def send():
            return asker.client.post(
                f"/api/v1/risks/{risk.number}/acts/attach",
                {"version": risk.version, "file": SimpleUploadedFile("a.png", PNG)},
                headers={"Authorization": f"Bearer {asker.key}", "Idempotency-Key": "photo"},
            )

        assert send().status_code == 200
        assert send()["Idempotent-Replay"] == "true"
        assert risk.attachments.count() == 1
