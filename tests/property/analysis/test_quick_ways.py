"""What was made fast against the slow, obvious way that defines it."""

import re

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from analysis.layout import Document, Numbers, lay
from analysis.severity import FLOORS
from analysis.text.normalise import _DROP, FILLERS, HAN, MARK
from analysis.text.places import find_places, structured_places

WORDS = st.text(st.sampled_from("公交车路a1 ，\x00😀𠮷²"), min_size=1, max_size=7)
DOCUMENTS = st.lists(st.tuples(st.lists(WORDS, max_size=5), st.lists(WORDS, max_size=8)), max_size=4)


def documents(rows) -> list[Document]:
    return [Document("".join(title), "".join(body), title, body) for title, body in rows]


@given(DOCUMENTS, st.lists(WORDS, max_size=12, unique=True))
def test_words_have_the_numbers_of_the_dictionary(rows, known) -> None:
    numbers = {word: number for number, word in enumerate(known, 1)}
    laid = lay(documents(rows))
    assert Numbers(numbers).of(laid).tolist() == [numbers.get(word, 0) for word in laid.words]


@given(DOCUMENTS)
def test_a_layout_is_the_documents_one_behind_the_other(rows) -> None:
    given_, laid = documents(rows), lay(documents(rows))
    text = "".join(f"{d.title}\n{d.body}\n" for d in given_)
    assert "".join(map(chr, laid.points.tolist())) == text
    assert [text[a:b] for a, b in zip(laid.starts, laid.ends, strict=True)] == laid.words
    assert laid.letters.tolist() == [word.isalnum() for word in laid.words]
    assert [text[o : o + n] for o, n in zip(laid.offsets, laid.sizes, strict=True)] == [
        f"{d.title}\n{d.body}\n" for d in given_
    ]
    body = laid.field & 1 == 1
    assert [w for w, inside in zip(laid.words, body, strict=True) if inside] == [
        w for d in given_ for w in (*d.body_words, "\n")
    ]
    assert (np.repeat(np.arange(len(given_)), laid.sizes)[laid.starts] == laid.field >> 1).all()


SLOW_DROP = re.compile(
    f"[{MARK}]+|_x000D_|(?<=[{HAN}])[{FILLERS}]+(?=[{HAN}])"
    f"| (?<=[^{HAN}][{HAN}] )(?=[{HAN}])|(?<=[{HAN}]) +(?=[{HAN}](?![{HAN}]))"
)


@given(st.lists(st.sampled_from([*"公交ab _*…~^|·", MARK, "_x000D_"]), max_size=20).map("".join))
def test_what_is_dropped_is_what_the_slow_expression_drops(text) -> None:
    assert [m.span() for m in _DROP.finditer(text)] == [m.span() for m in SLOW_DROP.finditer(text)]


PIECES = [
    "车",
    "桥",
    "路基",
    "校车",
    "人",
    "当场",
    "造成",
    "。",
    "司机",
    "集体",
    "随时",
    "马上",
    "刹车",
    "制动",
    "超载",
    "危桥",
    "裂缝",
    "塌",
    "，",
    "维权",
]
TRIGGERS = [word for floor in FLOORS for word in floor.needs]


@given(st.lists(st.sampled_from([*PIECES, *TRIGGERS]), max_size=12).map("".join))
def test_a_floor_without_its_words_is_not_reached(text) -> None:
    for floor in FLOORS:
        slow, quick = floor.pattern.search(text), floor.search(text)
        assert (slow and slow.span()) == (quick and quick.span())


@given(st.lists(st.sampled_from(["岳麓区", "长沙", "湘潭县", "A3区", "望江大道", "107国道", "K12+5", "3路公交", "京港澳高速", "，", "的", "路"]), max_size=8).map("".join))  # fmt: skip
def test_places_are_the_names_of_the_structured_ones(text) -> None:
    assert find_places(text) == list(dict.fromkeys(place.name for place in structured_places(text)))
