"""From verdicts to a promoted model and back, and the blind audit: in the store, with its ledger entries."""

from __future__ import annotations

import copy
import json
import random
import shutil
from datetime import timedelta

import pytest

from analysis.api import Decided, ModelError, build_challenger, fingerprint
from tests.factories import NOW, make_event, make_post, make_risk
from tracker.accounts.actors import system_actor
from tracker.learning import audit, champion, costs, services
from tracker.learning.drifting import drift_watch, latest
from tracker.learning.errors import LearningRefused
from tracker.learning.models import Draw, DrawDay, ModelVersion, Promotion
from tracker.learning.rows import NOT_OURS, frozen, rows, rows_export
from tracker.learning.shelf import shelf
from tracker.ledger.models import Entry
from tracker.posts.models import Decision, Event, Post, Verdict
from tracker.posts.selectors import queue
from tracker.posts.services import event_dismiss, event_restore
from tracker.posts.statements import in_force, statement_set
from tracker.risks.lifecycle import State
from tracker.risks.models import Risk
from tracker.risks.services import risk_list

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("web")]
CLI = system_actor("cli")
NAMES = "东南西北甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥天地玄黄宇宙洪荒日月盈昃"


def confirm(desk, event, *, level=2, topic="freight", now=NOW):
    return risk_list(
        event=event.pk, version=event.version, actor=desk.actor("analyst"), now=now, level=level, topic=topic, need="complain"
    )  # fmt: skip


def dismiss(desk, event, reason="纯建议或咨询，没有现实损害", now=NOW):
    return event_dismiss(event=event.pk, version=event.version, reason=reason, actor=desk.actor("analyst"), now=now)


def decide_many(*, days=60):
    """As many confirmed as serious and dismissed as there are names, over the last `days`; written at once to save time."""
    for n, name in enumerate(NAMES):
        at = NOW - timedelta(days=days * n / len(NAMES))
        for title, body, decision in (
            (f"{name}路渣土车撒漏一路泥土", "泥土很厚，骑车打滑摔倒。", Decision.CONFIRMED),
            (f"{name}路出租车拒载", "等了很久。", Decision.DISMISSED),
        ):
            event = Event.objects.create(title=title, opened_at=at, last_at=at, decision=decision, level=2)
            Post.objects.create(event=event, title=title, body=body, discovered_at=at, digest=title, revision=title)
            confirmed = decision == Decision.CONFIRMED
            labels = {"level": 2, "topic": "freight", "need": "complain"} if confirmed else {}
            Verdict.objects.create(
                event=event, decision=decision, reason="" if confirmed else "感谢或表扬", labels=labels, by="a", at=at
            )


# --- rows


def test_a_verdict_becomes_a_row_with_the_analysts_labels(desk):
    event = make_event("渣土车撒漏", ("一路泥土。",), topic="enforce", level=1)
    confirm(desk, event, level=3)
    (row,) = rows()
    assert (row.decided.title, row.decided.body) == ("渣土车撒漏", "一路泥土。")
    assert (row.decided.risk, row.decided.level, row.decided.topic) == (True, 3, "freight")
    assert row.machine["level"] == 1


def test_a_field_that_was_corrected_on_the_sheet_is_what_is_learned(desk):
    risk = confirm(desk, make_event("渣土车撒漏"))
    Risk.objects.filter(pk=risk.pk).update(topic="enforce")
    assert rows()[0].decided.topic == "enforce"


def test_a_dismissal_teaches_what_it_says_and_no_more(desk):
    dismiss(desk, make_event("甲"), NOT_OURS)
    dismiss(desk, make_event("乙"), "已有清单事项在办")
    dismiss(desk, make_event("丙"), "内容太少，无法核查：只有一句话")
    dismiss(desk, make_event("丁"), "感谢或表扬")
    assert [(r.decided.title, r.decided.risk, r.decided.transport) for r in rows()] == [
        ("甲", False, False), ("丁", False, None),
    ]  # fmt: skip


def test_what_was_taken_back_or_withdrawn_teaches_nothing(desk):
    event = dismiss(desk, make_event("甲"))
    event_restore(event=event.pk, version=event.version, actor=desk.actor("analyst"), now=NOW)
    make_risk(desk, State.WITHDRAWN)
    assert rows() == []


def test_the_frozen_fifth_is_always_the_same():
    held = [n for n in range(10_000) if frozen(n)]
    assert 1800 < len(held) < 2200
    assert held == [n for n in range(10_000) if frozen(n)]


def test_the_export_is_the_rows_and_is_logged(desk, tmp_path):
    confirm(desk, make_event("渣土车撒漏"))
    assert rows_export(path=tmp_path / "rows.jsonl", actor=CLI, now=NOW) == 1
    (line,) = (tmp_path / "rows.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(line)["title"] == "渣土车撒漏"
    assert json.loads(Entry.objects.get(act="export.verdicts").data) == {"rows": 1}


# --- challenger, promotion, rollback


def test_too_few_verdicts_make_no_challenger(desk):
    confirm(desk, make_event("渣土车撒漏"))
    with pytest.raises(LearningRefused, match="至少要 60 件"):
        services.challenger_build(actor=CLI, now=NOW)
    assert not ModelVersion.objects.exists()


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A challenger's folder, built once for all tests that only promote it."""
    models = tmp_path_factory.mktemp("models")
    return models / build_challenger(None, [Decided("渣土车撒漏", "一路泥土", risk=True, level=2)], models, NOW).version


@pytest.fixture
def built(desk, made, tmp_path):
    """That challenger, registered with a comparison that lets it pass."""
    shutil.copytree(made, tmp_path / "models" / made.name)
    figures = {"rows": 40, "risks": 20, "serious_flagged": [19, 20], "serious_named": [15, 20]}
    return ModelVersion.objects.create(
        version=made.name, digest=fingerprint(made), champion="", rows=1, by="x", at=NOW,
        comparison={"frozen": [figures, dict(figures)], "recent": [copy.deepcopy(figures), copy.deepcopy(figures)]},
    )  # fmt: skip


def test_a_challenger_is_built_and_compared_with_what_works(desk, tmp_path):
    decide_many()
    own = {"title": "渣土车撒漏", "body": "一路泥土", "risk": 1, "level": 2, "topic": "freight", "need": "complain"}
    (tmp_path / "labelled.jsonl").write_text(json.dumps(own), encoding="utf-8")
    made = services.challenger_build(actor=CLI, now=NOW)
    sets, every = made.comparison, rows()
    held = sum(frozen(row.event) for row in every)
    assert made.rows == len(every) - held
    assert {name: pair[0]["rows"] for name, pair in sets.items()} == {
        "frozen": held, "labelled": 1,
        "recent": sum(r.at >= NOW - timedelta(days=28) and not frozen(r.event) for r in every),
    }  # fmt: skip
    entry = json.loads(Entry.objects.get(act="model.build").data)
    assert (entry["digest"], entry["champion"]) == (made.digest, "shipped")
    assert made.digest == fingerprint(tmp_path / "models" / made.version)
    again = services.challenger_build(actor=CLI, now=NOW)
    assert ModelVersion.objects.get() == again, "the same verdicts on the same day are the same model"


def test_promotion_and_rollback_are_one_entry_each(desk, built):
    services.model_promote(version=built.version, actor=CLI, now=NOW, reason="召回不低于现用")
    assert champion.champion() == built.version
    assert champion.load(champion.working()).version == built.version
    assert [card.works for card in shelf()] == [False, True]
    moved = Entry.objects.get(act="model.promote")
    assert (json.loads(moved.data), moved.reason) == ({"from": "shipped", "to": built.version}, "召回不低于现用")
    with pytest.raises(LearningRefused, match="正在使用"):
        services.model_promote(version=built.version, actor=CLI, now=NOW, reason="再来")
    services.model_rollback(actor=CLI, now=NOW, reason="误报多了")
    assert champion.champion() == ""
    assert Entry.objects.filter(act="model.rollback").count() == 1
    with pytest.raises(LearningRefused, match="没有更早的可退"):
        services.model_rollback(actor=CLI, now=NOW, reason="再退")


def test_running_processes_pick_up_what_is_promoted(desk, built):
    from analysis.records import Text
    from tracker.intake.understanding import Understanding

    running = Understanding()
    text = [Text("", "渣土车撒漏", "一路泥土")]
    before = running.assess(text)[0]
    services.model_promote(version=built.version, actor=CLI, now=NOW, reason="启用")
    after = running.assess(text)[0]
    assert (before.model, after.model) == (champion.load(champion.Working()).version, built.version)
    assert after.risk > before.risk
    assert running.assess(text)[0] == after


def test_a_promotion_that_finds_fewer_serious_ones_is_refused_in_words(desk, built):
    sets = built.comparison
    sets["recent"][1]["serious_flagged"][0] = sets["recent"][0]["serious_flagged"][0] - 1
    ModelVersion.objects.update(comparison=sets)
    with pytest.raises(LearningRefused, match="不能启用：在“近期研判”上，较大及以上：被提示由"):
        services.model_promote(version=built.version, actor=CLI, now=NOW, reason="试")
    assert not Promotion.objects.exists()
    assert not Entry.objects.filter(act="model.promote").exists()
    refused = Entry.objects.get(act="model.refuse")
    assert (refused.subject, refused.reason) == (f"model:{built.version}", "试")
    assert "较大及以上" in json.loads(refused.data)["objections"][0]


def test_a_changed_model_is_refused_before_it_works_and_when_it_is_loaded(desk, built, tmp_path):
    page = tmp_path / "models" / built.version / "card.json"
    kept = page.read_text(encoding="utf-8")
    page.write_text(kept.replace('"flag":', '"flag" :'), encoding="utf-8")
    with pytest.raises(ModelError, match="is not the one that was registered"):
        services.model_promote(version=built.version, actor=CLI, now=NOW, reason="试")
    assert "was changed" in shelf()[1].damaged
    page.write_text(kept, encoding="utf-8")
    services.model_promote(version=built.version, actor=CLI, now=NOW, reason="试")
    arrays = page.with_name("arrays.npz")
    arrays.write_bytes(arrays.read_bytes()[:-1] + b"x")
    with pytest.raises(ModelError, match="has another digest than its card says"):
        champion.load(champion.working())


def test_compared_with_another_champion_it_must_be_compared_anew(desk, built):
    Promotion.objects.create(move="promote", version="other", by="x", at=NOW, reason="x")
    with pytest.raises(LearningRefused, match="现用模型已经换了"):
        services.model_promote(version=built.version, actor=CLI, now=NOW, reason="试")


def test_rolling_back_goes_down_the_stack_and_not_in_circles(desk):
    for move, version in (("promote", "a"), ("promote", "b"), ("rollback", "a")):
        Promotion.objects.create(move=move, version=version, by="x", at=NOW, reason="x")
    assert champion.champion() == "a"
    assert champion.stack() == ["", "a"]
    assert champion.before_last() == ""


def test_going_back_passes_over_what_can_no_longer_be_loaded(desk, built):
    for version in (built.version, "broken", "newest"):
        Promotion.objects.create(move="promote", version=version, by="x", at=NOW, reason="x")
    assert champion.before_last() == built.version
    services.model_rollback(actor=CLI, now=NOW, reason="新版本读不了")
    assert champion.stack() == ["", built.version]
    with pytest.raises(ModelError, match="yidan model rollback"):
        champion.load(champion.Working("broken", "x"))


@pytest.mark.parametrize("who", ["analyst", "manager", "auditor"])
def test_only_an_administrator_moves_models(desk, who):
    for act in (
        lambda actor: services.challenger_build(actor=actor, now=NOW),
        lambda actor: services.model_promote(version="x", actor=actor, now=NOW, reason="x"),
        lambda actor: services.model_rollback(actor=actor, now=NOW, reason="x"),
    ):
        with pytest.raises(LearningRefused, match="由管理员"):
            act(desk.actor(who))


# --- the blind audit


def below(title: str, risk: float, *, day=NOW - timedelta(days=1), event=True) -> Post:
    """A post of yesterday that the machine did not flag."""
    if not event:
        holder = make_event("占位", (), now=day)
        post = make_post(holder, title, "正文。", risk=risk, level=0, flagged=False, topic="-", places=[])
        Post.objects.filter(pk=post.pk).update(event=None)
        holder.delete()
        return post
    made = make_event(title, (), now=day)
    post = make_post(made, title, "正文。", risk=risk, level=0, flagged=False)
    Post.objects.filter(pk=post.pk).update(event=None)
    made.delete()
    opened = Event.objects.create(pk=post.pk, title=title, opened_at=day, last_at=day)
    Post.objects.filter(pk=post.pk).update(event=opened)
    from tracker.posts.services import event_refresh

    event_refresh([opened.pk])
    return post


def draw(seed=1, threshold=0.3, now=NOW):
    return audit.audit_draw(now=now, threshold=threshold, chance=random.Random(seed))


def test_samples_come_from_yesterday_below_the_threshold_once_a_day(desk):
    flagged = make_event("桥裂了", now=NOW - timedelta(days=1))
    near = [below(f"近{n}", 0.2) for n in range(6)]
    far = [below(f"远{n}", 0.01, event=n % 2 == 0) for n in range(8)]
    below("今天的", 0.2, day=NOW)
    below("前天的", 0.2, day=NOW - timedelta(days=2))
    assert draw() == 5
    assert draw() == 0
    drawn = {d.event_id: d for d in Draw.objects.all()}
    assert DrawDay.objects.get().frame == 14
    assert {d.chance for d in drawn.values() if d.stratum == "near"} == {3 / 6}
    assert {d.chance for d in drawn.values() if d.stratum == "far"} == {2 / 8}
    assert set(drawn) <= {p.pk for p in (*near, *far)}
    waiting = list(queue())
    assert set(drawn) | {flagged.pk} == {event.pk for event in waiting}
    assert all(Post.objects.get(pk=pk).event_id == pk for pk in drawn)


def test_a_sample_takes_the_place_of_those_that_wait_at_a_low_level(desk):
    low = [make_event(f"小事{n}", now=NOW - timedelta(days=3), level=n % 2, risk=0.2 + n / 50).pk for n in range(20)]
    high = make_event("桥裂了", now=NOW - timedelta(days=3), level=3)
    for n in range(5):
        below(f"近{n}", 0.2)
    draw()
    order = [event.pk for event in queue()]
    samples = set(Draw.objects.values_list("event", flat=True))
    assert order[0] == high.pk
    places = [order.index(pk) for pk in samples]
    assert min(places) < len(order) - len(samples), "they do not stand together at the end"
    lent = {event.harm for event in Event.objects.filter(pk__in=low)}
    assert {event.harm for event in Event.objects.filter(pk__in=samples)} <= lent


def test_a_late_post_does_not_move_a_sample(desk):
    make_event("小事", now=NOW - timedelta(days=3), level=1)
    post = below("近", 0.2)
    draw()
    before = Event.objects.get(pk=post.pk).harm
    make_post(Event.objects.get(pk=post.pk), "近", "又说一次", risk=0.1, level=0, flagged=False)
    from tracker.posts.services import event_refresh

    event_refresh([post.pk])
    assert Event.objects.get(pk=post.pk).harm == before


def test_recall_follows_from_the_verdicts_with_its_interval(desk):
    for n in range(9):
        confirm(desk, make_found(f"隐患{n}"))
    for n in range(6):
        below(f"近{n}", 0.2)
    for n in range(20):
        below(f"远{n}", 0.01)
    draw()
    assert audit.estimate(NOW).value is None, "drawn and not judged says nothing"
    near, *others = Draw.objects.order_by("stratum", "event").select_related("event")[::-1]
    assert near.stratum == "near"
    confirm(desk, near.event, level=1)
    for one in others:
        dismiss(desk, one.event)
    got = audit.estimate(NOW)
    assert (got.caught, got.judged, got.misses_seen) == (9, 5, 1)
    assert got.missed == 2.0
    assert got.value == pytest.approx(9 / 11)
    assert got.low < got.value < got.high
    serious = audit.estimates(NOW)["serious"]
    assert (serious.caught, serious.missed) == (9, 0.0)
    assert serious.low < 1


def make_found(title: str) -> Event:
    """An event opened by its own post, as intake opens one."""
    post = below(title, 0.9)
    Post.objects.filter(pk=post.pk).update(flagged=True, level=2)
    from tracker.posts.services import event_refresh

    event_refresh([post.pk])
    return Event.objects.get(pk=post.pk)


# --- the cost statement


def test_the_threshold_follows_from_the_statement_and_shows_its_effect(desk):
    for n in range(40):
        at = NOW - timedelta(days=40 + n)
        Event.objects.create(
            pk=10_000 + n,
            title=f"较大{n}",
            opened_at=at,
            last_at=at,
            risk=0.30 + n / 100,
            level=2,
            decision=Decision.CONFIRMED,
        )
    for n in range(20):
        post = make_found(f"昨日{n}")
        Post.objects.filter(pk=post.pk).update(risk=n / 20, flagged=n / 20 >= 0.2)
        Event.objects.filter(pk=post.pk).update(risk=n / 20, flagged=n / 20 >= 0.2)
    statement_set(
        kind="cost", values={**in_force("cost"), "threshold": 0.2}, actor=desk.actor("admin"), now=NOW, reason="起点"
    )
    seen = costs.outlook({**in_force("cost"), "most_items_a_day": 5, "least_recall": 0.9}, NOW)
    assert seen.operating.threshold == pytest.approx(0.34)
    assert seen.operating.recall == 0.9
    assert seen.current == 0.2
    assert not seen.operating.met, "13 items on the only day there is"
    assert (seen.effect.before, seen.effect.after) == (16, 13)
    assert [e.title for e in seen.effect.leaving] == ["昨日6", "昨日5", "昨日4"]
    assert seen.effect.joining == []
    costs.costs_set(
        values={"most_items_a_day": 30, "least_recall": 0.9, "threshold": 0}, actor=desk.actor("manager"), now=NOW,
        reason="每天一小时",
    )  # fmt: skip
    assert champion.working().threshold == pytest.approx(0.34)
    assert costs.threshold_now() == pytest.approx(0.34)
    assert Entry.objects.filter(act="rule.set", subject="rule:cost").count() == 2


def test_without_known_serious_risks_the_card_speaks_or_the_models_own_threshold_stands(desk):
    seen = costs.outlook({**in_force("cost")}, NOW)
    assert seen.operating.basis in ("card", "verdicts")
    if seen.operating.basis == "verdicts":
        assert seen.operating.threshold == costs.own_threshold(champion.working())
    assert seen.operating.items_a_day == 0


# --- drift


class Reader:
    version = "test-1"

    def unknown_share(self, text):
        return 0.9 if "新词" in text.body else 0.1


def test_drift_is_read_once_a_day_and_kept(desk):
    old, new = (make_event("事", (), now=NOW - timedelta(days=d)) for d in (20, 2))
    for n in range(120):
        make_post(old, "旧", "老话" * 9, risk=n % 10 / 10)
        make_post(new, "新", "新词" * 40, risk=0.95)
    drift_watch(now=NOW, model=Reader())
    found = {r.name: r for r in drift_watch(now=NOW, model=Reader())}
    assert len(latest()) == 3
    assert {name: r.state for name, r in found.items()} == {"score": "much", "length": "much", "unknown": "much"}
    assert found["unknown"].now == 0.9
    assert found["score"].count_now == 120


def test_scores_of_another_model_are_not_compared(desk):
    old, new = (make_event("事", (), now=NOW - timedelta(days=d)) for d in (20, 2))
    for _n in range(120):
        make_post(old, "旧", "老话", risk=0.1, model="older")
        make_post(new, "新", "老话", risk=0.9)
    found = {r.name: r for r in drift_watch(now=NOW, model=Reader())}
    assert found["score"].state == "few"
    assert found["length"].state == "steady"


def test_a_confirmed_sample_is_a_case_like_any_other(desk):
    post = below("近", 0.2)
    draw()
    risk = confirm(desk, Event.objects.get(pk=post.pk), level=1)
    assert risk.state == State.LISTED
    assert Event.objects.get(pk=post.pk).decision == Decision.CONFIRMED
    assert rows()[0].drawn
