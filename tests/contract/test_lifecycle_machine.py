"""Any people, in any order, on any page they still have open: what must always hold, on the real store.

YIDAN_MACHINE sets how many runs of forty steps are tried (default 20).
"""

from __future__ import annotations

import json
import os
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, precondition, rule

from tests.contract.acts import snapshot
from tests.factories import ANSWER, make_desk, make_event, make_user, pointers
from tests.unit.risks.test_clocks import slow_due
from tracker.accounts.actors import Actor
from tracker.accounts.models import Role, Unit, User
from tracker.accounts.selectors import actor_of
from tracker.accounts.services import unit_create
from tracker.ledger.models import Entry
from tracker.ledger.services import ledger_verify
from tracker.posts.services import VerdictRefused
from tracker.risks import services
from tracker.risks.audit import sheet_verify
from tracker.risks.calendars import official
from tracker.risks.clocks import SHANGHAI
from tracker.risks.errors import Conflict, Refused
from tracker.risks.lifecycle import TABLE, Act, Outcome
from tracker.risks.models import DeadlineRule, Risk
from tracker.risks.policies import refusal
from tracker.risks.selectors import past_due
from tracker.risks.swap import view_of

TOPICS = (
    "road",
    "project",
    "transit",
    "taxi",
    "rail",
    "charge",
    "enforce",
    "traffic",
    "freight",
    "water",
    "service",
    "other",
)
START = datetime(2026, 9, 21, 1, 0, tzinfo=UTC)  # National Day and its make-up days lie ahead
# People with two hats on purpose: the duties must hold for them too.
HATS = {
    "verifier-of-road": ("road", ["verifier", "handler"]),
    "chief-and-verifier": ("dept", ["verifier", "manager"]),
    "everything-in-port": ("port", list(Role.values)),
    "everything-at-the-top": ("dept", list(Role.values)),
    "handler-of-county": ("county", ["handler", "verifier"]),
}
ALMOST_ALL = [act for act in Act if act not in {Act.LIST, Act.BREACH}]
STALE = st.sampled_from([0, 0, 0, 0, -1, 1])


class Lifecycle(RuleBasedStateMachine):
    risks = Bundle("risks")

    def __init__(self) -> None:
        super().__init__()
        self.store = transaction.atomic()
        self.store.__enter__()
        self.now = START
        self.files = 0

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.store.__exit__(None, None, None)

    @initialize()
    def people(self) -> None:
        desk = make_desk()
        unit_create(code="county", name="县", by=actor_of(desk.user("admin"), START), now=START, parent=desk.bureau)
        self.units = {unit.code: unit for unit in Unit.objects.all()}
        users = list(desk.users.values())
        users += [make_user(name, roles, self.units[unit]) for name, (unit, roles) in HATS.items()]
        self.actors = [actor_of(user, START) for user in users]
        self.initial = Entry.objects.count()

    @rule(hours=st.integers(1, 200))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)
        for risk, purpose in past_due(self.now):
            before = Risk.objects.get(pk=risk)
            assert services.risk_breach(risk=risk, purpose=purpose, now=self.now)
            after = Risk.objects.get(pk=risk)
            risen = after.level - before.level
            assert risen == (purpose == "overdue" and before.level < 3)
            assert (after.state, after.version) == (before.state, before.version + risen)
        assert not past_due(self.now)

    @rule(target=risks, level=st.integers(1, 3), need=st.sampled_from(["ask", "help"]), signals=st.sampled_from(["", "S"]),
          who=st.sampled_from([0, 0, 0, 0, 1, 5, 13]), stale=STALE)  # fmt: skip
    def list_(self, level: int, need: str, signals: str, who: int, stale: int):
        event = make_event(now=self.now, signals=signals)
        actor = self.actors[who % len(self.actors)]
        try:
            risk = services.risk_list(
                event=event.pk,
                version=event.version + stale,
                actor=actor,
                now=self.now,
                level=level,
                topic="road",
                need=need,
            )
        except VerdictRefused:
            assert stale or "analyst" not in actor.roles
            return multiple()
        assert not stale
        assert "analyst" in actor.roles
        return risk.pk

    @rule(pk=risks, picks=st.lists(st.integers(0, 10**6), min_size=3, max_size=12), unit=st.integers(0, 3))
    def people_do_what_they_may(self, pk: int, picks: list[int], unit: int) -> None:
        for pick in picks:
            risk = Risk.objects.get(pk=pk)
            view = view_of(risk)
            may = [(a, who) for a in ALMOST_ALL for who in self.actors if refusal(a, view, who) is None]
            # Moves before words, and the road before the ditch: random walks seldom get far otherwise.
            moves = [p for p in may if TABLE[p[0]].target or p[0] is Act.ATTACH]
            onward = [p for p in moves if p[0] not in {Act.WITHDRAW, Act.RETURN, Act.SEND_BACK}]
            some = [onward, onward, onward, moves, may][pick % 5] or may
            if some:
                self.attempt(risk, *some[pick // 5 % len(some)], stale=0, unit=unit)
                self.now += timedelta(minutes=pick % 600)
            self.nothing_is_closed_without_evidence_answer_and_an_independent_verifier()

    @rule(pk=risks, act=st.sampled_from(ALMOST_ALL), who=st.integers(0, 99), stale=STALE, unit=st.integers(0, 3))
    def somebody_tries_anything(self, pk: int, act: Act, who: int, stale: int, unit: int) -> None:
        self.attempt(Risk.objects.get(pk=pk), act, self.actors[who % len(self.actors)], stale, unit)

    @rule(pk=risks, one=st.integers(0, 99), other=st.integers(0, 99), unit=st.integers(0, 3))
    def two_people_press_on_the_same_page(self, pk: int, one: int, other: int, unit: int) -> None:
        """Both may do what they press; the second is told, and nothing of theirs is written."""
        seen = Risk.objects.get(pk=pk)
        may = [(act, who) for act in ALMOST_ALL for who in self.actors if refusal(act, view_of(seen), who) is None]
        if not may:
            return
        self.attempt(seen, *may[one % len(may)], stale=0, unit=unit)
        if Risk.objects.get(pk=pk).version == seen.version:
            return  # the first lacked something
        before = snapshot()
        with pytest.raises(Conflict):
            self.call(seen, *may[other % len(may)], 0, unit)
        assert snapshot() == before

    @rule()
    def the_program_starts_anew(self) -> None:
        """Nothing a process remembers may matter: what it keeps in memory is let go, people and units are read again."""
        official.cache_clear()
        self.units = {unit.code: unit for unit in Unit.objects.all()}
        names = [actor.username for actor in self.actors]
        self.actors = [actor_of(User.objects.get(username=name), START) for name in names]

    def attempt(self, risk: Risk, act: Act, actor: Actor, stale: int, unit: int) -> None:
        before, entries = snapshot(), Entry.objects.count()
        refused = refusal(act, view_of(risk), actor)
        try:
            self.call(risk, act, actor, stale, unit)
        except Conflict:
            assert snapshot() == before
            assert stale
            return
        except Refused:
            assert snapshot() == before
            assert not stale
            return
        assert not stale
        assert refused is None
        written = list(Entry.objects.order_by("seq")[entries:])
        assert [e.act for e in written if e.actor == actor.username] == [f"risk.{act}"]
        assert [e.act for e in written if e.actor != actor.username] in ([], ["risk.relevel"])

    def call(self, risk: Risk, act: Act, actor: Actor, stale: int, unit: int) -> None:  # noqa: PLR0912 - one branch an act
        common = {"risk": risk.pk, "version": risk.version + stale, "actor": actor, "now": self.now}
        where = list(self.units.values())[unit]
        match act:
            case Act.ASSIGN:
                others = [u for u in self.units.values() if u != where]
                services.risk_assign(
                    **common,
                    unit=where,
                    requirements="核实",
                    assisting=others[: self.files % 3],
                    supervising=others[-1],
                )
            case Act.REASSIGN:
                services.risk_reassign(**common, unit=where, reason="改派")
            case Act.RETURN:
                services.risk_return(**common, reason_code="jurisdiction", reason="不归我们")
            case Act.ATTACH:
                self.files += 1
                digest = sha256(str(self.files).encode()).hexdigest()
                services.risk_attach(**common, digest=digest, name="a.pdf", content_type="application/pdf", size=1)
            case Act.SUBMIT:
                outcome = list(Outcome)[self.files % 6]
                more = pointers(outcome, risk)
                services.risk_submit(**common, outcome=outcome, answer=ANSWER, note="见附件", **more)
            case Act.RELEVEL:
                services.risk_relevel(**common, level=risk.level % 3 + 1, reason="重估")
            case Act.TRANSFER:
                services.risk_transfer(**common, unit=where, reason="转办")
            case Act.RETOPIC:
                services.risk_retopic(**common, topic=TOPICS[self.files % 12], reason="重分")
            case Act.ANSWER:
                services.risk_answer(**common, answer="已派人到场，三日内更换。")
            case Act.PLAN:
                due = (risk.treat_due or self.now).date()
                services.risk_plan(**common, responsibility="甲", measures="乙", funds="丙", due=due, contingency="丁")
            case Act.EXTEND:
                services.risk_extend(**common, days=self.files % 4 + 1, reason="等")
            case Act.PAUSE:
                until = self.now.astimezone(SHANGHAI).date() + timedelta(days=self.files % 9 + 1)
                services.risk_pause(**common, until=until, reason="等")
            case Act.SIGN:
                services.risk_sign(**common)
            case (
                Act.APPROVE | Act.VERIFY | Act.SEND_BACK | Act.REOPEN | Act.WITHDRAW | Act.GRANT | Act.DENY | Act.RESUME
            ):
                getattr(services, f"risk_{act}")(**common, reason="理由")
            case _:
                services.risk_note(act=act, **common, reason="话")

    @invariant()
    def the_sheet_is_what_the_ledger_says(self) -> None:
        assert list(sheet_verify()) == []

    @invariant()
    def numbers_are_dense(self) -> None:
        for year in (2026, 2027):
            numbers = sorted(Risk.objects.filter(number__contains=year).values_list("number", flat=True))
            assert numbers == [f"YD-{year}-{n:05d}" for n in range(1, len(numbers) + 1)]

    @invariant()
    def nothing_is_closed_without_evidence_answer_and_an_independent_verifier(self) -> None:
        for risk in Risk.objects.filter(state="closed").select_related("unit"):
            story = list(Entry.objects.filter(subject=risk.subject).order_by("seq"))
            cycle = story[max(i for i, e in enumerate(story) if e.act in {"risk.assign", "risk.reopen"}) :]
            submitted = json.loads([e for e in cycle if e.act == "risk.submit"][-1].data)
            assert submitted["evidence"]
            assert submitted["answer"].strip() == risk.answer
            assert set(submitted["evidence"]) <= {json.loads(e.data)["digest"] for e in cycle if e.act == "risk.attach"}
            verified = [e for e in cycle if e.act == "risk.verify"][-1]
            workers = {e.actor for e in story if e.act in {"risk.sign", "risk.attach", "risk.submit", "risk.progress"}}
            assert verified.actor not in workers
            assert not self.units[verified.unit].path.startswith(risk.unit.path)
            if risk.level == 3:
                approved = [e for e in cycle if e.act == "risk.approve"][-1]
                assert approved.seq > verified.seq
                assert "manager" in approved.roles.split(",")
                assert approved.actor not in workers | {verified.actor}

    @invariant()
    def clocks_equal_the_slow_way(self) -> None:
        for risk in Risk.objects.all():
            assert risk.answer_due == datetime.fromisoformat(risk.arithmetic["answer"]["start"]) + timedelta(hours=48)
            if risk.assigned_at is None:
                continue
            book = risk.arithmetic["treat"]
            assert datetime.fromisoformat(book["start"]) == risk.assigned_at
            counted_from = datetime.fromisoformat(book.get("counted_from", book["start"]))
            assert counted_from >= risk.assigned_at
            assert DeadlineRule.objects.filter(purpose="treat", kind=risk.kind, amount=book["given"]).exists()
            granted = risk.extensions.filter(granted=True, asked_at__gte=risk.assigned_at)
            days = book["given"] + sum(granted.values_list("days", flat=True))
            held = {
                date.fromisoformat(first) + timedelta(days=n)
                for first, until, _why in book["pauses"]
                for n in range((date.fromisoformat(until) - date.fromisoformat(first)).days)
            }
            due = slow_due(counted_from, days, lambda d, held=held: official(d).working and d not in held, len(held))
            assert risk.treat_due == due

    @precondition(lambda self: hasattr(self, "initial"))
    @invariant()
    def the_chain_holds(self) -> None:
        assert ledger_verify() is None


@pytest.mark.django_db
class TestLifecycle(Lifecycle.TestCase):
    settings = settings(
        max_examples=int(os.environ.get("YIDAN_MACHINE", "20")),
        stateful_step_count=40,
        deadline=None,
        # On a real store shrinking takes longer than reading the run it found.
        phases=[Phase.explicit, Phase.reuse, Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
    )
