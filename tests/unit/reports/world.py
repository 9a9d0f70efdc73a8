"""A simulated office: weeks of posts, listings, assignments, returns, send-backs and closures through the real services.

Time runs forward over one queue of moments, so the ledger's times rise with its numbers, as they do in life.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random

from tests.factories import ANSWER, Desk, advance, make_desk, make_event, make_user, pointers
from tracker.accounts.actors import system_actor
from tracker.accounts.models import Role, Unit
from tracker.accounts.selectors import actor_of
from tracker.accounts.services import unit_create
from tracker.intake.models import CrawlRun
from tracker.posts.services import event_dismiss
from tracker.risks import services
from tracker.risks.lifecycle import RETURN_REASONS, Act, Outcome, State
from tracker.risks.models import Risk
from tracker.risks.selectors import past_due

START = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)  # the Monday of 2026-W45, 09:00 in Shanghai
PROBLEMS = (
    ("松塔大桥引道护栏断开一段", "road"), ("梨园渡口渡船没有救生衣", "water"), ("七号线村口站牌挡住来车视线", "transit"),
    ("石坪隧道照明整段不亮", "road"), ("车站出口出租车拒载成风", "taxi"), ("工地便道积水，行人绕到机动车道", "project"),
    ("货场外半夜鸣笛装车", "freight"), ("路口信号灯黑了三天", "traffic"), ("停车场多收过夜费不给票", "charge"),
    ("驾校收钱后不安排考试", "service"), ("养护工人三个月没有领到工钱", "labour"), ("渣土车夜里从学校门前闯灯", "enforce"),
)  # fmt: skip
TOWNS = ("青川市云台县", "白石市南浦区", "临江市柳河镇", "松岭市北关", "路边")


@dataclass
class World:
    """`run` lets time pass until `end`; what happens is decided by `dice` alone."""

    desk: Desk
    dice: Random
    units: list[Unit] = field(default_factory=list)
    queue: list[tuple[datetime, int, str, int]] = field(default_factory=list)
    serial: count[int] = field(default_factory=count)

    def at(self, moment: datetime, what: str, subject: int = 0) -> None:
        heapq.heappush(self.queue, (moment, next(self.serial), what, subject))

    def run(self, end: datetime) -> None:
        while self.queue and self.queue[0][0] < end:
            moment, _serial, what, subject = heapq.heappop(self.queue)
            getattr(self, f"do_{what}")(moment, subject)

    def soon(self, moment: datetime, hours: float) -> datetime:
        return moment + timedelta(hours=self.dice.uniform(0.2, 2 * hours))

    def handler_of(self, unit: Unit):
        return actor_of(self.desk.users[f"handler_{unit.code}"], START)

    def do_post(self, now: datetime, _subject: int) -> None:
        problem, topic = self.dice.choice(PROBLEMS)
        level = self.dice.choices((1, 2, 3), (6, 4, 1))[0]
        bodies = [f"{problem}，第{n + 1}次说了，请来看看。" for n in range(self.dice.choice((1, 1, 2, 5)))]
        event = make_event(problem, bodies, now=now, level=level, topic=topic, places=[self.dice.choice(TOWNS)])
        self.at(self.soon(now, 5), "decide", event.pk)

    def do_decide(self, now: datetime, event: int) -> None:
        from tracker.posts.models import Event

        row, analyst = Event.objects.get(pk=event), self.desk.actor("analyst")
        if self.dice.random() < 0.2:
            event_dismiss(event=event, version=row.version, reason="属重复建议", actor=analyst, now=now)
            return
        level = self.dice.choice((1, 2, 3)) if self.dice.random() < 0.2 else row.level
        risk = services.risk_list(
            event=event, version=row.version, actor=analyst, now=now, level=level, topic=row.topic, need="complain",
            place=row.place,
        )  # fmt: skip
        self.at(self.soon(now, 8), "step", risk.pk)

    def do_step(self, now: datetime, pk: int) -> None:
        """The next step on the main road, or one of the ways off it."""
        risk, chance = Risk.objects.select_related("unit").get(pk=pk), self.dice.random()
        state = State(risk.state)
        if chance < 0.03 and state not in (State.CLOSED, State.WITHDRAWN):
            advance(self.desk, risk, "withdraw", now=now)
            return
        if state is State.CLOSED:
            if chance < 0.1:
                services.risk_reopen(
                    risk=pk, version=risk.version, actor=self.desk.actor("analyst"), now=now, reason="又有人反映同一处"
                )
                self.at(self.soon(now, 20), "step", pk)
            return
        self._open_step(now, risk, state, chance)
        self.at(self.soon(now, 48), "step", pk)

    def _open_step(self, now: datetime, risk: Risk, state: State, chance: float) -> None:
        common = {"risk": risk.pk, "version": risk.version, "now": now}
        mine = common | {"actor": self.handler_of(risk.unit)} if risk.unit else {}
        if state is State.LISTED:
            advance(self.desk, risk, "assign", now=now, unit=self.dice.choice(self.units))
        elif state is State.ASSIGNED and chance < 0.2 and risk.returns < 2:
            services.risk_return(**mine, reason_code=self.dice.choice(list(RETURN_REASONS)), reason="不归我们管")
        elif state is State.ASSIGNED:
            services.risk_sign(**mine)
        elif state is State.RETURNED:
            services.risk_reassign(
                **common, actor=self.desk.actor("dispatcher"), unit=self.dice.choice(self.units), reason="按职责办理"
            )
        elif state is State.HANDLING and chance < 0.3:
            services.risk_note(act=Act.PROGRESS, **mine, reason="正在备料")
        elif state is State.HANDLING and chance < 0.36:
            services.risk_note(act=Act.SUPERVISE, **common, actor=self.desk.actor("manager"), reason="限期办结")
        elif state is State.HANDLING:
            digest = f"{next(self.serial):064x}"
            risk = services.risk_attach(**mine, digest=digest, name="照片.png", content_type="image/png", size=9)
            outcome = self.dice.choices(list(Outcome), (10, 2, 3, 1, 1, 1))[0]
            services.risk_submit(
                risk=risk.pk,
                version=risk.version,
                now=now,
                actor=mine["actor"],
                outcome=outcome,
                answer=ANSWER,
                note="已转有关单位",
                **pointers(outcome, risk),
            )
        elif state is State.SUBMITTED and chance < 0.25:
            advance(self.desk, risk, "send_back", now=now)
        else:
            advance(self.desk, risk, "approve" if state is State.APPROVING else "verify", now=now)

    def do_clocks(self, now: datetime, _subject: int) -> None:
        for risk, purpose in past_due(now):
            services.risk_breach(risk=risk, purpose=purpose, now=now)
        self.at(now + timedelta(hours=24), "clocks")

    def do_crawl(self, now: datetime, _subject: int) -> None:
        """Two boards every six hours; the second lies down from Wednesday to Friday of its third week."""
        down = datetime(2026, 11, 18, tzinfo=UTC) <= now < datetime(2026, 11, 20, tzinfo=UTC)
        for source, bad in (("east-board", False), ("west-board", down)):
            CrawlRun.objects.create(
                run=f"{now:%m%d%H}", source=source, state="down" if bad else "ok", reason="拒绝连接" if bad else "",
                started_at=now, finished_at=now + timedelta(minutes=3),
            )  # fmt: skip
        self.at(now + timedelta(hours=6), "crawl")


def make_world(seed: int = 1, problems: int = 45, days: int = 21) -> World:
    """`problems` posts spread over `days` from START, with four handling units; nothing has happened yet."""
    desk = make_desk()
    world = World(desk, Random(seed), units=[desk.bureau, desk.port])
    for code, name, town in (("linjiang", "临江市交通运输局", "临江市"), ("songling", "松岭市交通运输局", "松岭市")):
        unit = unit_create(
            code=code, name=name, by=system_actor("tests"), now=START, parent=desk.department, prefecture=town
        )
        world.units.append(unit)
    for unit in world.units:
        desk.users[f"handler_{unit.code}"] = make_user(f"handler_{unit.code}", [Role.HANDLER], unit)
    for _ in range(problems):
        world.at(START + timedelta(days=world.dice.uniform(0, days)), "post")
    world.at(START, "clocks")
    world.at(START, "crawl")
    return world
