"""Which unit is proposed: by what was kept and returned before, by territory, and always with the reason."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tracker.risks.routing import MOST, Candidate, Past, suggest

ROAD, PORT, HIGHWAY = (
    Candidate("road", "青川市交通运输局", "青川市"), Candidate("port", "白石市交通运输局", "白石市"),
    Candidate("highway", "省高速公路集团", ""),
)  # fmt: skip
UNITS = [ROAD, PORT, HIGHWAY]


def codes(found):
    return [s.unit for s in found]


def test_without_any_reason_nobody_is_proposed():
    assert suggest("road", "", UNITS, []) == []
    assert suggest("road", "别处", UNITS, [Past("taxi", "别处", "road", kept=9)]) == []


def test_the_territory_speaks_first_and_says_so():
    (only,) = suggest("road", "青川市云台县", UNITS, [])
    assert only.unit == "road"
    assert "青川市" in only.reasons[0]


def test_experience_at_the_same_place_outweighs_the_territory():
    past = [Past("road", "青川市收费站", "highway", kept=5)]
    found = suggest("road", "青川市收费站", UNITS, past)
    assert codes(found) == ["highway", "road"]
    assert found[0].reasons[0] == "同领域、同地点的 5 件中 5 件由它办理"
    assert codes(suggest("taxi", "青川市收费站", UNITS, past)) == ["road"]


def test_a_single_case_does_not():
    past = [Past("road", "青川市二桥", "highway", kept=1)]
    assert codes(suggest("road", "青川市收费站", UNITS, past)) == ["road", "highway"]


def test_what_was_returned_counts_against_it():
    past = [Past("road", "青川市收费站", "road", returned=4), Past("road", "青川市收费站", "highway", kept=4)]
    found = suggest("road", "青川市收费站", UNITS, past)
    assert codes(found)[0] == "highway"
    assert not any(s.unit == "road" and s.score > 1.5 for s in found)


def test_without_a_place_the_field_alone_speaks():
    past = [Past("water", "某地", "port", kept=3), Past("water", "", "highway", kept=1)]
    found = suggest("water", "", UNITS, past)
    assert codes(found) == ["port", "highway"]
    assert found[0].reasons == ("同领域的 4 件中 3 件由它办理",)


PASTS = st.lists(
    st.builds(
        Past, st.sampled_from(["road", "taxi"]), st.sampled_from(["青川市东", "白石市西", "", "别处"]),
        st.sampled_from(["road", "port", "highway", "gone"]), st.integers(0, 9), st.integers(0, 9),
    ),
    max_size=12,
)  # fmt: skip


@given(PASTS, st.sampled_from(["青川市东", "白石市西", "", "别处"]))
def test_it_is_ordered_reasoned_bounded_and_does_not_depend_on_the_order_of_the_past(past, place):
    found = suggest("road", place, UNITS, past)
    assert len(found) <= MOST
    assert found == sorted(found, key=lambda s: (-s.score, s.unit))
    assert all(s.score > 0 and s.reasons and s.unit != "gone" for s in found)
    assert found == suggest("road", place, UNITS[::-1], past[::-1])


@given(PASTS, st.integers(1, 5))
def test_one_more_kept_there_never_lowers_a_unit(past, more):
    def score(rows):
        return next((s.score for s in suggest("road", "青川市东", UNITS, rows) if s.unit == "road"), 0.0)

    assert score([*past, Past("road", "青川市东", "road", kept=more)]) >= score(past) - 1e-9


def test_the_score_and_every_reason_in_order():
    past = [
        Past("road", "青川市收费站", "road", kept=2, returned=1), Past("road", "青川市收费站", "port", kept=1),
        Past("road", "青川市二桥", "road", kept=3),
    ]  # fmt: skip
    first, second = suggest("road", "青川市收费站", UNITS, past)
    assert first.unit == "road"
    assert first.score == round(1.5 + 3 * (2 - 1) / (3 + 1 + 1) + 2 * (5 - 1) / (6 + 1 + 1), 3)
    assert first.reasons == (
        "地点在它的辖区：青川市",
        "同领域、同市州的 6 件中 5 件由它办理，它退回过 1 件",
        "同领域、同地点的 3 件中 2 件由它办理，它退回过 1 件",
    )
    assert (second.unit, second.score) == ("port", round(3 * 1 / 4 + 2 * 1 / 7, 3))
    (anywhere,) = suggest("road", "", [PORT], [Past("road", "别处", "port", kept=1)])
    assert anywhere.score == 0.25


def test_the_same_cases_are_told_once():
    past = [Past("road", "青川市收费站", "highway", kept=5, returned=1)]
    (found, _territory) = suggest("road", "青川市收费站", UNITS, past)
    assert found.reasons == ("同领域、同地点的 5 件中 5 件由它办理，它退回过 1 件",)
    wider = suggest("road", "青川市收费站", UNITS, [*past, Past("road", "青川市二桥", "highway", kept=2)])
    assert len(wider[0].reasons) == 2
