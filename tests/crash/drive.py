"""Kill the program at every point of the table, or at random, and look at what is left: `python -m tests.crash.drive`.

In the empty YIDAN_HOME and the empty store of this process. Each walk is a process of its own (forked, so that it costs milliseconds),
ended by SIGKILL at its point; then the same road is walked again in peace, and everything that must hold is looked at. Prints one line
for each kill and a last line with the sums; exits 1 when something did not hold.

    --few          one row a way of writing, instead of the whole table
    --cheap        all but the roads whose every walk takes seconds
    --road NAME    only this road
    --rounds N     the table N times
    --random N     then N kills at random moments
    --load N       with N desks working all the while, themselves killed and started again
    --seed N       of the random moments
"""

from __future__ import annotations

import argparse
import importlib
import os
import random
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import django

django.setup()

from django.conf import settings
from django.db import connections
from django.test import Client

from analysis.api import check_reply
from analysis.records import Text
from tests import factories
from tests.crash import world as worlds
from tests.crash.at import arm
from tests.crash.points import CHEAP, FEW, POINTS, Point
from tests.crash.roads import LATER, ROADS, desk, event_for
from tests.crash.world import World, moment
from tracker.jobs import tasks
from tracker.ledger.services import ledger_verify
from tracker.posts.models import Sighting
from tracker.risks.audit import evidence_verify, sheet_verify
from tracker.risks.models import Risk

# Numbers of the desks that work beside, far from those of the rounds.
BESIDE = 1_000_000
BREATH = 3  # of a desk between two of its items, in times that the last one took: load, but on a slow machine as on a quick one


def started(work: Callable[[], None]) -> int:
    """The id of a new process that does `work` and ends: with 0, or 1 after saying why."""
    connections.close_all()
    sys.stdout.flush()
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what commands print to people
        work()
        code = 0
    except BaseException:  # noqa: BLE001 - a child of a fork has nobody above it
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def held() -> None:
    """Load what a process at work holds already when it is killed, once for all walks: pages, the crawler, the model, the index of events.

    What the model, the check of replies and the pages load with the first text or request, too: a walk is a fork and would load it anew.
    """
    for module in ("tracker.urls", "tracker.api.urls", "crawlers.engine", "tracker.reports.render"):
        importlib.import_module(module)
    tasks._understanding().assess([Text("", "路灯", "路灯坏了。")])
    check_reply("路灯", "路灯坏了。", "已派人修好。")
    Client(SERVER_NAME="localhost").get("/api/v1/ledger/head")


def ended(child: int) -> int:
    """How it ended: 0, 1, or the negative number of the signal."""
    _pid, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def wrong(world: World) -> Iterator[str]:
    """What must hold whenever nobody writes half a thing: at any time."""
    if broken := ledger_verify():
        yield f"the ledger is broken: {broken.sentence}"
    yield from (f"{number} {sentence}" for number, sentence in (*sheet_verify(), *evidence_verify(settings.ENV.files)))
    numbers = sorted(Risk.objects.values_list("number", flat=True))
    by_year: Counter[str] = Counter(number.split("-")[1] for number in numbers)
    dense = [f"YD-{year}-{n:05d}" for year in sorted(by_year) for n in range(1, by_year[year] + 1)]
    if numbers != dense:
        yield "the numbers of the sheet have gaps or are given twice"
    if Sighting.objects.count() != Sighting.objects.values("source", "key").distinct().count():
        yield "a post was seen twice under one key"


class Driver:
    """One world, and the kills done to it."""

    def __init__(self) -> None:
        self.world = worlds.found()
        settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
        settings.EMAIL_FILE_PATH = str(self.world.beside / "mail")
        self.serial = count(1)
        self.killed, self.failures = 0, 0
        self.took: dict[str, float] = {}

    def walk(self, road: str, given: Any, *, again: bool) -> Callable[[], None]:
        now = moment() + (LATER if again else LATER * 0)
        return lambda: ROADS[road].walk(self.world, given, now)

    def at(self, point: Point) -> None:
        """Killed at `point`, then again in peace."""
        given = ROADS[point.road].supply(self.world, next(self.serial))

        def armed() -> None:
            arm(point.moment, point.name, point.nth)
            ROADS[point.road].walk(self.world, given, moment())

        code = ended(started(armed))
        self._after(str(point), point.road, given, [] if code == -signal.SIGKILL else [f"never reached (ended {code})"])

    def some_time(self, dice: random.Random) -> None:
        """Killed at a random moment, then again in peace."""
        road = dice.choice(sorted(self.took))
        given = ROADS[road].supply(self.world, next(self.serial))
        child = started(self.walk(road, given, again=False))
        after = dice.uniform(0, self.took[road])
        time.sleep(after)
        os.kill(child, signal.SIGKILL)
        code = ended(child)
        self._after(f"{road}: after {after:.3f} s", road, given, [] if code == -signal.SIGKILL else None)

    def _after(self, what: str, road: str, given: Any, problems: list[str] | None) -> None:
        caught = problems == []
        found = [*(problems or []), *ROADS[road].never(self.world, given)]
        self.killed += caught
        if code := ended(started(self.walk(road, given, again=True))):
            found.append(f"the second walk ended with {code}")
        else:
            found += ROADS[road].wrong(self.world, given)
        found += wrong(self.world)
        self.failures += bool(found)
        print("killed" if caught else "through", what, "BAD " + "; ".join(found) if found else "ok", flush=True)

    def measure(self) -> None:
        """How long each road takes in peace."""
        for name, road in ROADS.items():
            given = road.supply(self.world, next(self.serial))
            begun = time.monotonic()
            code = ended(started(self.walk(name, given, again=False)))
            self.took[name] = time.monotonic() - begun
            found = [*([f"ended {code}"] if code else []), *road.wrong(self.world, given)]
            self.failures += bool(found)
            if found:
                print("in peace", name, "BAD", "; ".join(found), flush=True)

    def beside(self, number: int) -> Callable[[], None]:
        """A desk that works until it is killed, on items of its own."""

        def work() -> None:
            # Keys of posts and numbers of images, far from those that the driver and an earlier desk of this place gave.
            factories._serial = count(BESIDE * number + int(time.time()) % BESIDE * 1000)
            for serial in count(BESIDE * number + int(time.time()) % BESIDE * 1000):
                begun = time.monotonic()
                desk(self.world, event_for(self.world, serial), moment())
                time.sleep(BREATH * (time.monotonic() - begun))

        return work

    def drained(self) -> None:
        """At the end: nothing waits in the spool."""
        found = [path.name for path in settings.ENV.spool.glob("*.jsonl")]
        found += wrong(self.world)
        self.failures += bool(found)
        if found:
            print("at the end BAD", "; ".join(found), flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.crash.drive")
    parser.add_argument("--few", action="store_true")
    parser.add_argument("--cheap", action="store_true")
    parser.add_argument("--road", choices=ROADS)
    for name, default in (("rounds", 1), ("random", 0), ("load", 0), ("seed", 1)):
        parser.add_argument(f"--{name}", type=int, default=default)
    wanted = parser.parse_args()
    driver = Driver()
    begun = time.monotonic()
    table = FEW if wanted.few else CHEAP if wanted.cheap else POINTS
    points = [point for point in table if wanted.road in (None, point.road)]
    held()
    desks = [started(driver.beside(n + 1)) for n in range(wanted.load)]
    dice = random.Random(wanted.seed)
    try:
        for _round in range(wanted.rounds):
            for point in points:
                driver.at(point)
        if wanted.random:
            driver.measure()
        for turn in range(wanted.random):
            if desks and turn % 10 == 9:
                n = dice.randrange(len(desks))
                os.kill(desks[n], signal.SIGKILL)
                ended(desks[n])
                driver.killed += 1
                desks[n] = started(driver.beside(n + 1))
            driver.some_time(dice)
    finally:
        for child in desks:
            os.kill(child, signal.SIGKILL)
            ended(child)
        driver.world.close()
    driver.drained()
    items, posts = Risk.objects.count(), Sighting.objects.count()
    print(f"{driver.killed} kills, {driver.failures} failures, {items} items, {posts} posts, {time.monotonic() - begun:.0f} s")  # fmt: skip
    return 1 if driver.failures else 0


if __name__ == "__main__":
    sys.exit(main())
