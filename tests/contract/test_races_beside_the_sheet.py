"""Two connections at once on what stands beside the sheet: events, people, tables, addresses, webhooks. One wins, the other is told."""

from __future__ import annotations

from functools import partial

import pytest

from tests.contract.acts import SUBMISSION, race
from tests.factories import NOW, advance, make_desk, make_event, make_risk, make_user
from tracker.accounts.models import Grant, Role, User
from tracker.accounts.roles import role_end, role_give, user_leave
from tracker.accounts.selectors import actor_of
from tracker.accounts.services import AccountRefused
from tracker.ledger.models import Entry
from tracker.ledger.services import ledger_verify
from tracker.notify.addresses import address_confirm, address_set, code_of
from tracker.notify.models import Address, Outgoing
from tracker.notify.outbox import outgoing_retry
from tracker.outward.hooks import HookRefused, hook_add, hook_end
from tracker.outward.models import Hook
from tracker.posts.grouping import event_merge, event_split, event_unmerge
from tracker.posts.services import VerdictConflict, VerdictRefused, event_dismiss, event_restore
from tracker.risks import services
from tracker.risks.errors import Conflict, Incomplete
from tracker.risks.kept_views import view_save
from tracker.risks.lifecycle import State
from tracker.risks.models import DeadlineRule, Risk, SavedView
from tracker.risks.tables import day_clear, day_set, period_remove

pytestmark = pytest.mark.django_db(transaction=True)
ROBOT = "https://oapi.dingtalk.com/robot/send?access_token=abc123"


@pytest.fixture
def desk():
    return make_desk()


def one_won(results: list, *errors: type[Exception]) -> None:
    lost = [result for result in results if isinstance(result, Exception)]
    assert len(lost) == len(results) - 1, results
    assert all(isinstance(error, errors) and str(error) for error in lost), results
    assert ledger_verify() is None


def event_case(desk, act: str):
    """The act on an event that is ready for it."""
    event, other = make_event("桥栏杆断了", ("一处。", "又一处。")), make_event("护栏缺了一截")
    common = {"actor": desk.actor("analyst"), "now": NOW}
    second = event.posts.order_by("pk").values_list("pk", flat=True)[1]
    if act in ("restore", "unmerge"):
        before = event_dismiss if act == "restore" else partial(event_merge, into=other.pk)
        before(event=event.pk, version=event.version, reason="x", **common)
        event.refresh_from_db()
    call = {"event": event.pk, "version": event.version} | common
    return {
        "dismiss": partial(event_dismiss, **call, reason="不是交通"),
        "restore": partial(event_restore, **call),
        "merge": partial(event_merge, **call, into=other.pk, reason="同一座桥"),
        "unmerge": partial(event_unmerge, **call, reason="不是同一座"),
        "split": partial(event_split, **call, posts=[second], reason="两件事"),
    }[act]


@pytest.mark.parametrize("act", ["dismiss", "restore", "merge", "unmerge", "split"])
def test_of_two_verdicts_at_once_one_wins(desk, act):
    call = event_case(desk, act)
    entries = Entry.objects.count()
    one_won(race(call, call, call), VerdictConflict, VerdictRefused)
    assert Entry.objects.count() == entries + 1


def test_one_submits_once(desk):
    risk = advance(desk, make_risk(desk, State.HANDLING), "attach")
    call = {"risk": risk.pk, "version": risk.version, "now": NOW, "actor": desk.actor("handler")}
    one_won(race(*[partial(services.risk_submit, **call, **SUBMISSION)] * 3), Conflict)
    assert Risk.objects.get().state == State.SUBMITTED


def test_two_administrators_who_remove_each_other_leave_one(desk):
    second = actor_of(make_user("second", [Role.ADMIN], desk.department), NOW)
    first = desk.actor("admin")
    common = {"now": NOW, "reason": "争执"}
    for mine, theirs in ((role_end, role_end), (user_leave, role_end)):
        given = {role_end: {"role": "admin"}, user_leave: {}}
        one_won(
            race(
                partial(mine, user="second", by=first, **common, **given[mine]),
                partial(theirs, user="admin", by=second, **common, **given[theirs]),
            ),
            AccountRefused,
        )
        User.objects.filter(username__in=["admin", "second"]).update(is_active=True)
        for name in ("admin", "second"):
            Grant.objects.get_or_create(user=User.objects.get(username=name), role=Role.ADMIN)


def test_two_who_give_the_same_role_give_it_once(desk):
    give = partial(role_give, user="nobody", role="auditor", by=desk.actor("admin"), now=NOW, reason="代理")
    assert [result.role for result in race(give, give)] == ["auditor"] * 2
    assert Grant.objects.filter(user__username="nobody").count() == 1


def test_two_removals_do_not_leave_items_without_a_period(desk):
    """Each counts on the other's row."""
    DeadlineRule.objects.filter(purpose="watch").delete()
    row = {"purpose": "watch", "amount": 90, "unit": "days"}
    DeadlineRule.objects.create(**row)
    for kind in ("hazard", "complain", "help", "suggest", "ask"):
        DeadlineRule.objects.create(**row, kind=kind)
    common = {"purpose": "watch", "level": 0, "actor": desk.actor("admin"), "now": NOW, "reason": "x"}
    results = race(*(partial(period_remove, kind=kind, **common) for kind in ("*", "hazard")))
    one_won(results, Incomplete)


def test_a_day_is_set_once_and_cleared_once(desk):
    common = {"day": NOW.date(), "actor": desk.actor("admin"), "now": NOW, "reason": "停电"}
    results = race(*[partial(day_set, **common, working=False, note="")] * 3)
    assert [result.working for result in results] == [False] * 3
    one_won(race(*[partial(day_clear, **common)] * 3), Incomplete)


def test_an_address_is_confirmed_once_and_a_message_sent_again_once(desk):
    actor = desk.actor("handler")
    setting = partial(address_set, owner="handler", channel="dingtalk", target=ROBOT, actor=actor, now=NOW)
    race(setting, setting)
    confirm = partial(address_confirm, channel="dingtalk", code=code_of(Address.objects.get()), actor=actor, now=NOW)
    one_won(race(confirm, confirm, confirm), Incomplete)
    lost = Outgoing.objects.create(key="k", owner="handler", channel="dingtalk", title="题", body="文", made_at=NOW,
                                   next_at=NOW, given_up_at=NOW)  # fmt: skip
    one_won(race(*[partial(outgoing_retry, outgoing=lost.pk, actor=desk.actor("admin"), now=NOW)] * 3), Incomplete)


def test_wrong_codes_at_once_are_all_counted(desk):
    actor = desk.actor("handler")
    address_set(owner="handler", channel="dingtalk", target=ROBOT, actor=actor, now=NOW)
    race(*[partial(address_confirm, channel="dingtalk", code="x", actor=actor, now=NOW)] * 4)
    assert Address.objects.get().tries == 4


def test_a_webhook_is_set_up_once_and_ended_once(desk):
    common = {"name": "city", "by": desk.actor("admin"), "now": NOW}
    one_won(race(*[partial(hook_add, **common, url="https://city.example/in")] * 3), HookRefused)
    one_won(race(*[partial(hook_end, **common)] * 3), HookRefused)
    assert Hook.objects.get().ended_at == NOW


def test_twenty_views_are_the_most_however_they_come(desk):
    for n in range(19):
        view_save(username="analyst", name=str(n), query="")
    results = race(*(partial(view_save, username="analyst", name=name, query="") for name in ("甲", "乙", "丙")))
    assert sum(isinstance(result, Incomplete) for result in results) == 2
    assert SavedView.objects.count() == 20
