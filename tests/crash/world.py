"""The installation that is killed: a home and a store with people, sources, addresses and verdicts; and the other side of its lines."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, connections, transaction

from tests.crawl.conftest import Crawl
from tests.factories import Desk, make_desk
from tests.integration.test_learning_store import decide_many
from tests.integration.test_push import CARD
from tracker.accounts.actors import Actor, system_actor
from tracker.accounts.selectors import roles_of
from tracker.accounts.tokens import token_make
from tracker.posts.models import Event

ROOT = Path(__file__).resolve().parents[2]
ROBOTS = {"handler": "r1", "unit:road": "r2"}
PEOPLE = ("analyst", "dispatcher", "handler", "verifier")


def moment() -> datetime:
    return datetime.now(UTC)


@dataclass
class World:
    """`keys` are the programs' keys by person; `grown` how many posts the board has; `told` what the other side took."""

    desk: Desk
    keys: dict[str, str]
    push_token: str
    board: str
    robot: str
    took: Path
    process: subprocess.Popen[str]
    grown: int = 0
    pushed: set[str] = field(default_factory=set)

    @property
    def home(self) -> Path:
        return Path(settings.ENV.home)

    @property
    def beside(self) -> Path:
        """A folder that is not the installation's: where papers and backups go."""
        return self.home.parent / "beside"

    def by(self, name: str) -> Actor:
        return self.desk.actor(name)

    def told(self) -> Counter[tuple[str, str]]:
        """(path, key) of each message that the other side took, and how often."""
        lines = self.took.read_text(encoding="utf-8").splitlines() if self.took.exists() else []
        return Counter((path, key) for path, key in map(json.loads, lines))

    def grow(self, count: int) -> None:
        """So many new posts on the board."""
        urllib.request.urlopen(urllib.request.Request(f"{self.robot}/grow/{count}", method="POST"), timeout=5).close()
        self.grown += count

    def close(self) -> None:
        self.process.kill()
        self.process.communicate()


def found() -> World:
    """A new world in the empty YIDAN_HOME and store of this process."""
    from tracker.cli.sentence import store

    store()
    took = Path(settings.ENV.home).parent / "took.jsonl"
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.crash.outside", str(took)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=ROOT,
    )  # fmt: skip
    assert process.stdout
    board, robot = process.stdout.readline().split()
    with transaction.atomic():
        desk = make_desk(recorded=True)
        _apart()
        decide_many()
    crawl = Crawl(Path(settings.ENV.home))
    crawl.source("wz", board)
    (settings.ENV.catalogue / "letters.toml").write_text(CARD.format(name="letters", enabled="true"), encoding="utf-8")
    world = World(desk, keys_of(desk), _push_token(), board, robot, took, process)
    world.beside.mkdir(exist_ok=True)
    _to_our_robot(robot)
    _switch_on(world)
    connections.close_all()
    return world


def _apart() -> None:
    """Events that tests make get keys far from those of posts: one that intake opens has the key of its first post."""
    far, now = 50_000_000, moment()
    Event.objects.create(pk=far, title="远", opened_at=now, last_at=now)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT setval(pg_get_serial_sequence('posts_event', 'id'), %s)", [far])


def robot_takes(url: str, key: str) -> str:
    """The way to the office's robot: over a line, like the channel's own, but to the other side of this world; empty when it took it."""
    body = json.dumps({"id": key}).encode()
    with urllib.request.urlopen(f"{url}/robot", data=body, timeout=5) as answer:
        return "" if answer.status == 204 else str(answer.status)


def _to_our_robot(robot: str) -> None:
    """Let the channel that takes any address lead there."""
    from tracker.notify.channels import CHANNELS

    def send(url: str, message: Any) -> str:
        return robot_takes(robot, f"{url.rsplit('?', 1)[0]} {message.key}")

    CHANNELS["webhook"] = replace(CHANNELS["webhook"], send=send)


def keys_of(desk: Desk) -> dict[str, str]:
    now = moment()
    return {
        name: token_make(
            user=name, by=system_actor("tests"), now=now, roles=roles_of(desk.user(name), now), name="测试程序",
            until=now + timedelta(days=9),
        )[1]
        for name in PEOPLE
    }  # fmt: skip


def _push_token() -> str:
    from crawlers.api import sources
    from tracker.intake.push import token_issue

    return token_issue(source=sources(settings.ENV.catalogue)["letters"], now=moment())


def _switch_on(world: World) -> None:
    """One step of the ladder, one address, one webhook, one subscription, the weekly challenger."""
    from tracker.notify.addresses import address_set
    from tracker.notify.models import LadderStep
    from tracker.outward.hooks import hook_add
    from tracker.posts.statements import statement_set
    from tracker.reports.mail import subscription_set

    now, admin = moment(), world.by("admin")
    long_ago = datetime(2026, 1, 1, tzinfo=UTC)
    LadderStep.objects.filter(code="treat-75").update(enabled_since=long_ago)
    for owner, name in ROBOTS.items():
        address_set(owner=owner, channel="webhook", target=f"https://robot.example/{name}", actor=admin, now=now)
    hook_add(name="city", url=f"{world.robot}/news", by=system_actor("tests"), now=now)
    subscription_set(
        kind="weekly", formats=["html"], address="manager@example.org", actor=world.by("manager"), now=long_ago
    )
    statement_set(kind="retrain", values=retraining(), actor=admin, now=now, reason="测试")


def retraining() -> dict[str, Any]:
    from tracker.posts.statements import in_force

    return in_force("retrain") | {"on": 1}
