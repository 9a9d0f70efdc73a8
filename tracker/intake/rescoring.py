"""What a newly promoted model says of the posts that are in the store already, span by span, anywhere and in any order.

A span is "FIRST-LAST", keys of posts. Doing one again changes nothing, so a span whose worker was killed is simply done again, and one
that is done twice at once writes the same twice. Posts keep the events in which analysts have seen them; decided events keep their verdicts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from analysis.records import Assessment, Text
from tracker.accounts.actors import Actor
from tracker.accounts.entries import entry_append
from tracker.intake.columns import said_columns
from tracker.learning.champion import champion
from tracker.posts.models import Event, Post
from tracker.posts.services import event_refresh
from tracker.posts.writing import rows_update

Assess = Callable[[Sequence[Text]], list[Assessment]]
SPAN = 500


def spans(size: int = SPAN) -> Iterator[str]:
    """Every post of now, in spans of `size`."""
    last, end = 0, Post.objects.aggregate(last=Max("pk"))["last"] or 0
    while last < end:
        keys = Post.objects.filter(pk__gt=last, pk__lte=end).order_by("pk").values_list("pk", flat=True)[:size]
        first, last = keys[0], max(keys)
        yield f"{first}-{last}"


def span_rescore(*, span: str, assess: Assess) -> int:
    """Write what `assess` says of the posts of `span` where it differs; returns of how many. One transaction, after the computing."""
    first, _, last = span.partition("-")
    rows = list(Post.objects.filter(pk__range=(int(first), int(last)), erased_at=None).order_by("pk"))
    found = assess([_text(row) for row in rows])
    changed = {row.pk: said for row, said in zip(rows, found, strict=True) if _take(row, said_columns(said))}
    with transaction.atomic():
        # Locked and looked at again: a new revision, or an erasure, that came in while this was computed has the later word.
        now = Post.objects.select_for_update().filter(pk__in=changed, erased_at=None).in_bulk()
        before = {row.pk: row.revision for row in rows}
        kept = [
            row for row in now.values() if row.revision == before[row.pk] and _take(row, said_columns(changed[row.pk]))
        ]
        for row in kept:
            if row.event_id is None and (row.flagged or row.topic != "-"):
                _own_event(row)
        rows_update(Post, {row.pk: {"event": row.event_id, **said_columns(changed[row.pk])} for row in kept})
        event_refresh({row.event_id for row in kept if row.event_id})
    return len(kept)


@transaction.atomic
def rescore_record(*, spans: int, actor: Actor, now: datetime) -> None:
    """One entry for one reading of the whole store by the model that works."""
    entry_append(
        act="model.rescore", subject=f"model:{champion() or 'shipped'}", actor=actor, now=now, data={"spans": spans}
    )


def _own_event(row: Post) -> None:
    """A post that comes into the sector only now stands alone until somebody merges it: without a signature nothing joins it."""
    said = row.published_at or row.discovered_at
    row.event = Event.objects.create(pk=row.pk, title=row.title[:200], opened_at=said, last_at=said)


def _text(row: Post) -> Text:
    return Text("", row.title, row.body, row.published_at.isoformat() if row.published_at else "", row.likes)


def _take(row: Post, said: dict[str, object]) -> bool:
    """Put `said` into `row`; True when that changed it."""
    differs = any(getattr(row, name) != value for name, value in said.items())
    for name, value in said.items():
        setattr(row, name, value)
    return differs
