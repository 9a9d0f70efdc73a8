"""A big store for benches, of any size, made up: posts in events, risks in every state, on request with their ledger.

Rows are written in bulk past the services (a million acts would take hours), but hold what the services would have written: states,
clocks, people, the chain. Texts are put together from places, objects and troubles, so words are common and rare as in life.

`python -m tests.bench.make POSTS RISKS` fills the store of a YIDAN_HOME with it.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import chain, islice
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import DateTimeField, JSONField, Model

from tests.factories import Desk
from tracker.accounts.models import Unit
from tracker.ledger import triggers
from tracker.ledger.chain import GENESIS, link
from tracker.ledger.models import Entry, Head, moment_text
from tracker.posts.harm import expected_harm
from tracker.posts.models import Decision, Event, Post, Sighting
from tracker.posts.months import KEYS, first_key, month_table
from tracker.risks.lifecycle import LEVEL_OF_APPROVAL, State
from tracker.risks.models import NumberSeries, Risk

BULK: Final = 5_000
TOWNS: Final = ("青川", "白石", "临江", "北岭", "云溪", "长坪", "竹山", "石门", "枫林", "滨河", "南浦", "高桥")
ROADS: Final = tuple(
    f"{a}{b}"
    for a in ("环城", "学府", "解放", "建设", "沿河", "新港", "站前", "工业")
    for b in ("东路", "西路", "大道", "巷")
)
THINGS: Final = (
    "护栏",
    "路面",
    "伸缩缝",
    "路灯",
    "井盖",
    "公交站台",
    "隧道照明",
    "渡口跳板",
    "边坡",
    "斑马线",
    "标志牌",
    "桥墩",
    "客运站",
    "停车场",
    "匝道",
)
TROUBLES: Final = (
    "断了一截",
    "塌了一块",
    "坏了很久没人修",
    "夜里看不见",
    "下雨就积水",
    "有人摔过跤",
    "被大车压坏",
    "收费说不清",
    "等车太久",
    "占着道不走",
)
RARE: Final = ("雷达", "灯塔", "缆车", "索道", "浮桥", "栈道", "吊桥", "水闸")
TOPICS: Final = ("road", "project", "transit", "taxi", "charge", "traffic", "water", "service")
STATES: Final = (State.CLOSED,) * 12 + (State.HANDLING,) * 4 + (State.ASSIGNED,) * 2 + (State.SUBMITTED, State.LISTED)
_VERSIONS: Final = {State.LISTED: 1, State.ASSIGNED: 2, State.HANDLING: 3, State.SUBMITTED: 4, State.CLOSED: 5}
DAYS: Final = 730  # the store's history; a bigger store is a busier one, over the same two years


Row = dict[str, Any]


def fill(desk: Desk, *, posts: int, risks: int, now: datetime, seed: int = 1, ledger: bool = False) -> None:
    """`posts` posts (a third of them outside the sector, the others in events of one to four) and `risks` risks, of `desk`'s units."""
    dice = random.Random(seed)
    first = (Post.objects.order_by("-pk").values_list("pk", flat=True).first() or 0) % KEYS + 1
    keys = list(range(first, first + posts))
    named = _names(keys, now)
    events = _events(keys, dice, now, risks, named)
    write(Event, events.values())
    write(Post, (_post(key, events, dice, now, named) for key in keys))
    write(Sighting, (_sighting(key, now, named) for key in keys))
    listed = [event for event in events.values() if event["decision"] == Decision.CONFIRMED]
    there = Risk.objects.count()
    rows = [_risk(number, event, desk, dice, now) for number, event in enumerate(listed, there + 1)]
    write(Risk, rows)
    NumberSeries.objects.update_or_create(year=now.year, defaults={"last": there + len(rows)})
    if ledger:
        _write_chain(_acts(rows))


def write(model: type[Model], rows: Iterable[Row]) -> None:
    """Insert `rows`, by column attribute; `bulk_create` would take ten times as long over a million."""
    fields = [field for field in model._meta.concrete_fields if not field.generated]
    blank = {field.attname: None if field.primary_key or field.null else field.get_default() for field in fields}
    sent = iter(rows)
    sample = next(sent, None)
    if sample is None:
        return
    fields = [field for field in fields if not field.primary_key or field.attname in sample]
    columns = ", ".join(connection.ops.quote_name(field.column) for field in fields)
    marks = ", ".join(["%s"] * len(fields))
    prepared = [(field.attname, _PREPARE.get(type(field), _as_it_is)) for field in fields]
    table = model._meta.db_table
    filled = (blank | row for row in chain([sample], sent))
    values = ([prepare(row[name]) for name, prepare in prepared] for row in filled)
    while some := list(islice(values, BULK)):
        with transaction.atomic(), connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as lines:
                    for row in some:
                        lines.write_row(row)
            else:
                cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", some)


def _as_it_is(value: object) -> object:
    return value


def _time(value: datetime | None) -> object:
    return value and connection.ops.adapt_datetimefield_value(value)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


_PREPARE: Final = {DateTimeField: _time, JSONField: _json}


def _event_of(key: int) -> int | None:
    """Two posts of three belong to an event, which is opened under the key of its first post."""
    if key % 3 == 0:
        return None
    return key - (key % 12) + 1 if key % 12 > 1 and key % 4 == 1 else key


def _when(key: int, first: int, count: int, now: datetime) -> datetime:
    """Keys grow with time, as they do when posts come in one after the other."""
    return now - timedelta(days=DAYS) * (1 - (key - first + 1) / (count + 1))


def _names(keys: list[int], now: datetime) -> Callable[[int], int]:
    """The key that the store gives the post `key`: on PostgreSQL it bears its month, whose table is made here."""
    if connection.vendor != "postgresql":
        return int
    with connection.cursor() as cursor:
        for days in range(DAYS, -1, -28):
            month_table(cursor, (now - timedelta(days=days)).date())
        month_table(cursor, now.date())
    return lambda key: first_key(_when(key, keys[0], len(keys), now).date()) + key


def _events(
    keys: list[int], dice: random.Random, now: datetime, risks: int, named: Callable[[int], int]
) -> dict[int, Row]:
    members: dict[int, int] = {}
    for key in keys:
        event = _event_of(key)
        if event is not None:
            owner = event if event in members or event == key else key
            members[owner] = members.get(owner, 0) + 1
    found = {}
    listed = set(dice.sample(sorted(members), min(risks, len(members))))
    for key, count in members.items():
        at = _when(key, keys[0], len(keys), now)
        level, risk = dice.choice((0, 1, 1, 2, 2, 3)), round(dice.random(), 4)
        waiting = Decision.PENDING if dice.random() < 0.5 else Decision.DISMISSED
        found[key] = {
            "id": named(key), "title": _title(key), "place": f"{TOWNS[key % len(TOWNS)]}市", "topic": TOPICS[key % len(TOPICS)], "level": level, "signals": "S" if level > 1 else "",
            "risk": risk, "heat": 10 * count, "harm": expected_harm(risk=risk, level=level, heat=10 * count), "flagged": risk > 0.4 or key in listed,
            "posts_count": count, "opened_at": at, "last_at": at, "decision": Decision.CONFIRMED if key in listed else waiting,
        }  # fmt: skip
    return found


def _title(key: int) -> str:
    return f"{TOWNS[key % 12]}{ROADS[key // 12 % 32]}的{THINGS[key // 5 % 15]}{TROUBLES[key // 7 % 10]}"


def _body(key: int) -> str:
    rare = f"旁边就是{RARE[key // 997 % 8]}。" if key % 997 == 0 else ""
    return (
        f"每天从{ROADS[key // 12 % 32]}{key % 400}号门口经过，{THINGS[key // 5 % 15]}{TROUBLES[key // 7 % 10]}，{TROUBLES[key // 11 % 10]}，"
        f"老人孩子都要走这里。{rare}上个月也说过一次，到现在没有看到有人来。请相关部门到{TOWNS[key % 12]}现场看一看，尽快处理。"
    )


def _post(key: int, events: dict[int, Row], dice: random.Random, now: datetime, named: Callable[[int], int]) -> Row:
    event = _event_of(key)
    owner = events.get(event) or events.get(key) if event is not None else None
    title, body = _title(key), _body(key)
    digest = sha256(f"{key}".encode()).hexdigest()
    at = owner["opened_at"] if owner else now - timedelta(days=DAYS) * dice.random()
    risk = owner["risk"] if owner else 0.02
    return {
        "id": named(key), "title": title, "body": body, "published_at": at - timedelta(hours=2), "discovered_at": at, "digest": digest, "revision": digest, "likes": key % 50,
        "event_id": owner["id"] if owner else None, "transport": 0.97 if owner else 0.1, "risk": risk, "flagged": risk > 0.4, "topic": owner["topic"] if owner else "-", "level": owner["level"] if owner else 0,
        "signals": owner["signals"] if owner else "", "places": [owner["place"]] if owner else [], "model": "bench",
        "why": [{"text": title[:2], "weight": 0.7, "start": 0, "end": 2}],
        "reply": "已转有关部门处理。" if key % 5 == 0 else "",
    }  # fmt: skip


def _sighting(key: int, now: datetime, named: Callable[[int], int]) -> Row:
    url = f"https://board.example/t/{key}"
    return {"post_id": named(key), "source": ("demo-api", "demo-pages")[key % 2], "key": str(key), "url": url, "revision": "1", "seen_at": now}  # fmt: skip


def _risk(number: int, event: Row, desk: Desk, dice: random.Random, now: datetime) -> Row:
    state = dice.choice(STATES)
    at, level = event["opened_at"], max(event["level"], 1)
    unit = (desk.bureau, desk.port)[number % 2]
    given = state is not State.LISTED
    treat = timedelta(days=dice.choice((3, 7, 15)))
    done = min(at + treat * dice.uniform(0.2, 1.4), now)
    dues = {"answer": at + timedelta(hours=48), "sign": at + timedelta(days=1), "treat": at + treat}
    book = {
        name: {"start": moment_text(at), "due": moment_text(due), "amount": 48, "unit": "hours", "skipped": []}
        for name, due in dues.items()
    }
    return {
        "number": f"YD-{now.year}-{number:05d}", "event_id": event["id"], "problem": event["title"], "place": event["place"], "topic": event["topic"], "need": "complain", "kind": "hazard",
        "level": level, "signals": event["signals"], "state": state, "version": _VERSIONS[state] + (state is State.CLOSED and level == LEVEL_OF_APPROVAL), "unit_id": unit.pk if given else None, "assigning_unit_id": desk.department.pk if given else None,
        "requirements": "请到现场核实" if given else "", "discovered_at": at, "listed_at": at, "assigned_at": at if given else None,
        "signed_at": at if state not in (State.LISTED, State.ASSIGNED) else None, "submitted_at": done if state in (State.SUBMITTED, State.CLOSED) else None,
        "closed_at": done if state is State.CLOSED else None, "sign_due": dues["sign"] if given else None, "treat_due": dues["treat"] if given else None,
        "answer_due": dues["answer"], "arithmetic": book, "outcome": "fixed" if state in (State.SUBMITTED, State.CLOSED) else "",
        "answer": "已修复并安排巡查。" if state in (State.SUBMITTED, State.CLOSED) else "", "answered_at": done if state in (State.SUBMITTED, State.CLOSED) else None,
        "verified_by": "verifier" if state is State.CLOSED else "", "hands": ["handler"] if state not in (State.LISTED, State.ASSIGNED) else [],
    }  # fmt: skip


def _acts(rows: list[Row]) -> Iterator[dict[str, Any]]:
    """The entries of each risk, in the order of time."""
    every: list[tuple[datetime, int, int, str, str, str, str, dict[str, Any]]] = []
    codes = dict(Unit.objects.values_list("pk", "code"))
    for rank, row in enumerate(rows):
        dues = {name: book["due"] for name, book in row["arithmetic"].items()}
        labels = {"event": row["event_id"], "level": row["level"], "topic": row["topic"], "need": row["need"]}
        steps = [("list", "analyst", "", "listed", {**labels, "due": {"answer": dues["answer"]}})]
        if row["unit_id"]:
            due = {"sign": dues["sign"], "treat": dues["treat"]}
            steps.append(("assign", "dispatcher", "listed", "assigned", {"unit": codes[row["unit_id"]], "due": due}))
        if row["signed_at"]:
            steps.append(("sign", "handler", "assigned", "handling", {}))
        if row["submitted_at"]:
            answered = {"outcome": row["outcome"], "answer": row["answer"], "evidence": []}
            steps.append(("submit", "handler", "handling", "submitted", answered))
        if row["closed_at"]:
            grave = row["level"] == LEVEL_OF_APPROVAL
            judged = "approving" if grave else "closed"
            steps.append(("verify", "verifier", "submitted", judged, {"outcome": row["outcome"]}))
            steps += [("approve", "manager", judged, "closed", {"outcome": row["outcome"]})] if grave else []
        for step, (act, who, source, target, data) in enumerate(steps):
            done = row["submitted_at"] or row["listed_at"]
            at = row["listed_at"] if act in ("list", "assign", "sign") else done
            every.append((at, rank, step, act, who, source, target, data))
    for at, rank, _step, act, who, source, target, data in sorted(every, key=lambda act: act[:3]):
        yield {
            "at": moment_text(at), "actor": who, "roles": who, "unit": "dept", "act": f"risk.{act}", "subject": f"risk:{rows[rank]['number']}", "from_state": source,
            "to_state": target, "reason": "", "data": json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":")),
        }  # fmt: skip


def _write_chain(acts: Iterator[dict[str, Any]]) -> None:
    """The entries at the end of the chain, with the triggers out of the way: they look at one entry at a time."""
    seq, previous = Head.objects.filter(pk=1).values_list("seq", "hash").first() or (0, GENESIS)
    triggers.run(connection, triggers.DROP)

    def chained() -> Iterator[Row]:
        nonlocal seq, previous
        for act in acts:
            seq += 1
            row = {"seq": seq, **act}
            row |= {"previous": previous, "hash": link(previous, row)}
            previous = row["hash"]
            yield row

    write(Entry, chained())
    Head.objects.filter(pk=1).update(seq=seq, hash=previous)
    triggers.run(connection, triggers.CREATE)
