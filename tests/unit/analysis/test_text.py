"""One spelling, the way back, and words by jieba's rules."""

import pytest

from analysis.text.document import MAX_BODY, read
from analysis.text.normalise import normalise
from analysis.text.places import find_places
from analysis.text.segment import cut, jieba_cut, resplit

ODD = ("", "😀😀😀", "\ud800", "\x00\x01\u202e\u200b", "\n", "   ", "_x000D_", "公*交", "\ufffe", "𠮷野家门口")


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("坐公*交車", "坐公交车"),
        ("公 交 车很慢", "公交车很慢"),
        ("你好 我们", "你好 我们"),
        ("Ａ７縣里\u3000星河\u200b大道", "A7县里 星河大道"),
        ("a\ud800b", "a\ufffdb"),
        ("_x000D_\n修路", "\n修路"),
        ("後面裏面", "后面里面"),
        ("7*24小时", "7*24小时"),
    ],
)
def test_spellings_meet(given: str, wanted: str) -> None:
    assert normalise(given).text == wanted


def test_a_span_leads_back_to_the_characters_as_posted() -> None:
    given = "請看\u200b公*交車站"
    plain = normalise(given)
    start = plain.text.index("公交车")
    first, last = plain.original(start, start + 3)
    assert given[first:last] == "公*交車"


@pytest.mark.parametrize("odd", ODD)
def test_nothing_is_too_odd_to_read(odd: str) -> None:
    reading = read(odd, odd)
    assert "".join(reading.document.body_words) == reading.document.body


def test_only_the_beginning_of_a_megabyte_is_read() -> None:
    assert len(read("", "路" * 1_000_000).document.body) == MAX_BODY


def test_spans_of_the_body_count_the_title_as_given() -> None:
    title, body = "公*交", "桥面開裂了"
    reading = read(title, body)
    edge = len(reading.document.title) + 1
    first, last = reading.span(edge + 2, edge + 4)
    assert f"{title}\n{body}"[first:last] == "開裂"


@pytest.mark.parametrize(
    "text",
    ["走2-3公里到K12+500处", "AT&T和C++用户", "共计3.14.15元，17%", "A-B_c.d", "第①路龘靐", "九九路（夜班）12:30"],
)
def test_words_are_those_of_jieba(text: str) -> None:
    assert cut(text) == jieba_cut(text)


def test_ascii_runs_are_split_and_dictionary_words_kept() -> None:
    assert resplit(["2-3", "C++", "公里", "a.b"]) == ["2", "-", "3", "C++", "公里", "a", ".", "b"]


def test_places_have_a_normal_form() -> None:
    places = find_places("在G4高速K12+5处，A3区望江大道")
    assert {"K12+005", "G4", "A3区"} <= set(places)
    assert any(place.endswith("望江大道") for place in places)
