"""A simulated year of an office: every act of the lifecycle, holidays, merges, splits, extensions, pauses, boards that lie down."""

from __future__ import annotations

import heapq
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from random import Random
from unittest.mock import patch

from tests.factories import make_desk, make_user
from tests.unit.reports.world import World
from tracker.accounts.actors import system_actor
from tracker.accounts.models import Role
from tracker.accounts.services import unit_create
from tracker.intake.models import CrawlRun
from tracker.posts.grouping import event_merge
from tracker.posts.models import Decision, Event, Post
from tracker.risks import assignment, clock_acts, levels, side_acts
from tracker.risks.errors import Refused
from tracker.risks.lifecycle import Act, State
from tracker.risks.models import Risk

START = datetime(2025, 11, 3, 1, 0, tzinfo=UTC)
END = datetime(2026, 12, 31, 16, tzinfo=UTC)  # 2027-01-01 00:00 in Shanghai
BOARDS = ("east-board", "north-board", "west-board")
EVERY_HOURS = 24
TOWNS = ("青川市", "白石市", "临江市", "松岭市", "云台市", "柳河市", "南浦市")


class Year(World):
    """`World` with what it leaves out."""

    def do_post(self, now, subject):
        """Now and then more people speak of what is known, and the analyst joins the two events."""
        super().do_post(now, subject)
        event = Event.objects.latest("pk")
        if self.dice.random() < 0.1:
            Post.objects.filter(event=event).update(published_at=None)
        if self.dice.random() < 0.15:
            Post.objects.filter(event=event).update(flagged=False)
            Event.objects.filter(pk=event.pk).update(flagged=False)
        if self.dice.random() < 0.2:
            self.at(now + timedelta(minutes=10), "merge", event.pk)

    def do_merge(self, now, event):
        row = Event.objects.get(pk=event)
        others = Event.objects.exclude(pk=event).exclude(decision=Decision.MERGED).order_by("-pk")[:30]
        if row.decision != Decision.PENDING or not others:
            return
        into = self.dice.choice(list(others))
        event_merge(
            event=event, version=row.version, into=into.pk, actor=self.desk.actor("analyst"), now=now, reason="同一件事"
        )

    def do_decide(self, now, event):
        if Event.objects.get(pk=event).decision == Decision.PENDING and self.dice.random() > 0.03:
            super().do_decide(now, event)

    def do_step(self, now, pk):
        """Stirred items have more than one step before them: the last may find them gone."""
        if Risk.objects.get(pk=pk).state != State.WITHDRAWN:
            super().do_step(now, pk)

    def _open_step(self, now, risk, state, chance):
        """Sometimes a side act first."""
        if self.dice.random() < 0.25 and risk.unit:
            # Not every side act is lawful at any moment; the refusal itself is tested elsewhere.
            with suppress(Refused):
                self._aside(now, risk, state)
            risk.refresh_from_db()
        super()._open_step(now, risk, State(risk.state), chance)

    def _aside(self, now, risk, state):
        common = {"risk": risk.pk, "version": risk.version, "now": now}
        mine, manager = common | {"actor": self.handler_of(risk.unit)}, common | {"actor": self.desk.actor("manager")}
        pick = self.dice.randrange(8)
        if pick == 0 and state is State.HANDLING:
            asked = clock_acts.risk_extend(**mine, days=2, reason="等材料")
            decide = clock_acts.risk_grant if self.dice.random() < 0.7 else clock_acts.risk_deny
            decide(**manager | {"version": asked.version}, reason="情况属实")
        elif pick == 1:
            until = (now + timedelta(hours=8)).date() + timedelta(days=self.dice.randint(2, 9))
            clock_acts.risk_pause(**manager, until=until, reason="汛期停工")
            if self.dice.random() < 0.5:
                self.at(now + timedelta(days=1), "resume", risk.pk)
        elif pick == 2:
            levels.risk_relevel(**manager, level=self.dice.choice((1, 2, 3)), reason="现场情况变化")
        elif pick == 4:
            topic = self.dice.choice(("road", "taxi", "water"))
            levels.risk_retopic(**manager, topic=topic, reason="按内容归类")
        elif pick == 5:
            give = common | {"actor": self.desk.actor("dispatcher")}
            assignment.risk_transfer(**give, unit=self.dice.choice(self.units), reason="职责调整")
        elif pick == 3 and state is State.HANDLING:
            side_acts.risk_answer(**mine, answer="已派人到现场查看，先设了警示标志，三日内更换，完工后再答复。")
        else:
            side_acts.risk_note(act=Act.REMIND, **manager, reason="请抓紧办理")

    def do_clocks(self, now, subject):
        super().do_clocks(now, subject)
        # Once in two days: a breach is recorded late sometimes, and the paper must go by the record.
        self.queue[:] = [(at + timedelta(days=what == "clocks"), n, what, s) for at, n, what, s in self.queue]
        heapq.heapify(self.queue)

    def do_resume(self, now, pk):
        risk = Risk.objects.get(pk=pk)
        with suppress(Refused):
            manager = self.desk.actor("manager")
            clock_acts.risk_resume(risk=pk, version=risk.version, actor=manager, now=now, reason="水退了")

    def do_crawl(self, now, _subject):
        """Each board lies down for some days of each quarter."""
        day = now.timetuple().tm_yday
        for number, source in enumerate(BOARDS):
            down = (day + 29 * number) % 90 < 3 + number
            if down and number == 1:
                continue
            CrawlRun.objects.create(
                run=f"{now:%y%m%d%H}", source=source, state="down" if down else "ok", reason="拒绝连接" if down else "",
                started_at=now, finished_at=now + timedelta(minutes=3 + number),
            )  # fmt: skip
        self.at(now + timedelta(hours=EVERY_HOURS), "crawl")

    def do_stir(self, now, _subject):
        """Old open items move on, so that few lie from the first month to the last."""
        for risk in Risk.objects.exclude(state__in=(State.CLOSED, State.WITHDRAWN)).order_by("pk"):
            if self.dice.random() < 0.3:
                self.at(self.soon(now, 20), "step", risk.pk)
        self.at(now + timedelta(days=21), "stir")


def simulate(seed: int, problems: int, units: int) -> Year:
    """The year as it went up to END: `problems` problems over fourteen months, `units` handling units."""
    # The desk is there from the first day, else the ledger would begin in the middle.
    with patch("tests.factories.NOW", START - timedelta(days=1)):
        desk = make_desk()
    world = Year(desk, Random(seed), units=[desk.bureau, desk.port])
    for number in range(units - 2):
        town = TOWNS[number % len(TOWNS)]
        name = f"{town}第{number // len(TOWNS) + 1}公路养护中心"
        unit = unit_create(
            code=f"u{number:02d}",
            name=name,
            by=system_actor("tests"),
            now=START,
            parent=desk.department,
            prefecture=town,
        )
        world.units.append(unit)
    for unit in world.units:
        desk.users[f"handler_{unit.code}"] = make_user(f"handler_{unit.code}", [Role.HANDLER], unit)
    hours = (END - START) / timedelta(hours=1)
    for _ in range(problems):
        world.at(START + timedelta(hours=world.dice.uniform(0, hours)), "post")
    for what in ("clocks", "crawl", "stir"):
        world.at(START, what)
    world.run(END)
    return world
