"""Words end: by the table of retention, and on request by the public address of a post. Each is one ledger entry without the words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

from django.apps import apps
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Model
from django.utils.translation import gettext as _

from crawlers.api import destroy_voice_keys, mask
from tracker.accounts.actors import SYSTEM, Actor
from tracker.accounts.entries import entry_append
from tracker.accounts.models import Role
from tracker.posts.erasing import (
    CHUNK,
    EXPIRED,
    REQUESTED,
    STRAY,
    by_link,
    off_the_sheet,
    overwrite,
    posts_erase,
    settle,
)
from tracker.posts.models import Event, Post, Sighting
from tracker.posts.voices import voices_part
from tracker.privacy.models import RetentionRule, What
from tracker.reports.previews import previews_drop
from tracker.risks.models import Risk

SHORTEST, LONGEST = 1, 3650


class PrivacyRefused(ValueError):
    """What is asked cannot be done; the message is the sentence."""


@transaction.atomic
def rule_set(*, what: str, days: int, actor: Actor, now: datetime, reason: str) -> RetentionRule:
    """Keep `what` for `days`; an administrator, with a reason."""
    if not actor.has(Role.ADMIN, SYSTEM):
        raise PrivacyRefused(_("保存期限由管理员设置，您没有这个角色"))
    if what not in What.values or not SHORTEST <= days <= LONGEST:
        raise PrivacyRefused(_("保存期限须为 {low} 至 {high} 天").format(low=SHORTEST, high=LONGEST))
    if not reason.strip():
        raise PrivacyRefused(_("请写明修改的理由"))
    was = RetentionRule.objects.select_for_update().filter(pk=what).values_list("days", flat=True).first()
    row, _made = RetentionRule.objects.update_or_create(pk=what, defaults={"days": days})
    data = {"days": days, "was": was}
    entry_append(act="privacy.rule", subject=f"privacy:{what}", actor=actor, now=now, reason=reason, data=data)
    return row


def cutoff(what: What, now: datetime) -> datetime:
    """The moment before which `what` has had its time."""
    return now - timedelta(days=RetentionRule.objects.get(pk=what).days)


def retention_run(*, home: Path, actor: Actor, now: datetime) -> dict[str, int]:
    """Let everything go whose time is over; returns how many of each. Safe to call at any time, twice too.

    What goes from the store goes in the transaction of the entry that says so; files go after theirs.
    """
    gone = {What.POSTS: _expire_posts(actor, now)} | _expire_rest(home, actor, now)
    destroy_voice_keys(home / "state", now)
    voices_part(now=now)
    if any(gone.values()):
        settle()
    return {what.value: count for what, count in gone.items()}


def _record(actor: Actor, now: datetime, counts: Mapping[What, int]) -> None:
    """One entry, unless there is nothing to say."""
    if any(counts.values()):
        data = {what.value: count for what, count in counts.items()}
        entry_append(act="privacy.expire", subject="privacy:retention", actor=actor, now=now, data=data)


def _expire_posts(actor: Actor, now: datetime) -> int:
    """So many at once that people who wait for the store hardly notice."""
    rows = off_the_sheet(cutoff(What.POSTS, now)).order_by("pk").values_list("pk", flat=True)
    done = 0
    overwrite()
    while keys := list(rows[:CHUNK]):
        with transaction.atomic():
            erased = posts_erase(keys, note=EXPIRED, now=now, only=STRAY)
            _record(actor, now, {What.POSTS: erased})
        done += erased
    return done


def _expire_rest(home: Path, actor: Actor, now: datetime) -> dict[What, int]:
    damaged = _old_files(home / "spool" / "damaged", cutoff(What.DAMAGED, now))
    with transaction.atomic():
        gone = {
            What.DAMAGED: len(damaged),
            What.LOGINS: _forget_logins(now),
            What.ANSWERS: _drop("api", "KeyedAnswer", cutoff(What.ANSWERS, now)),
            What.DELIVERIES: _drop("outward", "Delivery", cutoff(What.DELIVERIES, now), delivered_at__isnull=False)
            + _drop("notify", "Outgoing", cutoff(What.DELIVERIES, now), "sent_at"),
        }
        _record(actor, now, gone)
    for path in damaged:
        path.unlink(missing_ok=True)
    return gone


def _old_files(folder: Path, before: datetime) -> list[Path]:
    return [path for path in folder.glob("*") if path.is_file() and path.stat().st_mtime < before.timestamp()]


def _forget_logins(now: datetime) -> int:
    expired, _rows = Session.objects.filter(expire_date__lt=now).delete()
    failed = _drop("axes", "AccessAttempt", cutoff(What.LOGINS, now), "attempt_time")
    return expired + failed


def _drop(app: str, model: str, before: datetime, moment: str = "at", **more: bool) -> int:
    rows = apps.get_model(app, model)._default_manager.filter(**{f"{moment}__lt": before}, **more)  # noqa: SLF001
    return int(rows.delete()[0])


def erase_by_link(*, url: str, actor: Actor, now: datetime, reason: str) -> tuple[int, list[str]]:
    """Remove the words of the post at the public address `url`; returns (how many posts, numbers of risks that stand on them).

    The ledger keeps that it happened, by a digest of the address; the address itself goes too, the digest of the words stays, so
    that no crawl brings them back. A risk on the sheet keeps its own description of the problem.
    """
    if not actor.has(Role.ADMIN, SYSTEM):
        raise PrivacyRefused(_("应要求删除由管理员办理，您没有这个角色"))
    if not reason.strip():
        raise PrivacyRefused(_("请写明理由：谁要求、依据是什么（不要写个人信息）"))
    posts = list(by_link(url))
    if not posts:
        raise PrivacyRefused(_("没有从这个链接收到过诉求，或已经删除；请核对链接"))
    numbers = sorted(Risk.objects.filter(event__posts__in=posts).values_list("number", flat=True).distinct())
    keys = [post.pk for post in posts]
    overwrite()
    with transaction.atomic():
        posts_erase(keys, note=REQUESTED, now=now)
        Sighting.objects.filter(post__in=keys).update(url="")
        data = {"link_sha256": sha256(url.strip().encode()).hexdigest(), "posts": keys, "risks": numbers}
        entry_append(act="privacy.erase", subject=f"post:{keys[0]}", actor=actor, now=now, reason=reason, data=data)
    previews_drop()
    settle()
    return len(keys), numbers


def remask(*, actor: Actor, now: datetime) -> int:
    """Mask the public's words in the store again, by today's patterns; returns how many rows changed. Safe to repeat.

    Rows change in the transaction of the entry that says how many.
    """
    changed = 0
    overwrite()
    for model, columns in _WORDS:
        for part in _changes(model, columns):
            with transaction.atomic():
                rows = sum(model._default_manager.filter(pk=pk).update(**new) for pk, new in part.items())  # noqa: SLF001
                entry_append(act="privacy.mask", subject="privacy:mask", actor=actor, now=now, data={"rows": rows})
            changed += rows
    if changed:
        previews_drop()
        settle()
    return changed


_WORDS: tuple[tuple[type[Model], tuple[str, ...]], ...] = (
    (Post, ("title", "body", "reply", "reply_by")),
    (Event, ("title", "place")),
)


def _changes(model: type[Model], columns: tuple[str, ...]) -> Iterator[dict[int, dict[str, object]]]:
    """What is to change, by key, some rows after the other; a part in which nothing changes is left out."""
    last, rows = 0, model._default_manager.order_by("pk").values_list("pk", *columns)  # noqa: SLF001
    while part := list(rows.filter(pk__gt=last)[:CHUNK]):
        last = part[-1][0]
        if changes := {
            pk: new for pk, *values in part if (new := _masked(model, dict(zip(columns, values, strict=True))))
        }:
            yield changes


def _masked(model: type[Model], row: dict[str, str]) -> dict[str, object]:
    new: dict[str, object] = {name: masked for name, value in row.items() if (masked := mask(value)) != value}
    # The places of the reasons in the text are not what they were: no mark is better than one at the wrong word.
    return new | ({"why": []} if new and model is Post else {})
