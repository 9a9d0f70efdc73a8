"""Every act with all it needs, so that tests can walk through them: who may, from which state, and the call."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from itertools import count
from threading import Barrier, Thread
from typing import Any, cast

from django.db import connection

from tests.factories import ANSWER, NOW, Desk, make_risk
from tracker.accounts.actors import Actor
from tracker.ledger.models import Entry
from tracker.ledger.services import ledger_head
from tracker.posts.models import Event, Verdict
from tracker.risks import services
from tracker.risks.audit import sheet_row
from tracker.risks.lifecycle import Act, State
from tracker.risks.models import Attachment, Extension, NumberSeries, Risk

_files = count(1)


@dataclass(frozen=True)
class Case:
    """An act: the state it starts from here, the level, who does it, its own arguments, and those that make it incomplete."""

    act: Act
    state: State
    who: str
    after: State
    arguments: Callable[[Desk], dict[str, Any]] = lambda _desk: {}
    incomplete: tuple[dict[str, Any], ...] = ()
    level: int = 2
    before: Act | None = None

    def ready(self, desk: Desk) -> Risk:
        """A risk on which the act can be done."""
        risk = make_risk(desk, self.state, level=self.level)
        if self.before is None:
            return risk
        first = next(case for case in CASES if case.act is self.before)
        return cast("Risk", first.call(desk, risk, actor=desk.actor(first.who), now=NOW))

    def call(
        self, desk: Desk, risk: Risk, *, actor: Actor, now: datetime, version: int | None = None, **over: Any
    ) -> Any:
        service = getattr(services, f"risk_{self.act}", None) or services.risk_note
        own = self.arguments(desk) | ({"act": self.act} if service is services.risk_note else {}) | over
        return service(risk=risk.pk, version=version or risk.version, actor=actor, now=now, **own)


def _reason(text: str = "已写明"):
    return lambda _desk: {"reason": text}


def _file(_desk: Desk) -> dict[str, Any]:
    name = f"{next(_files)}.pdf"
    return {"digest": sha256(name.encode()).hexdigest(), "name": name, "content_type": "application/pdf", "size": 9}


PLAN = {
    "responsibility": "养护科", "measures": "更换护栏", "funds": "养护经费 2 万元", "due": date(2026, 11, 27),
    "contingency": "先设警示桩",
}  # fmt: skip
BLANK = ({"reason": "  "},)
CASES = [
    Case(Act.ASSIGN, State.LISTED, "dispatcher", State.ASSIGNED,
         lambda desk: {"unit": desk.bureau, "requirements": "到现场核实", "contact": "值班室"},
         ({"requirements": " "}, {"contact": "长" * 81}, {"requirements": "含\x00"})),
    Case(Act.SIGN, State.ASSIGNED, "handler", State.HANDLING),
    Case(Act.RETURN, State.HANDLING, "handler", State.RETURNED,
         lambda _desk: {"reason_code": "territory", "reason": "由邻市管养"}, ({"reason_code": "mood"}, *BLANK)),
    Case(Act.REASSIGN, State.RETURNED, "dispatcher", State.ASSIGNED,
         lambda desk: {"unit": desk.port, "reason": "请港口办理"}, BLANK),
    Case(Act.TRANSFER, State.HANDLING, "dispatcher", State.ASSIGNED,
         lambda desk: {"unit": desk.port, "reason": "属港区道路"}, BLANK),
    Case(Act.RETOPIC, State.HANDLING, "analyst", State.HANDLING,
         lambda _desk: {"topic": "traffic", "reason": "是信号灯的事"},
         (*BLANK, {"topic": "road"}, {"topic": "-"}, {"topic": "weather"})),
    Case(Act.ATTACH, State.HANDLING, "handler", State.HANDLING, _file),
    Case(Act.VERIFY, State.SUBMITTED, "verifier", State.CLOSED, _reason(), BLANK),
    Case(Act.APPROVE, State.APPROVING, "manager", State.CLOSED, level=3),
    Case(Act.SEND_BACK, State.SUBMITTED, "verifier", State.HANDLING, _reason(), BLANK),
    Case(Act.REOPEN, State.CLOSED, "analyst", State.ASSIGNED, _reason(), BLANK),
    Case(Act.WITHDRAW, State.HANDLING, "manager", State.WITHDRAWN, _reason(), BLANK),
    Case(Act.RELEVEL, State.HANDLING, "analyst", State.HANDLING,
         lambda _desk: {"level": 1, "reason": "影响小"}, (*BLANK, {"level": 2}, {"level": 4}, {"level": 0})),
    Case(Act.PROGRESS, State.HANDLING, "handler", State.HANDLING, _reason(), BLANK),
    Case(Act.COMMENT, State.SUBMITTED, "verifier", State.SUBMITTED, _reason(), (*BLANK, {"reason": "\ud800"})),
    Case(Act.REMIND, State.ASSIGNED, "dispatcher", State.ASSIGNED, _reason(), BLANK),
    Case(Act.ANSWER, State.HANDLING, "handler", State.HANDLING, lambda _desk: {"answer": "已派人到场，三日内更换。"},
         ({"answer": " "}, {"answer": "收到，谢谢您的反映。"})),
    Case(Act.PLAN, State.HANDLING, "handler", State.HANDLING,
         lambda _desk: PLAN, ({"funds": ""}, {"measures": " "}, {"contingency": "\x00"}, {"due": date(2027, 1, 1)})),
    Case(Act.EXTEND, State.HANDLING, "handler", State.HANDLING, lambda _desk: {"days": 3, "reason": "等备件到货"},
         (*BLANK, {"days": 0}, {"days": 11})),
    Case(Act.GRANT, State.HANDLING, "manager", State.HANDLING, before=Act.EXTEND),
    Case(Act.DENY, State.HANDLING, "manager", State.HANDLING, _reason(), BLANK, before=Act.EXTEND),
    Case(Act.PAUSE, State.HANDLING, "manager", State.HANDLING,
         lambda _desk: {"until": date(2026, 12, 10), "reason": "等汛期过去"},
         (*BLANK, {"until": date(2026, 11, 23)}, {"until": date(2028, 1, 1)})),
    Case(Act.RESUME, State.HANDLING, "manager", State.HANDLING, _reason(), BLANK, before=Act.PAUSE),
    Case(Act.SUPERVISE, State.HANDLING, "manager", State.HANDLING, _reason(), (*BLANK, {"reason": "长" * 10_001})),
]  # fmt: skip
# SUBMIT needs evidence first, so its test prepares that; LIST and BREACH have no version of a risk to swap.
ELSEWHERE = {Act.SUBMIT, Act.LIST, Act.BREACH}
SUBMISSION = {"outcome": "fixed", "answer": ANSWER, "note": "12 米"}


def snapshot() -> tuple[Any, ...]:
    """All that an act could write."""
    risks = [
        sheet_row(risk) | {"hands": risk.hands, "arithmetic": risk.arithmetic} for risk in Risk.objects.order_by("pk")
    ]
    tables = [
        list(model.objects.order_by("pk").values())
        for model in (Entry, Attachment, Extension, NumberSeries, Event, Verdict)
    ]
    return risks, tables, ledger_head()


def race(*calls: Callable[[], Any]) -> list[Any]:
    """Run `calls` at once, each on its own connection; the results, an exception standing for itself."""
    results: list[Any] = [None] * len(calls)
    start = Barrier(len(calls))

    def run(number: int) -> None:
        try:
            start.wait()
            results[number] = calls[number]()
        except Exception as error:  # noqa: BLE001 - the test looks at it
            results[number] = error
        finally:
            with suppress(Exception):
                connection.close()

    threads = [Thread(target=run, args=(number,)) for number in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results
