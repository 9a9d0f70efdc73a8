"""People correct which posts are one event: merge, take the merging back, split. No post is ever lost on the way.

One ledger entry an act, on the event that remains, with the keys of the posts that moved: so every one can be undone, and each
post keeps the answer it is owed wherever it stands.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max, Min, QuerySet
from django.utils.translation import gettext as _

from tracker.accounts.actors import Actor
from tracker.accounts.entries import entry_append
from tracker.accounts.models import Role
from tracker.ledger.models import Entry
from tracker.posts.models import Decision, Event, Post
from tracker.posts.services import VerdictConflict, VerdictRefused, event_refresh, standing

MERGE, UNMERGE, SPLIT = "event.merge", "event.unmerge", "event.split"


@transaction.atomic
def event_merge(*, event: int, version: int, into: int, actor: Actor, now: datetime, reason: str) -> Event:
    """Give all posts of `event` to `into`, which may be on the sheet already; returns `into`.

    An event on the sheet is not merged away: its risk would stand without posts (close one of two risks as a duplicate).
    """
    row, target = _hold(event, version, actor, also=into)
    if target is None or event == into:
        raise VerdictRefused(_("请选择要并入的另一件事"))
    if row.decision in (Decision.CONFIRMED, Decision.MERGED):
        raise VerdictRefused(_("这件事已列单或已并入另一件，不能再并入；两件都已列单的，请将其中一件以“重复”销号"))
    if target.decision == Decision.MERGED:
        raise VerdictRefused(_("要并入的那件事已并入另一件，请选择那一件"))
    _reasoned(reason)
    moved = _move(Post.objects.filter(event=event), into)
    Event.objects.filter(pk=event).update(decision=Decision.MERGED, merged_into=target, version=version + 1)
    Event.objects.filter(pk=into).update(
        opened_at=min(row.opened_at, target.opened_at), last_at=max(row.last_at, target.last_at)
    )
    data = {"merged": event, "posts": moved, "was": row.decision}
    _record(MERGE, into, actor, now, reason, data)
    event_refresh([into])
    return Event.objects.get(pk=into)


@transaction.atomic
def event_unmerge(*, event: int, version: int, actor: Actor, now: datetime, reason: str) -> Event:
    """Take a merging back: the posts that moved then and still stand there return, and the decision is what it was."""
    before = Event.objects.filter(pk=event).values_list("merged_into", flat=True).first()
    # The event that took the posts over may itself have been merged on.
    (root,) = standing([before or event])
    row, _taker = _hold(event, version, actor, also=root)
    if row.decision != Decision.MERGED or row.merged_into_id is None:
        raise VerdictRefused(_("这件事没有并入另一件"))
    # Read again behind the lock: a taker that was itself merged on meanwhile has given the posts away.
    if standing([row.merged_into_id]) != {root}:
        raise VerdictConflict(_("这件事刚刚已由同事研判，请刷新后再看"))
    _reasoned(reason)
    entries = Entry.objects.filter(act=MERGE, subject=f"event:{row.merged_into_id}").order_by("-seq")
    merging = next(data for entry in entries if (data := json.loads(entry.data))["merged"] == event)
    back = _move(Post.objects.filter(pk__in=merging["posts"], event=root), event)
    Event.objects.filter(pk=event).update(decision=merging["was"], merged_into=None, version=version + 1)
    _record(UNMERGE, root, actor, now, reason, {"merged": event, "posts": back})
    event_refresh([event, root])
    return Event.objects.get(pk=event)


@transaction.atomic
def event_split(*, event: int, version: int, posts: Iterable[int], actor: Actor, now: datetime, reason: str) -> Event:
    """Give `posts`, some but not all of an event's, an event of their own, which awaits its verdict; returns it."""
    row, _none = _hold(event, version, actor)
    own = Post.objects.filter(event=event)
    chosen = own.filter(pk__in=list(posts))
    if not 0 < chosen.count() < own.count():
        raise VerdictRefused(_("请选择其中一部分诉求拆出：至少一条，也至少留下一条"))
    _reasoned(reason)
    times = chosen.aggregate(first=Min("discovered_at"), last=Max("discovered_at"))
    key = _free_key(chosen, own)
    try:
        with transaction.atomic():
            created = Event.objects.create(pk=key, title=row.title, opened_at=times["first"], last_at=times["last"])
    except IntegrityError as error:
        # Another split took the same free key a moment ago.
        raise VerdictConflict(_("这件事刚刚已由同事研判，请刷新后再看")) from error
    moved = _move(chosen, key)
    Event.objects.filter(pk=event).update(version=version + 1)
    _record(SPLIT, event, actor, now, reason, {"split": key, "posts": moved})
    event_refresh([event, key])
    # A person took these posts out to have them looked at, whatever the machine thinks of them.
    Event.objects.filter(pk=created.pk).update(flagged=True)
    return Event.objects.get(pk=created.pk)


def _hold(event: int, version: int, actor: Actor, also: int | None = None) -> tuple[Event, Event | None]:
    """Lock the rows, in the order of their keys, and answer for the person and the version they saw."""
    if not actor.has(Role.ANALYST):
        raise VerdictRefused(_("合并和拆分由研判员办理，您没有这个角色"))
    keys = {event} if also is None else {event, also}
    rows = {row.pk: row for row in Event.objects.select_for_update().filter(pk__in=keys).order_by("pk")}
    if rows[event].version != version:
        raise VerdictConflict(_("这件事刚刚已由同事研判，请刷新后再看"))
    return rows[event], rows.get(also) if also is not None else None


def _free_key(*among: QuerySet[Post]) -> int:
    """A key for one more event: intake opens events under the key of a post, so only those of posts long stored are safe."""
    for posts in (*among, Post.objects.all()):
        free = posts.exclude(pk__in=Event.objects.values("pk")).order_by("pk").values_list("pk", flat=True).first()
        if free is not None:
            return free
    raise VerdictRefused(_("这些诉求是并入来的，请撤销并入"))


def _reasoned(reason: str) -> None:
    if not reason.strip():
        raise VerdictRefused(_("请写明合并或拆分的理由"))


def _move(posts: QuerySet[Post], event: int) -> list[int]:
    keys = list(posts.order_by("pk").values_list("pk", flat=True))
    Post.objects.filter(pk__in=keys).update(event=event)
    return keys


def _record(act: str, event: int, actor: Actor, now: datetime, reason: str, data: dict[str, Any]) -> None:
    entry_append(
        act=act,
        subject=f"event:{event}",
        actor=actor,
        now=now,
        reason=reason,
        data=data,
    )
