"""Sealed batches become posts, each once, whatever is repeated, copied or cut."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawlers.api import CrawlReport, DamagedBatch, read_batches, seal
from crawlers.records import FetchInfo, Post, Reply
from tests.fakes.understanding import FakeUnderstanding
from tracker.intake import services
from tracker.intake.models import CrawlRun, Receipt, SourceState
from tracker.intake.runs import leave
from tracker.posts.models import Event, Sighting
from tracker.posts.models import Post as Stored

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


def post(key, title="青禾路 有隐患", body="路面塌了一块", source="a", when=NOW, reply=None):
    return Post(
        source=source, key=str(key), url=f"http://127.0.0.1/{source}/{key}", title=title, body=body,
        published_at=when, fetch=FetchInfo(NOW, "http://127.0.0.1/", "run1"), reply=reply,
    )  # fmt: skip


def take(spool, understanding=None):
    fake = understanding or FakeUnderstanding()
    return services.spool_take(spool=spool, understanding=lambda: fake, clock=lambda: NOW)


@pytest.mark.django_db
def test_a_batch_is_taken_once_and_leaves_the_spool(tmp_path):
    seal([post(1), post(2, title="望江桥 隐患")], "a", tmp_path)
    assert take(tmp_path).new == 2
    assert not list(read_batches(tmp_path))
    assert take(tmp_path).posts == 0
    assert Stored.objects.count() == Sighting.objects.count() == 2
    assert Event.objects.filter(flagged=True).count() == 2


@pytest.mark.django_db
def test_a_crash_after_the_commit_and_before_the_discard_repeats_nothing(tmp_path, monkeypatch):
    seal([post(1)], "a", tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(services, "discard", lambda _batch: None)
        assert take(tmp_path).new == 1
    fake = FakeUnderstanding()
    assert take(tmp_path, fake).new == 0
    assert fake.assessed == 0, "a batch with a receipt is not assessed again"
    assert Stored.objects.count() == 1


@pytest.mark.django_db
def test_a_failure_half_way_leaves_no_trace_and_the_index_starts_anew(tmp_path, monkeypatch):
    seal([post(1), post(2)], "a", tmp_path)

    def explode(_events):
        raise RuntimeError("disk full")

    fake = FakeUnderstanding()
    with monkeypatch.context() as patch:
        patch.setattr(services, "event_refresh", explode)
        with pytest.raises(RuntimeError, match="disk full"):
            take(tmp_path, fake)
    assert (Stored.objects.count(), Receipt.objects.count(), fake.forgotten) == (0, 0, 1)
    assert take(tmp_path, fake).new == 2


@pytest.mark.django_db
def test_the_same_words_on_another_board_are_one_post_seen_twice(tmp_path):
    twins = [post(1), post(2)]  # one board may hold the same words twice: two posts
    seal(twins, "a", tmp_path)
    seal([replace(p, source="b", key=f"x{p.key}") for p in twins], "b", tmp_path)
    assert take(tmp_path).new == 2
    assert Stored.objects.count() == 2
    assert sorted(Sighting.objects.values_list("source", "key")) == [("a", "1"), ("a", "2"), ("b", "x1"), ("b", "x2")]
    assert all(p.sightings.count() == 2 for p in Stored.objects.all())


@pytest.mark.django_db
def test_twins_meet_by_their_answers(tmp_path):
    mended, waiting = Reply("已修好", "某市局", NOW), Reply("已转办", "某市局", NOW)
    seal([post(1, reply=mended), post(2, reply=waiting)], "a", tmp_path)
    seal([post(8, source="b", reply=waiting), post(9, source="b", reply=mended)], "b", tmp_path)
    take(tmp_path)
    pairs = {(p.reply, *p.sightings.order_by("source").values_list("key", flat=True)) for p in Stored.objects.all()}
    assert pairs == {("已修好", "1", "9"), ("已转办", "2", "8")}


@pytest.mark.django_db
def test_an_edit_or_an_answer_is_a_new_revision_of_the_same_post(tmp_path):
    seal([post(1)], "a", tmp_path)
    take(tmp_path)
    answered = post(1, body="路面塌了一块，更正：是两块", reply=Reply("已派人修复", "某市局", NOW))
    seal([answered], "a", tmp_path)
    assert (take(tmp_path).updated, Stored.objects.count()) == (1, 1)
    stored = Stored.objects.get()
    assert (stored.reply, stored.reply_by, stored.body) == ("已派人修复", "某市局", "路面塌了一块，更正：是两块")
    assert stored.discovered_at == NOW, "the 48 hours run from the first discovery"


@pytest.mark.django_db
def test_a_cut_batch_gives_its_whole_posts_and_is_moved_aside(tmp_path):
    (path,) = seal([post(n, title=f"路{n} 隐患") for n in range(5)], "a", tmp_path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    (damaged,) = read_batches(tmp_path)
    assert isinstance(damaged, DamagedBatch)
    taken = take(tmp_path)
    assert "damaged" in taken.damaged[0]
    assert path.name in taken.damaged[0]
    assert Stored.objects.count() == len(damaged.posts) > 0
    assert not list(read_batches(tmp_path))
    assert (tmp_path / "damaged" / path.name).exists()


@pytest.mark.django_db
def test_two_takers_do_not_meet(tmp_path):
    seal([post(1)], "a", tmp_path)
    with services._alone(tmp_path), pytest.raises(services.IntakeBusy, match="another process"):
        take(tmp_path)


@pytest.mark.django_db
def test_posts_outside_the_sector_belong_to_no_event(tmp_path):
    seal([post(1, title="广场舞 太吵", body="每晚十点还在放音乐")], "a", tmp_path)
    take(tmp_path)
    assert Stored.objects.get().event is None
    assert not Event.objects.exists()


@pytest.mark.django_db
def test_an_event_spans_its_posts(tmp_path):
    early, late = NOW - timedelta(days=3), NOW - timedelta(days=1)
    seal([post(1, when=late), post(2, body="路又塌了，隐患还在", when=early)], "a", tmp_path)
    take(tmp_path)
    event = Event.objects.get()
    assert (event.opened_at, event.last_at, event.posts_count) == (early, late, 2)


def report(run="r1", state="ok", at=NOW):
    return CrawlReport("a", run, at - timedelta(seconds=3), at, state, "", fetched=2, new=2)


@pytest.mark.django_db
def test_reports_reach_the_store_through_the_spool_once(tmp_path):
    leave(report(), tmp_path)
    take(tmp_path)
    leave(report(), tmp_path)
    take(tmp_path)
    assert CrawlRun.objects.count() == 1
    leave(report("r2", "down", NOW + timedelta(hours=1)), tmp_path)
    take(tmp_path)
    state = SourceState.objects.get()
    assert (state.state, state.last_success, state.last_run) == ("down", NOW, NOW + timedelta(hours=1))


KEYS = st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 5)), max_size=12)


@pytest.mark.django_db
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=st.lists(KEYS, max_size=5))
def test_any_sequence_of_batches_stores_each_message_once(tmp_path_factory, batches):
    """Every key says the same words wherever it is seen, so the number of posts is the most that one board holds."""
    from django.db import transaction

    spool = tmp_path_factory.mktemp("spool")
    for keys in batches:
        seal([post(k, title=f"路{k} 隐患", source=s) for s, k in keys], "a", spool)
    with transaction.atomic():
        take(spool)
        seen = {pair for keys in batches for pair in keys}
        assert set(Sighting.objects.values_list("source", "key")) == {(s, str(k)) for s, k in seen}
        assert Stored.objects.count() == len({k for _s, k in seen})
        transaction.set_rollback(True)


@pytest.mark.django_db
def test_a_post_that_is_deleted_is_marked_and_one_that_comes_again_is_there_again(tmp_path):
    seal([post(1), post(2, title="望江桥 隐患")], "a", tmp_path)
    take(tmp_path)
    leave(CrawlReport("a", "r9", NOW, NOW, "ok", "", gone=("1",)), tmp_path)
    take(tmp_path)
    assert list(Sighting.objects.order_by("key").values_list("key", "gone_at")) == [("1", NOW), ("2", None)]
    assert Stored.objects.count() == 2, "what it said is kept"
    seal([post(1)], "a", tmp_path, now=NOW + timedelta(minutes=1))
    take(tmp_path)
    assert not Sighting.objects.exclude(gone_at=None).exists()
