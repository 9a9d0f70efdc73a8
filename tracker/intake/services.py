"""Sealed batches become assessed posts in events: each post once, whatever is killed when.

A batch is one transaction with its receipt: after a crash it is either in the store (its receipt says so and the file only
needs discarding) or not at all.
"""

from __future__ import annotations

import fcntl
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.db import transaction

from analysis.records import Assessment, Text
from crawlers.api import Batch, DamagedBatch, discard, quarantine, read_batches
from crawlers.records import Post as Record
from tracker.intake.columns import said_columns
from tracker.intake.health import crawl_record
from tracker.intake.models import Receipt
from tracker.intake.runs import left
from tracker.intake.sorting import sort
from tracker.posts.heat import bursts_note
from tracker.posts.models import Event, Post, Sighting
from tracker.posts.months import month_begin
from tracker.posts.services import event_refresh
from tracker.posts.writing import keys_reserve, rows_update

if TYPE_CHECKING:  # loading it loads the analyser
    from tracker.intake.understanding import Understanding


@dataclass(frozen=True, slots=True)
class Taken:
    """What one intake did. `damaged` are the sentences of batches that were moved aside."""

    batches: int = 0
    posts: int = 0
    new: int = 0
    updated: int = 0
    damaged: tuple[str, ...] = ()


class IntakeBusy(Exception):
    """Another process is taking this spool in; the message is the sentence."""


@contextmanager
def _alone(spool: Path) -> Iterator[None]:
    """Hold the spool's intake lock: two takers would assess the same batch twice for nothing."""
    spool.mkdir(parents=True, exist_ok=True)
    with (spool / "intake.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise IntakeBusy(
                f"another process is taking {spool} in right now: nothing to do, it will finish"
            ) from error
        yield


def spool_take(
    *,
    spool: Path,
    understanding: Callable[[], Understanding],
    clock: Callable[[], datetime],
    on_progress: Callable[[int], None] | None = None,
) -> Taken:
    """Take every sealed batch of `spool` into the store; safe to call again at any time. IntakeBusy when another process does.

    `understanding` is asked for only when there is a batch; `clock` gives the time of each; `on_progress` hears how many posts
    have been taken so far.
    """
    with _alone(spool):
        for path, report in left(spool):
            crawl_record(report=report)
            path.unlink(missing_ok=True)
        return _take_all(spool, understanding, clock, on_progress)


def _take_all(
    spool: Path,
    understanding: Callable[[], Understanding],
    clock: Callable[[], datetime],
    on_progress: Callable[[int], None] | None,
) -> Taken:
    batches = posts = new = updated = 0
    damaged: list[str] = []
    for batch in read_batches(spool):
        if isinstance(batch, DamagedBatch):
            damaged.append(_set_aside(batch, understanding(), clock()))
            continue
        added, touched = batch_take(batch=batch, understanding=understanding(), now=clock())
        discard(batch)
        batches, posts, new, updated = batches + 1, posts + len(batch.posts), new + added, updated + touched
        if on_progress:
            on_progress(posts)
    return Taken(batches, posts, new, updated, tuple(damaged))


def _set_aside(batch: DamagedBatch, understanding: Understanding, now: datetime) -> str:
    """Take the posts that can still be read, then move the file away: its source fetches the rest again."""
    with _together(understanding, now):
        _store(batch.posts, understanding, now)
    path = quarantine(batch)
    return (
        f"{batch.path.name}: the batch is damaged; {len(batch.posts)} whole posts were taken, the file was moved to {path}"
        " and the rest is fetched again by the next crawl of its source."
    )


def batch_take(*, batch: Batch, understanding: Understanding, now: datetime) -> tuple[int, int]:
    """One batch, one transaction; returns (new posts, changed posts), (0, 0) for a batch that is in the store already."""
    with _together(understanding, now):
        return _take(batch, understanding, now)


@contextmanager
def _together(understanding: Understanding, now: datetime) -> Iterator[None]:
    """One transaction, with keys of this month; when it fails, the index of events forgets the posts that then do not exist."""
    month_begin(now)
    try:
        with transaction.atomic():
            yield
    except BaseException:
        understanding.forget()
        raise


def _take(batch: Batch, understanding: Understanding, now: datetime) -> tuple[int, int]:
    _receipt, first = Receipt.objects.get_or_create(
        digest=batch.digest, defaults={"source": batch.source, "posts": len(batch.posts), "new": 0, "at": now}
    )
    if not first:
        return 0, 0
    added, touched = _store(batch.posts, understanding, now)
    Receipt.objects.filter(digest=batch.digest).update(new=added)
    return added, touched


def _store(posts: Sequence[Record], understanding: Understanding, now: datetime) -> tuple[int, int]:
    """Source by source, so that the same words at two sources in one batch meet as they would in two batches."""
    by_source: dict[str, list[Record]] = {}
    for post in posts:
        by_source.setdefault(post.source, []).append(post)
    added = touched = 0
    for rows in by_source.values():
        work = sort(rows)
        Sighting.objects.filter(source=rows[0].source, key__in=[row.key for row in rows], gone_at__isnull=False).update(
            gone_at=None  # what comes again is there again
        )
        _note_elsewhere(work.elsewhere, now)
        touched_events = _update(work.changed, understanding, now) | _insert(work.new, understanding, now)
        event_refresh(touched_events)
        bursts_note(events=touched_events, now=now)
        added, touched = added + len(work.new), touched + len(work.changed)
    return added, touched


def _note_elsewhere(rows: list[tuple[Record, int]], now: datetime) -> None:
    Sighting.objects.bulk_create(_sighting(post, pk, now) for post, pk in rows)


def _sighting(post: Record, pk: int, now: datetime) -> Sighting:
    return Sighting(post_id=pk, source=post.source, key=post.key, url=post.url, revision=post.revision, seen_at=now)


def _insert(records: list[Record], understanding: Understanding, now: datetime) -> set[int]:
    """Assess and store posts that were never seen; returns the events they belong to.

    Their keys are reserved first, so that each post is written once and whole: an event bears the key of the post that opened it.
    """
    if not records:
        return set()
    found = understanding.assess([_text("", record) for record in records])
    keys = keys_reserve(Post, len(records))
    events = _place(keys, records, found, understanding)
    Post.objects.bulk_create(
        Post(
            pk=key,
            **_columns(record, said),
            **events.get(key, {}),
            discovered_at=record.fetch.fetched_at,
            voice=record.voice,
        )
        for key, record, said in zip(keys, records, found, strict=True)
    )
    Sighting.objects.bulk_create(_sighting(record, key, now) for record, key in zip(records, keys, strict=True))
    return {placed["event_id"] for placed in events.values()}


def _place(
    keys: Sequence[int], records: Sequence[Record], found: Sequence[Assessment], understanding: Understanding
) -> dict[int, dict[str, Any]]:
    """Event and signature of every transport post by its key, the events written; posts outside the sector belong to none."""
    understanding.catch_up(keys[0])
    ours = [n for n, said in enumerate(found) if said.topic != "-" or said.flagged]
    matches = understanding.match([(_text(str(keys[n]), records[n]), found[n]) for n in ours])
    placed: dict[int, dict[str, Any]] = {}
    opened: dict[int, Event] = {}
    times: dict[int, list[datetime]] = defaultdict(list)
    for number, match in zip(ours, matches, strict=True):
        key, record, event = keys[number], records[number], int(match.event)
        placed[key] = {"event_id": event, "signature": match.signature}
        times[event].append(record.published_at or record.fetch.fetched_at)
        if event == key:
            opened[key] = Event(pk=key, title=record.title[:200])
    for key, fresh in opened.items():
        fresh.opened_at, fresh.last_at = min(times[key]), max(times[key])
    Event.objects.bulk_create(opened.values())
    joined = Event.objects.filter(pk__in=times.keys() - opened.keys()).values_list("pk", "opened_at", "last_at")
    rows_update(
        Event,
        {key: {"opened_at": min(first, *times[key]), "last_at": max(last, *times[key])} for key, first, last in joined},
    )
    return placed


def _update(changed: list[tuple[Record, Sighting]], understanding: Understanding, now: datetime) -> set[int]:
    """A new revision of a known post: edited, or answered since. It stays in its event, where analysts have seen it.

    A post whose words have been erased does not get new ones.
    """
    gone = set(
        Post.objects.filter(pk__in=[s.post_id for _r, s in changed])
        .exclude(erased_at=None)
        .values_list("pk", flat=True)
    )
    changed = [(record, seen) for record, seen in changed if seen.post_id not in gone]
    if not changed:
        return set()
    found = understanding.assess([_text("", record) for record, _sighting_row in changed])
    touched: set[int] = set()
    for (record, sighting), said in zip(changed, found, strict=True):
        Post.objects.filter(pk=sighting.post_id).update(**_columns(record, said))
        Sighting.objects.filter(pk=sighting.pk).update(revision=record.revision, seen_at=now)
        event = Post.objects.values_list("event", flat=True).get(pk=sighting.post_id)
        if event:
            touched.add(event)
    return touched


def _text(name: str, record: Record) -> Text:
    when = record.published_at.isoformat() if record.published_at else ""
    return Text(name, record.title, record.body, when, record.counts.get("likes", 0))


def _columns(record: Record, said: Assessment) -> dict[str, object]:
    reply = record.reply
    return {
        "title": record.title,
        "body": record.body,
        "published_at": record.published_at,
        "digest": record.digest,
        "revision": record.revision,
        "reply": reply.text if reply else "",
        "reply_by": reply.organisation if reply else "",
        "replied_at": reply.published_at if reply else None,
        "likes": max(record.counts.get("likes", 0), 0),
        **said_columns(said),
    }
