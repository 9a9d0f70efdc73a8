"""A room full of people on a running `yidan up`: `python -m tests.load.desk --people 30 --seconds 600 --port 8123`.

In the YIDAN_HOME and on the store of this process, which may be filled already (`python -m tests.bench.make`) or empty. Each of the people
has a role, reads pages, and now and then takes an item from the queue to its end; between two steps they think. Prints the times by
kind of step, what failed, and how much the service had grown; then holds the ledger and the sheet. Exits 1 when anything failed.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections import defaultdict
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracker.settings")
os.environ.setdefault("YIDAN_SECOND_FACTOR", "optional")
import django

django.setup()

from django.conf import settings
from django.db import connections, transaction
from django.test import Client

from tests.contract.acts import SUBMISSION
from tests.crash.roads import picture
from tests.crash.world import keys_of, moment
from tests.factories import Desk, make_desk, make_event, serial_after
from tracker.accounts.models import User
from tracker.cli.sentence import store
from tracker.ledger.services import ledger_verify
from tracker.posts.models import Sighting
from tracker.risks.audit import sheet_verify

# Who reads what, all day.
PAGES = {
    "analyst": ("/", "/queue/", "/sheet/", "/search/?q=护栏", "/trends/"),
    "manager": ("/", "/sheet/", "/trends/", "/papers/"),
    "dispatcher": ("/", "/sheet/"),
}
ONE_IN = 4  # of a person's turns is an item worked on, the others are pages read
BOUNDARY = "yidan-load"


class Room:
    """What everybody shares: cookies and keys, what was measured, when it ends."""

    def __init__(self, port: int, until: float, think: float) -> None:
        self.port, self.until, self.think = port, until, think
        self.times: dict[str, list[float]] = defaultdict(list)
        self.failed: list[str] = []
        self.serial = count(1)
        self.events: list[int] = []
        self.lock = threading.Lock()

    def ask(self, kind: str, path: str, body: bytes | None = None, **headers: str) -> bytes:
        """One request, measured; empty when it failed."""
        address = urllib.request.quote(f"http://127.0.0.1:{self.port}{path}", safe=":/?=&")
        begun = time.monotonic()
        try:
            with urllib.request.urlopen(urllib.request.Request(address, body, headers), timeout=60) as answer:
                found: bytes = answer.read()
        except (OSError, urllib.error.HTTPError) as error:
            said = error.read()[:200].decode("utf-8", "replace") if isinstance(error, urllib.error.HTTPError) else ""
            with self.lock:
                self.failed.append(f"{kind} {path}: {error} {said}")
            return b""
        with self.lock:
            self.times[kind].append(time.monotonic() - begun)
            if kind == "page":
                self.times[f"  {path.partition('?')[0]}"].append(time.monotonic() - begun)
        return found


def person(room: Room, number: int, cookies: dict[str, str], keys: dict[str, str]) -> None:
    """One of them, until the time is over."""
    dice = random.Random(number)
    time.sleep(dice.uniform(0, 2 * room.think))  # nobody waits for a signal to begin
    while time.monotonic() < room.until:
        if dice.randrange(ONE_IN) == 0:
            item(room, keys)
        else:
            who = dice.choice(sorted(PAGES))
            room.ask("page", dice.choice(PAGES[who]), Cookie=f"sessionid={cookies[who]}")
        time.sleep(dice.uniform(0, 2 * room.think))


def item(room: Room, keys: dict[str, str]) -> None:
    """An item from the queue to its end."""
    with room.lock:
        number, event = next(room.serial), room.events.pop() if room.events else 0
    if not event:
        return

    def act(who: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        sent = json.dumps(body).encode()
        found = room.ask(
            "act", f"/api/v1{path}", sent, Authorization=f"Bearer {keys[who]}", **{"Content-Type": "application/json"}
        )
        return dict(json.loads(found)) if found else {}

    risk = act("analyst", f"/events/{event}/confirm", {"version": 1, "level": 2, "topic": "road", "need": "complain"})
    for who, step, body in (
        ("dispatcher", "assign", {"unit": "road", "requirements": "到现场核实"}),
        ("handler", "sign", {}),
        ("handler", "attach", {}),
        ("handler", "submit", SUBMISSION),
        ("verifier", "verify", {"reason": "照片与地点相符"}),
    ):
        if not risk:
            return
        time.sleep(random.uniform(0, room.think))
        address, version = f"/risks/{risk['number']}/acts/{step}", risk["version"]
        risk = upload(room, address, version, number, keys) if step == "attach" else act(who, address, body | {"version": version})  # fmt: skip


def upload(room: Room, address: str, version: int, number: int, keys: dict[str, str]) -> dict[str, Any]:
    parts = (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="version"\r\n\r\n{version}\r\n'
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n'
    )
    body = parts.encode() + picture(number) + f"\r\n--{BOUNDARY}--\r\n".encode()
    kind = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    found = room.ask("upload", f"/api/v1{address}", body, Authorization=f"Bearer {keys['handler']}", **kind)
    return dict(json.loads(found)) if found else {}


def grown(parent: int) -> tuple[int, int, int]:
    """(MB of memory, open handles, processes) of the service and its children."""
    family, memory, handles = [parent], 0, 0
    for pid in family:
        with suppress(OSError):
            family += map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
            memory += int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096
            handles += sum(1 for _handle in Path(f"/proc/{pid}/fd").iterdir())
    return memory >> 20, handles, len(family)


def passing() -> int:
    """How many files in the home are meant to pass: parts, locks left out."""
    return sum(1 for path in Path(settings.ENV.home).rglob("*") if path.name.endswith((".part", ".tmp")))


def entered(desk: Desk) -> dict[str, str]:
    """A session for each of those who read pages."""
    found = {}
    for name in PAGES:
        client = Client(SERVER_NAME="localhost")
        client.force_login(desk.user(name), backend="django.contrib.auth.backends.ModelBackend")
        found[name] = client.cookies["sessionid"].value
    return found


def prepared(items: int) -> tuple[Desk, list[int]]:
    """People and as many undecided events as may be worked on."""
    store()
    serial_after(Sighting.objects.filter(source="demo").count())
    with transaction.atomic():
        desk = make_desk(recorded=True) if not User.objects.filter(username="analyst").exists() else _there()
        events = [make_event(f"{n}号路井盖松动", now=moment()).pk for n in range(items)]
    return desk, events


def _there() -> Desk:
    from tracker.accounts.models import Unit

    units = {unit.code: unit for unit in Unit.objects.filter(code__in=("dept", "road", "port"))}
    return Desk(units["dept"], units["road"], units["port"], {user.username: user for user in User.objects.all()})


def served(port: int) -> subprocess.Popen[bytes]:
    """`yidan up`, answering."""
    process = subprocess.Popen([sys.executable, "-m", "tracker.cli", "up", "--port", str(port)], stdout=subprocess.DEVNULL, start_new_session=True)  # fmt: skip
    for _turn in range(600):
        with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5):
            return process
        time.sleep(0.2)
    raise SystemExit("the service does not answer")


def told(room: Room, before: tuple[int, int, int], after: tuple[int, int, int]) -> None:
    for kind, times in sorted(room.times.items()):
        row = sorted(times)
        middle, high = row[len(row) // 2], row[min(len(row) - 1, int(len(row) * 0.95))]
        print(f"{kind}: {len(row)} requests, median {1000 * middle:.0f} ms, p95 {1000 * high:.0f} ms")
    print(f"{len(room.failed)} failed; load of the machine {os.getloadavg()[0]:.1f}; memory {before[0]} → {after[0]} MB, handles {before[1]} → {after[1]}, processes {before[2]} → {after[2]}, passing files {passing()}")  # fmt: skip
    print(*room.failed[:5], sep="\n")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.load.desk")
    for name, default in (("people", 30), ("seconds", 60), ("port", 8123), ("items", 2000)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--think", type=float, default=2.0, help="seconds between two steps of a person, on average")
    wanted = parser.parse_args()
    desk, events = prepared(wanted.items)
    cookies, keys = entered(desk), keys_of(desk)
    connections.close_all()
    process = served(wanted.port)
    try:
        warm = Room(wanted.port, 0, 0)
        for page in PAGES["manager"]:
            warm.ask("page", page, Cookie=f"sessionid={cookies['manager']}")
        before = grown(process.pid)
        room = Room(wanted.port, time.monotonic() + wanted.seconds, wanted.think)
        room.events = events
        people = [threading.Thread(target=person, args=(room, n, cookies, keys)) for n in range(wanted.people)]
        for one in people:
            one.start()
        for one in people:
            one.join()
        told(room, before, grown(process.pid))
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    broken, wrong = ledger_verify(), list(sheet_verify())
    print(f"ledger: {broken or 'holds'}; sheet: {f'{len(wrong)} wrong, the first {wrong[:3]}' if wrong else 'agrees'}")
    return int(bool(room.failed or broken or wrong or warm.failed))


if __name__ == "__main__":
    sys.exit(main())
