"""Hours of an installation in minutes: `python -m tests.load.soak --hours 8`, in an empty YIDAN_HOME and an empty store.

Every job starts as often as the schedule starts it in that time, in order and under the clock of that time (the night, its checks and the
morning's papers included); a board grows and is crawled, posts are pushed, people read pages and take items to their end on a real web
server. After each hour memory, handles, connections to the store and passing files of both processes are counted. Prints a line
an hour; exits 1 when something failed or went on growing after the first quarter, which is for warming up.
"""

from __future__ import annotations

import argparse
import heapq
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.request import urlopen

import django

django.setup()

from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction

from tests.crash import world as worlds
from tests.crash.drive import held
from tests.crash.roads import pushed
from tests.crash.world import World, moment
from tests.crawl.conftest import Crawl
from tests.factories import make_event
from tests.integration.test_up import free_port
from tests.load.desk import PAGES, Room, entered, grown, item
from tracker.intake.known import known_sources
from tracker.jobs import tasks
from tracker.jobs.leader import term_begin
from tracker.jobs.models import JobRun
from tracker.jobs.schedule import Job, jobs
from tracker.jobs.scheduler import run_job
from tracker.ledger.services import ledger_verify
from tracker.risks.audit import sheet_verify
from tracker.risks.clocks import SHANGHAI

NIGHT = (
    2,
    30,
)  # the hour of Shanghai at which it begins: what runs at night and in the morning is in eight hours from here
# Growth that is none: allocators keep a little, and a handle may be open just while it is counted.
SLACK = {"pages": 1.08, "jobs": 1.08, "handles": 1.1, "connections": 1.0, "passing": 1.0}
Counts = dict[str, int]


def starts(every: Mapping[str, Job], begin: datetime, end: datetime) -> Iterator[tuple[datetime, Job]]:
    """Each start of each job in that time, in order."""
    waiting = [(first, name) for name, job in every.items() if (first := job.trigger.get_next_fire_time(None, begin))]
    heapq.heapify(waiting)
    while waiting and waiting[0][0] < end:
        at, name = heapq.heappop(waiting)
        yield at, every[name]
        following = every[name].trigger.get_next_fire_time(at, at)
        if following:
            heapq.heappush(waiting, (following, name))


def served(port: int) -> subprocess.Popen[bytes]:
    """The web server of `yidan up`, without its scheduler: the jobs are ours here."""
    call_command("collectstatic", verbosity=0, interactive=False)
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "--config",
        "python:tracker.cli.webserver",
        "--bind",
        f"127.0.0.1:{port}",
    ]
    process = subprocess.Popen(command, start_new_session=True)
    for _turn in range(300):
        with suppress(OSError), urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5):
            return process
        time.sleep(0.2)
    raise SystemExit("the web server does not answer")


class Soak:
    """The world, its web server, and the people who use it."""

    def __init__(self, pages: int, seed: int) -> None:
        self.world: World = worlds.found()
        Crawl(settings.ENV.home).source(
            "wz", self.world.board, edit=lambda card: card.replace("[pace]", "[pace]\nevery = 600")
        )
        held()
        self.web = served(port := free_port())
        self.room, self.pages, self.dice, self.serial = Room(port, 0, 0), pages, random.Random(seed), count(1)
        self.cookies, self.term = entered(self.world.desk), term_begin(now=moment())
        self.engine: Any = SimpleNamespace(local=True, run=tasks.perform)
        self.done = 0

    def minute(self) -> None:
        """What people and other programs do in a minute."""
        for _page in range(self.pages):
            who = self.dice.choice(sorted(PAGES))
            self.room.ask("page", self.dice.choice(PAGES[who]), Cookie=f"sessionid={self.cookies[who]}")
        turn = next(self.serial)
        if turn % 2 == 0:
            with transaction.atomic():
                self.room.events.append(make_event(f"{turn}号路井盖松动", now=moment()).pk)
            item(self.room, self.world.keys)
        if turn % 5 == 0:
            self.world.grow(3)
            pushed(self.world, turn)

    def job(self, job: Job, at: datetime) -> None:
        """One start of a job at its time."""
        tasks._now, before = lambda: at, moment()
        run_job(job, self.engine, self.term)
        run = JobRun.objects.filter(job=job.name, started_at__gte=before).first()
        if run is None or run.outcome != "ok":
            self.room.failed.append(f"job {job.name} at {at}: {run.outcome if run else 'was not started'}")
        self.done += 1

    def counts(self) -> Counts:
        """MB of the web server (`pages`) and of this process (`jobs`), handles of both, connections to the store; files that are to pass."""
        pages, handles, _processes = grown(self.web.pid)
        jobs_hold = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * 4096 >> 20
        handles += sum(1 for _handle in Path("/proc/self/fd").iterdir())
        home = Path(settings.ENV.home)
        passing = sum(path.name.endswith((".part", ".tmp")) for path in home.rglob("*"))
        passing += sum(1 for _path in Path(tempfile.gettempdir()).iterdir())
        return {
            "pages": pages,
            "jobs": jobs_hold,
            "handles": handles,
            "connections": connections_open(),
            "passing": passing,
        }

    def close(self) -> None:
        """Web server and board away."""
        self.web.send_signal(signal.SIGTERM)
        self.web.wait()
        self.world.close()


def connections_open() -> int:
    """Of the store's server, by everybody; a file has none."""
    if connection.vendor != "postgresql":
        return 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
        return int(cursor.fetchone()[0])


def growth(hours: list[Counts]) -> Iterator[str]:
    """What was more at the end than after the first quarter. One count may be a peak: the least of the last quarter counts."""
    quarter = max(1, len(hours) // 4)
    before, after = hours[: quarter + 1], hours[-quarter:]
    for name, slack in SLACK.items():
        high, low = max(row[name] for row in before), min(row[name] for row in after)
        if low > high * slack:
            yield f"{name} grew from {high} to {low}"


def soak(hours: float, pages: int, seed: int, parts: int) -> int:
    """Live through `hours` and say what came of it."""
    lived, begun = Soak(pages, seed), time.monotonic()
    today = moment().astimezone(SHANGHAI).replace(hour=NIGHT[0], minute=NIGHT[1], second=0, microsecond=0)
    begin = today + timedelta(days=1)
    end = begin + timedelta(hours=hours)
    every = {job.name: job for job in jobs(known_sources())}
    seen, minute, part = [lived.counts()], begin, timedelta(hours=hours) / parts
    print(f"at the start: {seen[0]}", flush=True)
    try:
        for at, job in starts(every, begin, end):
            while minute <= at:
                lived.minute()
                minute += timedelta(minutes=1)
            while begin + part * len(seen) <= at:
                seen.append(lived.counts())
                print(
                    f"{part * (len(seen) - 1)}: {seen[-1]}, {lived.done} jobs, {time.monotonic() - begun:.0f} s",
                    flush=True,
                )
            lived.job(job, at)
        seen.append(lived.counts())
    finally:
        lived.close()
    failed = lived.room.failed
    wrong = [
        *growth(seen[1:]),
        *failed[:5],
        *sheet_verify(),
        *([broken.sentence] if (broken := ledger_verify()) else []),
    ]
    asked = sum(map(len, lived.room.times.values()))
    print(
        f"{hours} hours: {lived.done} jobs, {asked} requests, {len(failed)} failed, {time.monotonic() - begun:.0f} s; {seen[-1]}"
    )
    print(*wrong, sep="\n")
    return int(bool(wrong))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.load.soak")
    parser.add_argument("--hours", type=float, default=8)
    parser.add_argument("--pages", type=int, default=20, help="pages read in a minute")
    parser.add_argument("--parts", type=int, default=16, help="how often everything is counted")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    sys.exit(soak(given.hours, given.pages, given.seed, given.parts))
