"""Learning from verdicts: the correction, the comparison and what it refuses, thresholds from a statement, misses, drift."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import registry
from analysis.api import Analyser, ModelError, build_challenger, compare_models, refusals
from analysis.compare import figures
from analysis.correction import _PER_SCORE, Corrected, Correction, Decided, learn
from analysis.drift import drift
from analysis.misses import Drawn, recall
from analysis.operating import Recent, Serious, derive, items_a_day
from analysis.records import Text
from analysis.text.document import read

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
NAMES = "东南西北甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥天地玄黄宇宙洪荒日月"
TAXIS = [f"{name}路出租车拒载" for name in NAMES]
DUST = [f"{name}路大货车夜里占道装卸" for name in NAMES]
ROWS = [Decided(text, "请处理。", risk=False, level=0, topic=None) for text in TAXIS] + [
    Decided(text, "请处理。", risk=True, transport=True, level=2, topic="freight", need="complain") for text in DUST
]


@pytest.fixture(scope="module")
def champion() -> Analyser:
    return Analyser.load()


@pytest.fixture(scope="module")
def challenger(tmp_path_factory) -> Analyser:
    models = tmp_path_factory.mktemp("models")
    card = build_challenger(None, ROWS, models, NOW)
    assert card.version.endswith(card.data["verdicts"]["sha256"][:8])
    return Analyser.load(models / card.version)


def said(model: Analyser, title: str):
    return model.assess([Text("", title, "请处理。")])[0]


def test_a_challenger_says_of_new_texts_what_the_verdicts_taught(champion, challenger):
    taxi, dust = "盈路出租车拒载", "盈路大货车夜里占道装卸"
    assert said(challenger, taxi).risk < said(champion, taxi).risk
    assert said(challenger, dust).risk > said(champion, dust).risk
    assert said(challenger, dust).topic == "freight" != said(champion, dust).topic


def test_without_verdicts_the_champion_stands_to_the_digit(champion, tmp_path):
    card = build_challenger(None, [], tmp_path, NOW)
    plain = Analyser.load(tmp_path / card.version)
    for title in ("大桥护栏断裂，孩子每天经过", "公交车晚点", "祝大家新年好"):
        one, other = said(champion, title), said(plain, title)
        assert one.to_dict() | {"model": ""} == other.to_dict() | {"model": ""}


def test_texts_far_from_the_verdicts_hardly_move(champion, challenger):
    far = "高速公路收费站通行卡无法读取多扣费用"
    near = "盈路大货车夜里占道装卸"
    moved = abs(said(challenger, far).risk - said(champion, far).risk)
    assert moved < abs(said(challenger, near).risk - said(champion, near).risk)


def test_a_correction_starts_from_the_suite_and_not_from_the_last_correction(tmp_path):
    first = build_challenger(None, ROWS, tmp_path, NOW)
    again = build_challenger(tmp_path / first.version, ROWS, tmp_path / "more", NOW)
    assert again.version == first.version
    assert (
        registry.load(tmp_path / first.version)[1].keys() == registry.load(tmp_path / "more" / again.version)[1].keys()
    )


def test_reasons_hold_what_the_verdicts_taught(champion, challenger):
    """What a promotion changed in the answer shows in the reasons: the words decided on weigh more, or less, than before."""

    def weight(model, title, word):
        found = said(model, title)
        return sum(reason.weight for reason in found.why if word in reason.text)

    assert weight(challenger, "盈路大货车夜里占道装卸", "装卸") > weight(champion, "盈路大货车夜里占道装卸", "装卸")
    assert weight(challenger, "盈路出租车拒载", "拒载") < weight(champion, "盈路出租车拒载", "拒载")


def test_reasons_of_a_corrected_model_are_faithful(challenger):
    """Without the span named first, the risk is lower: also for posts that only the correction made a risk of."""
    texts = [Text("", f"{row.title}，盼有人来看", row.body) for row in ROWS if row.risk]
    firsts = [next(reason for reason in found.why if reason.weight > 0) for found in challenger.assess(texts)]
    shorn = [Text("", text.title.replace(first.text, ""), text.body) for text, first in zip(texts, firsts, strict=True)]
    pairs = zip(challenger.assess(texts), challenger.assess(shorn), strict=True)
    assert all(after.risk < before.risk for before, after in pairs)


def test_the_shares_of_a_correction_add_up_to_its_shift():
    suite = Analyser.load()._suite
    documents = [read(row.title, row.body).document for row in ROWS[::9]] + [read("", "").document]
    correction = learn(ROWS[::9], documents[:-1], suite.read(documents[:-1])[0])
    pushed = correction.pushes(documents)
    shift = correction.shifts(documents)[:, 1] - correction.bias[1]
    shares = np.bincount(pushed.rows, pushed.amounts, len(documents)) * _PER_SCORE
    assert np.allclose(shares, shift, atol=1e-6)
    assert np.abs(shift).max() > 0.1
    text = f"{documents[0].title}\n{documents[0].body}"
    held = [
        text[start:end] for row, start, end in zip(pushed.rows, pushed.starts, pushed.ends, strict=True) if row == 0
    ]
    assert set(held) <= {*documents[0].title_words, *documents[0].body_words}


def test_levels_stay_ordered_and_chances_are_chances():
    suite = Analyser.load()._suite
    documents = [read(row.title, row.body).document for row in ROWS]
    found, _, _ = suite.read(documents)
    shifted = learn(ROWS, documents, found).apply(found, documents)
    assert np.allclose(shifted.needs.sum(axis=1), 1, atol=1e-4)
    assert np.allclose(shifted.topics.sum(axis=1), 1, atol=1e-4)
    one, two, three = (shifted.binary[:, k] for k in (2, 3, 4))
    assert (one >= two).all()
    assert (two >= three).all()
    assert isinstance(Corrected.of(suite, learn(ROWS, documents, found)), type(suite))


def test_only_hashes_of_words_are_kept(tmp_path):
    card = build_challenger(None, ROWS, tmp_path, NOW)
    arrays = registry.load(tmp_path / card.version)[1]
    correction = Correction.from_arrays(arrays)
    assert correction is not None
    assert correction.words.dtype == np.uint32
    page = (tmp_path / card.version / "card.json").read_text(encoding="utf-8")
    assert not any(text in page for text in (*TAXIS, *DUST))


def test_a_changed_folder_is_refused_in_one_sentence(tmp_path):
    card = build_challenger(None, ROWS, tmp_path, NOW)
    folder = tmp_path / card.version
    (folder / "arrays.npz").write_bytes((folder / "arrays.npz").read_bytes()[:-1] + b"x")
    with pytest.raises(ModelError, match=r"was changed: arrays\.npz has another digest") as refused:
        Analyser.load(folder)
    assert "\n" not in str(refused.value)


def test_the_fingerprint_changes_with_the_card(tmp_path):
    card = build_challenger(None, ROWS, tmp_path, NOW)
    before = registry.fingerprint(tmp_path / card.version)
    page = tmp_path / card.version / "card.json"
    changed = json.loads(page.read_text(encoding="utf-8"))
    changed["extra"]["thresholds"]["flag"] = 0.9
    page.write_text(json.dumps(changed), encoding="utf-8")
    assert registry.fingerprint(tmp_path / card.version) != before


def serious(n: int, *, flagged: int, named: int) -> dict:
    return {"serious_flagged": [flagged, n], "serious_named": [named, n]}


@pytest.mark.parametrize(
    ("champion_", "challenger_", "fails"),
    [((20, 19, 15), (20, 19, 15), []), ((20, 19, 15), (20, 18, 16), ["serious_flagged"]),
     ((20, 19, 15), (20, 20, 14), ["serious_named"])],
)  # fmt: skip
def test_a_promotion_is_refused_when_fewer_serious_ones_are_found(champion_, challenger_, fails):
    sets = {"frozen": tuple(serious(n, flagged=f, named=m) for n, f, m in (champion_, challenger_))}
    assert [figure for _set, figure, _was, _is in refusals(sets)] == fails


def test_too_few_serious_ones_tell_nothing():
    sets = {"frozen": (serious(9, flagged=9, named=9), serious(9, flagged=9, named=9))}
    assert refusals(sets) == [("", "too few", [9, 10], [])]
    assert refusals({}) == [("", "too few", [0, 10], [])]


def test_both_models_are_compared_on_the_same_texts(champion, challenger):
    sets = compare_models(champion, challenger, {"frozen": ROWS, "empty": []})
    before, after = sets["frozen"]
    assert list(sets) == ["frozen"]
    assert before["rows"] == after["rows"] == len(ROWS)
    assert after["topic_right"][0] > before["topic_right"][0]
    assert figures(ROWS, champion.assess([Text("", r.title, r.body) for r in ROWS])) == before


# --- thresholds from a statement

SCORES = [n / 100 for n in range(100)]


def known(*scores: float) -> Serious:
    return Serious(scores, [1.0] * len(scores), "verdicts")


def test_the_threshold_is_the_highest_that_keeps_the_promise():
    found = derive(Recent(SCORES, 0, 10), known(*[n / 40 for n in range(40)]), 100, 0.9, 0.13)
    assert found.threshold == 0.1
    assert found.recall == 0.9
    assert found.items_a_day == 9.0
    assert found.met


def test_both_limits_at_once_can_be_impossible_and_safety_goes_first():
    found = derive(Recent(SCORES, 10, 10), known(*[n / 40 for n in range(40)]), 4, 0.9, 0.13)
    assert not found.met
    assert (found.threshold, found.items_a_day) == (0.1, 10.0)
    assert items_a_day(Recent(SCORES, 10, 10), found.cap_threshold) <= 4
    assert found.cap_recall < 0.9


def test_with_too_few_serious_risks_the_models_own_threshold_stands():
    found = derive(Recent(SCORES, 0, 10), known(0.5, 0.6), 4, 0.9, 0.25)
    assert (found.threshold, found.recall) == (0.25, None)
    assert not found.met


@settings(deadline=None, max_examples=60)  # a busy neighbour is no failure
@given(st.lists(st.floats(0, 1), min_size=30, max_size=80), st.lists(st.floats(0, 1), max_size=80),
       st.integers(1, 20), st.floats(0.5, 0.999))  # fmt: skip
def test_what_is_said_of_a_threshold_holds(found_at, recent, most, least):
    seen = Recent(recent, 2, 7)
    got = derive(seen, known(*found_at), most, least, 0.5)
    assert got.recall >= least - 1e-9
    assert got.met == (items_a_day(seen, got.threshold) <= most)
    if most >= 2 / 7:
        assert items_a_day(seen, got.cap_threshold) <= most


# --- misses


def test_each_drawn_one_stands_for_those_it_was_drawn_from():
    rows = [Drawn("near", 0.5, True), Drawn("near", 0.5, False), Drawn("far", 0.1, False)]
    got = recall(18, rows)
    assert (got.missed, got.value) == (2.0, 0.9)
    assert got.low < 0.9 < got.high
    assert got.missed_low > 0


def test_none_found_is_not_none_missed():
    got = recall(50, [Drawn("far", 0.1, False)] * 40)
    assert (got.value, got.missed, got.missed_low) == (1.0, 0.0, 0.0)
    assert got.missed_high == pytest.approx(36.9, abs=0.1), (
        "3.69 expected ones are ruled out no better than this, ten each"
    )
    assert got.high == 1.0
    assert got.low < 0.6


def test_those_not_judged_yet_are_made_up_for_in_their_stratum_and_nothing_judged_says_nothing():
    judged = [Drawn("near", 0.5, True), Drawn("near", 0.5, None), Drawn("far", 0.1, False)]
    assert recall(10, judged).missed == 4.0
    empty = recall(10, [Drawn("near", 0.5, None)])
    assert (empty.value, empty.low, empty.high, empty.judged) == (None, 0.0, 1.0, 0)
    assert recall(0, [Drawn("far", 0.5, False)]).value is None


def test_the_interval_holds_as_often_as_it_says():
    """2,000 audits of a stream with known misses: the true number lies within the 95 % interval in at least 95 % of them."""
    rng = np.random.default_rng(7)
    strata = {"near": (400, 0.05, 0.2), "far": (3000, 0.002, 0.03)}  # size, true share, chance
    held = 0
    for _ in range(2000):
        rows, missed = [], 0
        for name, (size, share, chance) in strata.items():
            bad, drawn = rng.random(size) < share, rng.random(size) < chance
            missed += bad.sum()
            rows += [Drawn(name, chance, bool(b)) for b in bad[drawn]]
        got = recall(200, rows)
        held += got.missed_low <= missed <= got.missed_high
    assert held / 2000 >= 0.95


# --- drift


def test_the_same_source_does_not_drift_and_another_one_does():
    rng = np.random.default_rng(3)
    before = rng.beta(1, 6, 4000)
    assert drift("score", before, rng.beta(1, 6, 400)).state == "steady"
    moved = drift("score", before, rng.beta(2, 5, 400))
    assert moved.state == "much"
    assert moved.now > moved.before


def test_chance_is_not_called_drift():
    rng = np.random.default_rng(5)
    states = [drift("x", rng.normal(size=120), rng.normal(size=120)).state for _ in range(300)]
    assert states.count("steady") >= 291
    large = [drift("x", s, t).psi for s, t in [(rng.normal(size=120), rng.normal(size=120)) for _ in range(50)]]
    assert max(large) > 0.1, "the bare index would have cried wolf"


def test_few_texts_tell_nothing_and_equal_values_do_not_break_it():
    assert drift("x", [1.0] * 99, [1.0] * 200).state == "few"
    assert drift("x", [], []).now is None
    assert drift("x", [0.0] * 500, [0.0] * 500).state == "steady"
    assert drift("x", [0.0] * 500, [1.0] * 500).state == "much"


def test_words_the_model_does_not_know():
    model = Analyser.load()
    assert model.unknown_share(Text("", "公路", "公路 道路")) < 0.5
    assert model.unknown_share(Text("", "qzxw vbnm", "plok")) == 1.0
    assert model.unknown_share(Text("", "", "！！")) == 0.0


def test_another_threshold_changes_what_is_flagged_and_nothing_else(champion):
    text = [Text("", "公交车晚点", "公交车经常晚点。")]
    everything, nothing = champion.flagging_at(0.0), champion.flagging_at(1.01)
    assert everything.assess(text)[0].flagged
    assert not nothing.assess(text)[0].flagged
    assert everything.assess(text)[0].risk == nothing.assess(text)[0].risk
    assert champion.threshold == Analyser.load().threshold
