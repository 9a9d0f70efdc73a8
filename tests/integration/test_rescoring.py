"""Posts in the store read again by another model: exactly what differs is written, in any order, twice or not."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import pytest
from django.utils import timezone

from analysis.records import Assessment, Text
from tests.factories import make_event, make_post
from tests.fakes.understanding import FakeUnderstanding
from tracker.intake.rescoring import span_rescore, spans
from tracker.posts.models import Event, Post

pytestmark = pytest.mark.django_db


def later(texts: Sequence[Text]) -> list[Assessment]:
    """A model that says something else of everything."""
    return [dataclasses.replace(said, model="later-2", level=3, flagged=True, topic="road") for said in FakeUnderstanding().assess(texts)]  # fmt: skip


def state() -> list[tuple]:
    return list(Post.objects.order_by("pk").values_list("pk", "model", "level", "event", "revision"))


def test_spans_cover_every_post_once_and_are_small():
    events = [make_event(f"{n}号桥") for n in range(7)]
    Post.objects.filter(event=events[3]).delete()
    keys = list(Post.objects.order_by("pk").values_list("pk", flat=True))
    found = [tuple(map(int, span.split("-"))) for span in spans(2)]
    assert [key for first, last in found for key in keys if first <= key <= last] == keys
    assert len(found) == 3


def test_the_end_is_the_same_in_any_order_and_twice():
    for n in range(5):
        make_event(f"{n}号桥")
    todo = list(spans(2))
    for span in [*reversed(todo), *todo]:
        span_rescore(span=span, assess=later)
    assert {(model, level) for _pk, model, level, _event, _revision in state()} == {("later-2", 3)}
    assert set(Event.objects.values_list("level", flat=True)) == {3}, "and what the queue shows follows"
    assert [span_rescore(span=span, assess=later) for span in todo] == [0] * len(todo)


def test_a_post_that_comes_into_the_sector_stands_alone():
    event = make_event()
    post = make_post(event, "公交站牌倒了", "压在人行道上")
    Post.objects.filter(pk=post.pk).update(event=None, topic="-", flagged=False)
    (span,) = spans()
    span_rescore(span=span, assess=later)
    post.refresh_from_db()
    assert post.event_id == post.pk
    assert Event.objects.get(pk=post.pk).posts.count() == 1


def test_a_newer_word_is_not_overwritten():
    """While it was computed one post got a new revision, and the words of another were erased."""
    event = make_event(bodies=("一", "二", "三"))
    edited, erased, calm = Post.objects.filter(event=event).order_by("pk")

    def meanwhile(texts: Sequence[Text]) -> list[Assessment]:
        Post.objects.filter(pk=edited.pk).update(revision="newer")
        Post.objects.filter(pk=erased.pk).update(erased_at=timezone.now(), title="", body="")
        return later(texts)

    (span,) = spans()
    assert span_rescore(span=span, assess=meanwhile) == 1
    assert dict(Post.objects.values_list("pk", "model")) == {edited.pk: "test-1", erased.pk: "test-1", calm.pk: "later-2"}  # fmt: skip
