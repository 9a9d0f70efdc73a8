"""The machine's understanding as intake uses it: the analyser, and the index of events kept in step with the store.

Loaded once a process. The index follows the store: before each batch it reads the posts that came since, so that several
doors and a restart see the same events.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from django.db.models import QuerySet

from analysis.api import EventIndex, EventMatch
from analysis.records import Assessment, Text
from tracker.learning.champion import load, working
from tracker.ledger.models import Entry
from tracker.posts.grouping import MERGE, SPLIT, UNMERGE
from tracker.posts.models import Post


class Understanding:
    """Analyser and event index of one process."""

    def __init__(self) -> None:
        self._at = working()
        self.analyser = load(self._at)
        self.index = EventIndex()
        self._seen = 0  # the newest post in the index
        self._read = 0  # the newest ledger entry of a merge or split in the index

    def assess(self, texts: Sequence[Text]) -> list[Assessment]:
        """What the machine says of each text, in order, by the model and at the threshold that work now."""
        if (at := working()) != self._at:
            self.analyser, self._at = load(at), at
        return self.analyser.assess(texts)

    def match(self, posts: Sequence[tuple[Text, Assessment]]) -> list[EventMatch]:
        """The event of each text (whose ids are the posts' keys in the store), in order; a new one carries its first post's own id."""
        if posts:
            self._seen = int(posts[-1][0].id)
        return self.index.add_many([(text, said.places) for text, said in posts])

    def catch_up(self, before: int) -> None:
        """Read into the index what the store has between the last post seen and post `before`, and what people regrouped."""
        self._restore(Post.objects.filter(pk__gt=self._seen, pk__lt=before))
        self._seen = before - 1
        entries = Entry.objects.filter(act__in=(MERGE, UNMERGE, SPLIT), seq__gt=self._read).order_by("seq")
        for seq, data in entries.values_list("seq", "data"):
            self._restore(Post.objects.filter(pk__in=json.loads(data)["posts"]))
            self._read = seq

    def _restore(self, posts: QuerySet[Post]) -> None:
        # A post of no event that the blind audit drew has an event of its own, and no signature by which others could join it.
        rows = (
            posts.filter(event__isnull=False)
            .exclude(signature=b"")
            .order_by("pk")
            .values_list("pk", "event_id", "signature")
        )
        self.index.restore((str(pk), str(event), bytes(signature)) for pk, event, signature in rows.iterator())

    def forget(self) -> None:
        """Start the index anew from the store: after a transaction that was rolled back it knows posts that do not exist."""
        self.index = EventIndex()
        self._seen = self._read = 0
