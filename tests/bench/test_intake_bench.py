"""P4: a sealed batch into assessed posts in the store, over `bulk_create` of the same rows without assessment."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from analysis.datasets import read_messages
from analysis.records import Text
from crawlers.api import seal
from crawlers.records import FetchInfo
from crawlers.records import Post as Record
from tests.bench.conftest import scaled
from tracker.intake.services import spool_take
from tracker.intake.understanding import Understanding
from tracker.posts.models import Event, Post, Sighting

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


@pytest.mark.django_db(transaction=True)
def test_intake_against_bare_rows(shared: Path, tmp_path, bench):
    messages = list(read_messages(shared / "data" / "messages.jsonl.gz").values())[: scaled(600)]
    records = [
        Record(
            source="bench", key=m["id"], url=f"http://127.0.0.1/{m['id']}", title=m["title"], body=m["body"],
            published_at=NOW, fetch=FetchInfo(NOW, "http://127.0.0.1/", "run"),
        )
        for m in messages
    ]  # fmt: skip
    understanding = Understanding()
    understanding.assess(
        [Text("0", "路灯", "路灯坏了")]
    )  # dictionaries and model are read once a process, not once a batch
    seal(records, "bench", tmp_path)
    start = time.perf_counter()
    taken = spool_take(spool=tmp_path, understanding=lambda: understanding, clock=lambda: NOW)
    ours = time.perf_counter() - start
    assert taken.new == Post.objects.count()
    bare = bare_rows()
    bench(
        "P4 posts taken in over bulk_create of the same rows", bare / ours, reach=">= .35", n=taken.new, posts_each_second=taken.new / ours,
        limit="assessing and placing among events in one process; the rows themselves are a small part",
    )  # fmt: skip


def bare_rows() -> float:
    """Seconds to write the same posts, sightings and events again, all at once and without a thought."""
    tables = [(model, list(model.objects.all())) for model in (Event, Post, Sighting)]
    for model, _ in reversed(tables):
        model.objects.all().delete()
    start = time.perf_counter()
    for model, rows in tables:
        model.objects.bulk_create(rows)
    return time.perf_counter() - start
