"""Small builders for tests: units, people of every role, events with explained posts, risks brought to any state.

Everything goes through the real services, so that a fixture can never be in a state the product cannot reach.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha256
from itertools import count

from tracker.accounts.actors import Actor, system_actor
from tracker.accounts.models import Grant, Role, Unit, User
from tracker.accounts.selectors import actor_of
from tracker.accounts.services import unit_create, user_create
from tracker.posts.models import Event, Post, Sighting
from tracker.posts.services import event_refresh
from tracker.risks import services
from tracker.risks.lifecycle import Act, State
from tracker.risks.models import Risk

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # a Monday, 10:00 in Shanghai
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63382127070002"
    "b6010534a675aa0000000049454e44ae426082"
)
# Says what was found, done and settled by when, so the reply check lets it pass.
ANSWER = (
    "您好！经青川市交通运输局现场核查，东风桥护栏被车辆撞断12米，情况属实。我们已于11月24日完成更换并加设警示标志，今后每周巡查一次，"
    "确保行人安全。如仍有问题请致电值班室0731-12328。感谢您的反映。"
)
_serial = count(1)


@dataclass(frozen=True)
class Desk:
    """Units and one user a role; `handler` works in `bureau`, `other_handler` in `port`, everybody else in `department`."""

    department: Unit
    bureau: Unit
    port: Unit
    users: dict[str, User]

    def actor(self, name: str) -> Actor:
        return actor_of(self.users[name], NOW)

    def user(self, name: str) -> User:
        return self.users[name]


def make_units() -> tuple[Unit, Unit, Unit]:
    """A department and two bureaus below it, each of another prefecture."""
    by = system_actor("tests")
    top = unit_create(code="dept", name="省交通运输厅", by=by, now=NOW)
    bureau = unit_create(code="road", name="青川市交通运输局", by=by, now=NOW, parent=top, prefecture="青川市")
    port = unit_create(code="port", name="白石市交通运输局", by=by, now=NOW, parent=top, prefecture="白石市")
    return top, bureau, port


def make_user(
    username: str, roles: Iterable[str], unit: Unit | None = None, display: str = "", *, recorded: bool = False
) -> User:
    """A user without a password (log in with `client.force_login`): hashing one would cost each test half a second.

    `recorded` with the entry of the ledger, which a store that is verified as a whole needs.
    """
    if recorded:
        by = system_actor("tests")
        return user_create(username=username, password=None, roles=roles, unit=unit, display=display, by=by, now=NOW)
    user = User(username=username, unit=unit, display=display or username)
    user.set_unusable_password()
    user.save()
    Grant.objects.bulk_create(Grant(user=user, role=role) for role in roles)
    return user


def make_desk(*, recorded: bool = False) -> Desk:
    """Everybody who takes part: users named by their role, and `other_handler` of another unit, `nobody` without a role."""
    user = partial(make_user, recorded=recorded)
    top, bureau, port = make_units()
    users = {
        str(role.value): user(role.value, [role], bureau if role is Role.HANDLER else top, str(role.label))
        for role in Role
    }
    users["other_handler"] = user("other_handler", [Role.HANDLER], port, "外单位承办人")
    users["nobody"] = user("nobody", [], top, "无角色")
    return Desk(top, bureau, port, users)


def serial_after(known: int) -> None:
    """The posts made from here on have keys after `known`: for a store that holds some already."""
    global _serial  # noqa: PLW0603 - one series a process
    _serial = count(known + 1)


def make_post(event: Event, title: str, body: str, *, words: Sequence[str] = (), **labels: object) -> Post:
    """A post of `event`; `words` found in the text become its explanation, alternately weighty and slight."""
    number = next(_serial)
    full = f"{title}\n{body}"
    why = [
        {"text": word, "weight": 1.2 / (rank + 1), "start": full.index(word), "end": full.index(word) + len(word)}
        for rank, word in enumerate(words)
    ]
    fields: dict[str, object] = {
        "transport": 0.97, "risk": 0.84, "flagged": True, "topic": "road", "need": "complain", "level": 2,
        "signals": "S", "places": ["青川市"], "likes": 3, "model": "test-1", "sure": [0.71, 0.94, 0.88],
        "published_at": event.opened_at - timedelta(hours=2), "discovered_at": event.opened_at,
    }  # fmt: skip
    digest = sha256(f"{number}{full}".encode()).hexdigest()
    post = Post.objects.create(
        event=event, title=title, body=body, why=why, digest=digest, revision=digest, **(fields | labels)
    )
    Sighting.objects.create(
        post=post, source="demo", key=str(number), url=f"https://board.example/t/{number}", revision=digest,
        seen_at=event.opened_at,
    )  # fmt: skip
    return post


def make_event(
    title: str = "东风桥栏杆断了一截",
    bodies: Sequence[str] = ("桥面上的栏杆断开，小孩放学从这里走，很危险。",),
    *,
    now: datetime = NOW,
    words: Sequence[str] = (),
    **labels: object,
) -> Event:
    """An undecided event with one post for each of `bodies`, its labels computed as intake would."""
    event = Event.objects.create(title=title[:200], opened_at=now, last_at=now)
    for body in bodies:
        make_post(event, title, body, words=[w for w in words if w in f"{title}\n{body}"], **labels)
    event_refresh([event.pk])
    event.refresh_from_db()
    return event


def make_risk(
    desk: Desk, state: State = State.LISTED, *, now: datetime = NOW, level: int = 2, event: Event | None = None,
    unit: Unit | None = None, handler: str = "handler", outcome: str = "fixed",
) -> Risk:  # fmt: skip
    """A risk brought to `state` by the people whose turn it was, all at `now`."""
    row = event or make_event(now=now)
    risk = services.risk_list(
        event=row.pk, version=row.version, actor=desk.actor("analyst"), now=now, level=level, topic="road",
        need="complain",
    )  # fmt: skip
    steps = {
        State.LISTED: [], State.ASSIGNED: ["assign"], State.RETURNED: ["assign", "return"],
        State.HANDLING: ["assign", "sign"], State.SUBMITTED: ["assign", "sign", "attach", "submit"],
        State.APPROVING: ["assign", "sign", "attach", "submit", "verify"],
        State.CLOSED: ["assign", "sign", "attach", "submit", "verify"] + (["approve"] if level == 3 else []),
        State.WITHDRAWN: ["withdraw"],
    }[state]  # fmt: skip
    for step in steps:
        risk = advance(desk, risk, step, now=now, unit=unit, handler=handler, outcome=outcome)
    assert risk.state == state, f"level {level} cannot stand at {state}"
    return risk


def pointers(outcome: str, risk: Risk) -> dict[str, str]:
    """What "not ours" and "duplicate" must name besides."""
    others = Risk.objects.exclude(pk=risk.pk).exclude(state=State.WITHDRAWN).exclude(duplicate_of=risk.number)
    return {
        "not_ours": {"referred_to": "市城管局"},
        "duplicate": {"duplicate_of": str(others.values_list("number", flat=True).first())},
    }.get(outcome, {})


def advance(  # noqa: PLR0911  # a step a line reads best as one match
    desk: Desk, risk: Risk, step: str, *, now: datetime = NOW, unit: Unit | None = None, handler: str = "handler",
    outcome: str = "fixed",
) -> Risk:  # fmt: skip
    """One step of the main road, by the person whose turn it is."""
    common = {"risk": risk.pk, "version": risk.version, "now": now}
    mine = common | {"actor": desk.actor(handler)}
    match step:
        case "assign":
            return services.risk_assign(
                **common, actor=desk.actor("dispatcher"), unit=unit or desk.bureau, requirements="请到现场核实并修复",
                contact="值班室",
            )  # fmt: skip
        case "sign":
            return services.risk_sign(**mine)
        case "return":
            return services.risk_return(**mine, reason_code="territory", reason="这座桥由邻市管养")
        case "attach":
            return services.risk_attach(
                **mine, digest=sha256(PNG).hexdigest(), name="现场.png", content_type="image/png", size=len(PNG)
            )
        case "submit":
            return services.risk_submit(
                **mine, outcome=outcome, answer=ANSWER, note="更换 12 米", **pointers(outcome, risk)
            )
        case "progress":
            return services.risk_note(act=Act.PROGRESS, **mine, reason="已到场勘查，材料明日到位")
        case "verify":
            return services.risk_verify(**common, actor=desk.actor("verifier"), reason="调取现场照片，护栏已更换")
        case "send_back":
            return services.risk_send_back(**common, actor=desk.actor("verifier"), reason="照片看不出修复的位置")
        case "approve":
            return services.risk_approve(**common, actor=desk.actor("manager"), reason="同意")
        case "withdraw":
            return services.risk_withdraw(**common, actor=desk.actor("manager"), reason="与另一事项重复列单")
    raise ValueError(f"no such step: {step}")
