"""What is done while it is killed: each road gets its supplies, is walked (perhaps twice, because the first walk died), and is looked at.

A road's `walk` is what the program does; whoever repeats it repeats what a person, a program or the clock would: the same request under
the same key, the same command, the same job some minutes later.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from crawlers.api import seal
from tests.contract.acts import SUBMISSION
from tests.crash.world import ROBOTS, World, moment
from tests.factories import make_event, make_risk
from tests.integration.test_intake import post
from tracker.accounts.actors import system_actor
from tracker.jobs import tasks
from tracker.jobs.leader import term_begin
from tracker.jobs.schedule import Job
from tracker.jobs.scheduler import run_job
from tracker.ledger.models import Entry
from tracker.ledger.services import ledger_head
from tracker.posts.models import Post, Sighting
from tracker.risks.lifecycle import State
from tracker.risks.models import Risk

LATER = timedelta(minutes=11)  # when a sender that has not come back counts as dead
RUNS = 50
TURNS = (
    5  # of asking again while the store is held: on a machine with a hundred times this work, thirty seconds may not do
)
PAPERS_MORNING = datetime(2026, 11, 30, 0, 35, tzinfo=UTC)


def quiet(_world: World, _given: Any) -> Iterator[str]:
    """Nothing that the invariants do not know already."""
    yield from ()


@dataclass(frozen=True, slots=True)
class Road:
    """`supply` is done in peace, `walk` may be killed and is then done again, `wrong` names what is not as it should be.

    `never` names what may not even be between the two, should nobody do it again.
    """

    supply: Callable[[World, int], Any]
    walk: Callable[[World, Any, datetime], None]
    wrong: Callable[[World, Any], Iterator[str]]
    never: Callable[[World, Any], Iterator[str]] = quiet


def job(task: str, now: datetime, argument: str = "") -> None:
    """One run of a job as the scheduler starts it, at `now`; its failure is ours."""
    tasks._now = lambda: now
    failed: list[Exception] = []

    def run(name: str, given: str) -> bool:
        try:
            return tasks.perform(name, given)
        except Exception as error:
            failed.append(error)
            raise

    term = term_begin(now=now)
    run_job(Job(task, task, SimpleNamespace(), argument), SimpleNamespace(local=False, run=run), term)
    if failed:
        raise failed[0]


def unrecorded(act: str, files: Iterable[Path]) -> Iterator[str]:
    """Files that left the house and of which the ledger does not say so, as often as they did."""
    said = Counter(json.loads(data)["filter"] for data in Entry.objects.filter(act=act).values_list("data", flat=True))
    for name, times in Counter(path.name for path in files).items():
        if times > said[name]:
            yield f"{name} left {times} times, the ledger says {said[name]}"


# --- a desk: an item from the queue to its end, by programs


def event_for(_world: World, number: int) -> tuple[int, int]:
    return make_event(f"{number}号桥栏杆断了", now=moment()).pk, number


def picture(number: int) -> bytes:
    out = BytesIO()
    Image.new("RGB", (2, 2), (number % 256, number // 256 % 256, number // 65536)).save(out, "PNG")
    return out.getvalue()


def desk(world: World, given: tuple[int, int], _now: datetime) -> None:
    event, number = given
    client = Client(SERVER_NAME="localhost")

    def ask(who: str, step: str, path: str, body: Any = None, file: bytes | None = None) -> Any:
        said = {"Authorization": f"Bearer {world.keys[who]}", "Idempotency-Key": f"{number}-{step}"}
        for _turn in range(TURNS):
            if file:
                brought = body | {"file": SimpleUploadedFile("现场.png", file)}
                answer = client.post(f"/api/v1{path}", brought, headers=said)
            else:
                answer = client.post(f"/api/v1{path}", json.dumps(body), content_type="application/json", headers=said)
            if answer.status_code != 503:  # the store is held by others: ask again, as the answer says
                break
        assert answer.status_code == 200, (step, answer.content.decode())
        return answer.json()

    labels = {"version": 1, "level": 2, "topic": "road", "need": "complain"}
    risk = ask("analyst", "confirm", f"/events/{event}/confirm", labels)
    address = f"/risks/{risk['number']}/acts"
    for who, step, body in (
        ("dispatcher", "assign", {"unit": "road", "requirements": "到现场核实"}),
        ("handler", "sign", {}),
        ("handler", "attach", {}),
        ("handler", "progress", {"reason": "已到场勘查"}),
        ("handler", "submit", SUBMISSION),
        ("verifier", "verify", {"reason": "照片与地点相符"}),
    ):
        file = picture(number) if step == "attach" else None
        risk = ask(who, step, f"{address}/{step}", body | {"version": risk["version"]}, file)


def desk_wrong(_world: World, given: tuple[int, int]) -> Iterator[str]:
    risk = Risk.objects.filter(event=given[0]).first()
    if risk is None or risk.state != State.CLOSED:
        yield f"the item of event {given[0]} did not come to its end"
        return
    acts = [act.removeprefix("risk.") for act in Entry.objects.filter(subject=risk.subject).order_by("seq").values_list("act", flat=True)]  # fmt: skip
    if acts != ["list", "assign", "sign", "attach", "progress", "submit", "verify"]:
        yield f"{risk.number} has the entries {acts}"
    if risk.attachments.count() != 1:
        yield f"{risk.number} has {risk.attachments.count()} pieces of evidence"


# --- posts: pushed, crawled, taken in


def pushed(world: World, number: int) -> None:
    """Three posts come from another program, and wait in the spool."""
    rows = [
        {"key": f"W{number}-{n}", "title": f"渡口栏杆松动{number}", "body": f"第{number}段第{n}根一推就晃。", "published_at": "2026-11-20 08:30"}
        for n in range(3)
    ]  # fmt: skip
    answer = Client(SERVER_NAME="localhost").post(
        "/api/v1/posts", json.dumps(rows), content_type="application/json",
        headers={"Authorization": f"Bearer {world.push_token}"},
    )  # fmt: skip
    assert answer.status_code == 200, answer.content.decode()
    assert answer.json()["accepted"] == len(rows)


def push(world: World, number: int, _now: datetime) -> None:
    pushed(world, number)
    intake(world, number, moment())


def push_wrong(_world: World, number: int) -> Iterator[str]:
    there = Sighting.objects.filter(source="letters", key__startswith=f"W{number}-").count()
    if there != 3:
        yield f"{there} of 3 pushed posts are in the store"


def batches_for(_world: World, number: int) -> int:
    for part in range(2):
        posts = [post(f"{number}-{part}-{n}", title=f"{number}号渡口{part}跳板松了{n}") for n in range(4)]
        seal(posts, "a", settings.ENV.spool)
    return number


def intake(_world: World, _number: int, now: datetime) -> None:
    job("intake", now)


def intake_wrong(_world: World, number: int) -> Iterator[str]:
    there = Sighting.objects.filter(source="a", key__startswith=f"{number}-").count()
    if there != 8:
        yield f"{there} of 8 sealed posts are in the store"


def texts(_world: World, _number: int, now: datetime) -> None:
    job("texts", now)


def board_grows(world: World, number: int) -> int:
    world.grow(12)
    return number


def crawl(world: World, _number: int, now: datetime) -> None:
    from tracker.cli.collect import crawl as command

    command(["wz"])
    job("intake", now)


def crawl_wrong(world: World, _number: int) -> Iterator[str]:
    there = Sighting.objects.filter(source="wz").count()
    if there != world.grown:
        yield f"{there} of the board's {world.grown} posts are in the store"


# --- what the clock starts


def late_item(world: World, number: int) -> int:
    from tracker.notify.models import Notice

    # Nobody hears more than twenty an hour: what was said earlier in this test was said long ago.
    Notice.objects.update(at=moment() - timedelta(days=1))
    long_ago = moment() - timedelta(days=40)
    event = make_event(f"{number}号边坡落石", now=long_ago)
    return make_risk(world.desk, State.ASSIGNED, now=long_ago, level=3, event=event).pk


def clocks(_world: World, _risk: int, now: datetime) -> None:
    job("clocks", now)


def clocks_wrong(_world: World, risk: int) -> Iterator[str]:
    row = Risk.objects.get(pk=risk)
    told = [json.loads(data)["purpose"] for data in Entry.objects.filter(subject=row.subject, act="risk.breach").values_list("data", flat=True)]  # fmt: skip
    if sorted(told) != sorted(set(told)) or not {"sign", "treat"} <= set(told):
        yield f"{row.number} has the breaches {told}"


def notices(_world: World, _risk: int, now: datetime) -> None:
    job("notices", now)


def notices_wrong(world: World, risk: int) -> Iterator[str]:
    from tracker.notify.models import Notice, Outgoing

    number, told = Risk.objects.get(pk=risk).number, world.told()
    if Notice.objects.filter(number=number, recipient="handler").count() != 1:
        yield f"the handler was not told once of {number}"
    rows = Outgoing.objects.filter(key__contains=number)
    if {row.owner for row in rows} != {"handler", "unit:road"}:
        yield f"news of {number} was put in for {[row.owner for row in rows]}"
    for row in rows:
        if row.sent_at is None:
            yield f"{row.key} to {row.owner} waits after its time: {row.problem}"
        if not any(path == "/robot" and key.endswith(f"/{ROBOTS[row.owner]} {row.key}") for path, key in told):
            yield f"{row.key} to {row.owner} never arrived"


def item(world: World, number: int) -> int:
    return make_risk(world.desk, State.HANDLING, now=moment(), event=make_event(f"{number}号路口积水", now=moment())).pk


def webhooks(_world: World, _risk: int, now: datetime) -> None:
    """As often as the schedule would start it until what was written before has gone out: one run sends a hundred at most."""
    from tracker.outward.models import Delivery

    there = ledger_head()[0]
    for _run in range(RUNS):
        job("webhooks", now)
        if not Delivery.objects.filter(seq__lte=there, delivered_at=None).exists():
            break


def webhooks_wrong(world: World, risk: int) -> Iterator[str]:
    told = world.told()
    for entry in Entry.objects.filter(subject=Risk.objects.get(pk=risk).subject):
        if not told["/news", f"city-{entry.seq}"]:
            yield f"entry {entry.seq} never arrived"


def papers(_world: World, _risk: int, now: datetime) -> None:
    job("papers", PAPERS_MORNING + (now - moment()))


def papers_wrong(_world: World, _risk: int) -> Iterator[str]:
    from tracker.reports.models import Paper

    rows = list(Paper.objects.order_by("pk"))
    for kind, period in {(row.kind, row.period) for row in rows}:
        mine = [row for row in rows if (row.kind, row.period) == (kind, period)]
        if [row.content["revision"] for row in mine] != list(range(1, len(mine) + 1)):
            yield f"{kind} {period} has the revisions {[row.content['revision'] for row in mine]}"
        if any(one.content["digest"] == another.content["digest"] for one, another in pairwise(mine)):
            yield f"{kind} {period} was frozen twice with the same facts"
    if not rows:
        yield "no paper was frozen"


def paper_for(world: World, number: int) -> int:
    item(world, number)
    papers(world, 0, moment())
    return number


def mail(_world: World, _number: int, now: datetime) -> None:
    job("mail", now)


def mail_wrong(world: World, _number: int) -> Iterator[str]:
    from tracker.reports.models import Delivery, DeliveryState

    waiting = Delivery.objects.exclude(state=DeliveryState.SENT)
    if waiting.exists() or not Delivery.objects.exists():
        yield f"{waiting.count()} papers were not mailed"
    sent = sum(path.read_bytes().count(b"\nMessage-ID: ") for path in (world.beside / "mail").glob("*"))
    if sent < Delivery.objects.count():
        yield f"{sent} mails for {Delivery.objects.count()} papers"


def report(world: World, number: int, _now: datetime) -> None:
    from tracker.cli.papers import _write_paper

    _write_paper("weekly", "2026-W47", world.beside / f"papers-{number}", "html")


def report_never(world: World, _number: int) -> Iterator[str]:
    yield from unrecorded("export.paper", world.beside.glob("papers-*/*.html"))


def report_wrong(world: World, number: int) -> Iterator[str]:
    from tracker.reports.verify import paper_verify

    files = sorted((world.beside / f"papers-{number}").glob("*.html"))
    if not files:
        yield "no paper was written"
    for path in files:
        yield from (f"{path.name}: {sentence}" for sentence in paper_verify(path=path))


def old_post(_world: World, number: int) -> int:
    return make_event(f"{number}号旧帖路灯不亮", now=moment() - timedelta(days=400)).pk


def privacy(_world: World, _event: int, now: datetime) -> None:
    job("privacy", now)


def privacy_never(_world: World, _event: int) -> Iterator[str]:
    gone = Post.objects.exclude(
        erased_at=None
    ).count()  # counted first: a transaction may end between the two questions
    said = sum(json.loads(data).get("posts", 0) for data in Entry.objects.filter(act="privacy.expire").values_list("data", flat=True))  # fmt: skip
    if gone > said:
        yield f"the words of {gone} posts are gone, the ledger says {said}"


def privacy_wrong(_world: World, event: int) -> Iterator[str]:
    if Post.objects.filter(event=event, erased_at=None).exists():
        yield f"the words of event {event} are still there"


# --- learning


def retrain(_world: World, _number: int, now: datetime) -> None:
    job("retrain", now)


def retrain_wrong(world: World, _number: int) -> Iterator[str]:
    from tracker.learning.champion import Working, load
    from tracker.learning.models import ModelVersion

    rows = ModelVersion.objects.all()
    if not rows:
        yield "no challenger was registered"
    for row in rows:
        load(Working(row.version, row.digest))


def challenger(world: World, number: int) -> str:
    from tracker.learning import services
    from tracker.learning.models import ModelVersion

    if not ModelVersion.objects.exists():
        services.challenger_build(actor=system_actor("tests"), now=moment())
    figures = {"rows": 40, "risks": 20, "serious_flagged": [19, 20], "serious_named": [15, 20]}
    ModelVersion.objects.update(comparison={"frozen": [figures, figures], "recent": [figures, figures]}, champion="")
    if number and services.models.champion():
        services.model_rollback(actor=system_actor("tests"), now=moment(), reason="退回")
    return str(ModelVersion.objects.latest("pk").version)


def promote(_world: World, version: str, now: datetime) -> None:
    from tracker.learning import services

    if services.models.champion() != version:
        services.model_promote(version=version, actor=system_actor("tests"), now=now, reason="启用")


def promote_wrong(_world: World, version: str) -> Iterator[str]:
    from tracker.learning.champion import champion
    from tracker.learning.models import Promotion

    if champion() != version:
        yield f"{version} does not work"
    moves = Entry.objects.filter(act__in=("model.promote", "model.rollback")).count()
    if moves != Promotion.objects.count():
        yield f"{Promotion.objects.count()} moves of models, {moves} entries"


def rescore(_world: World, _number: int, now: datetime) -> None:
    from tracker.intake.rescoring import spans

    for span in spans(100):
        job("rescore", now, span)


# --- what leaves the house


def export(world: World, number: int, _now: datetime) -> None:
    from tracker.cli.keep import ledger_export

    ledger_export(world.beside / f"{number}.jsonl")


def export_never(world: World, number: int) -> Iterator[str]:
    there = sorted(world.beside.glob(f"{number}.jsonl"))
    entries = Entry.objects.filter(act="export.ledger").values_list("data", flat=True)
    for path in there:
        held = len(path.read_bytes().splitlines())
        if not any(json.loads(data)["rows"] == held for data in entries):
            yield f"{path.name} left with {held} entries, the ledger does not say so"


def export_wrong(world: World, number: int) -> Iterator[str]:
    from tracker.ledger.services import ledger_verify_file

    path = world.beside / f"{number}.jsonl"
    if broken := ledger_verify_file(path):
        yield f"{path.name}: {broken.sentence}"
    yield from export_never(world, number)
    path.unlink()


def backup(world: World, number: int, now: datetime) -> None:
    from tracker.backup.errors import BackupRefused
    from tracker.backup.services import backup_make
    from tracker.cli.backups import _record

    path = world.beside / f"{number}.tar.gz"
    try:
        backup_make(env=settings.ENV, path=path, now=now, record=lambda members: _record(path, members, now))
    except BackupRefused:
        assert path.exists(), "refused although there is none"


def backup_never(world: World, _number: int) -> Iterator[str]:
    yield from unrecorded("export.backup", world.beside.glob("*.tar.gz"))


def backup_wrong(world: World, number: int) -> Iterator[str]:
    from tracker.backup.services import backup_check

    path = world.beside / f"{number}.tar.gz"
    manifest = backup_check(path=path)
    if manifest["ledger"]["seq"] < 1:
        yield "the backup holds no ledger"
    path.unlink()
    backup(world, number, moment())  # the next one clears what a killed one left in the home
    path.unlink()
    left = [*world.beside.glob("*.part"), *world.home.glob(".backup.part")]
    yield from (f"{name} was left" for name in left)


def number_only(_world: World, number: int) -> int:
    return number


ROADS: dict[str, Road] = {
    "desk": Road(event_for, desk, desk_wrong),
    "push": Road(number_only, push, push_wrong),
    "intake": Road(batches_for, intake, intake_wrong),
    "texts": Road(event_for, texts, quiet),
    "crawl": Road(board_grows, crawl, crawl_wrong),
    "clocks": Road(late_item, clocks, clocks_wrong),
    "notices": Road(late_item, notices, notices_wrong),
    "webhooks": Road(item, webhooks, webhooks_wrong),
    "papers": Road(item, papers, papers_wrong),
    "mail": Road(paper_for, mail, mail_wrong),
    "report": Road(item, report, report_wrong, report_never),
    "privacy": Road(old_post, privacy, privacy_wrong, privacy_never),
    "retrain": Road(number_only, retrain, retrain_wrong),
    "promote": Road(challenger, promote, promote_wrong),
    "rescore": Road(number_only, rescore, quiet),
    "export": Road(number_only, export, export_wrong, export_never),
    "backup": Road(number_only, backup, backup_wrong, backup_never),
}
