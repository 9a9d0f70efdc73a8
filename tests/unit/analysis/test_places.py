"""Places by name and number: a table of invented sentences, and what is derived from it."""

from pathlib import Path

import pytest

from analysis.api import structured_places
from analysis.text.places import areas, find_places, place_line

LISTED = ("mark", "line", "road", "town", "county", "prefecture", "area")
TABLE = [line.split("->") for line in (Path(__file__).parent / "place_cases.txt").read_text().splitlines()[1:]]
CASES = [(text.strip(), set(wanted.split())) for text, wanted in TABLE]


def listed(text):
    return {place.name for place in structured_places(text) if place.kind in LISTED}


def test_precision_and_recall_over_the_table() -> None:
    assert len(CASES) >= 150
    found = [(listed(text), wanted) for text, wanted in CASES]
    right = sum(len(got & wanted) for got, wanted in found)
    precision, recall = right / sum(len(got) for got, _ in found), right / sum(len(wanted) for _, wanted in found)
    wrong = [(text, got) for (text, wanted), (got, _) in zip(CASES, found, strict=True) if got != wanted]
    print(f"precision {precision:.3f}, recall {recall:.3f}, wrong: {wrong}")
    assert precision >= 0.97, wrong
    assert recall >= 0.97, wrong


def test_a_road_lies_where_the_text_says() -> None:
    (mark, road, *_rest) = structured_places("湘潭县境内107国道K1600处塌方")
    assert (mark.kind, mark.prefecture, mark.county) == ("mark", "湘潭市", "湘潭县")
    assert (road.name, road.prefecture) == ("G107", "湘潭市")
    assert structured_places("长沙到岳阳的京港澳高速")[0].prefecture == "", "two prefectures: it cannot be told"


@pytest.mark.parametrize(
    ("text", "name"),
    [("岳麓区望江大道积水", "望江大道"), ("A3区望江小区停电", "望江小区"), ("长沙南站排队", "长沙南站")],
)
def test_named_objects_do_not_swallow_the_names_before_them(text, name) -> None:
    assert name in find_places(text)


def test_areas_know_their_prefecture() -> None:
    assert areas(find_places("岳麓区的路")) == (["长沙市岳麓区"], ["长沙市"])
    assert areas(find_places("A3区的路")) == (["A3区"], [])
    assert areas(find_places("路灯")) == ([], [])


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("长沙市望城区107国道K12+300处护栏断了", "长沙市望城区 G107 K12+300"),
        ("望城区的东风大桥栏杆断了", "长沙市望城区 东风大桥"),
        ("K8处落石", "K8"),
        ("长沙市望城区路灯不亮", "长沙市望城区"),
        ("长沙市望城区和岳麓区的88路公交都不停", "长沙市 88路"),
        ("从长沙到岳阳的G4堵死了", "G4"),
        ("灯坏了", ""),
    ],
)
def test_a_place_for_people_says_where_it_lies_before_what_it_is(text, line):
    assert place_line(find_places(text)) == line
