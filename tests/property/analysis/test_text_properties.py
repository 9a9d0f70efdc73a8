"""For every text: nothing breaks, spans lead back, words join to the text, and words are those of jieba."""

from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.text.document import read
from analysis.text.normalise import normalise
from analysis.text.segment import cut, jieba_cut

ANY = st.text(st.characters(), max_size=60)  # surrogates included
MIXED = st.text(st.sampled_from("公交车路灯坏了A7县k12+5.0-%_&# \n，。臺車\u200b*😀"), max_size=60)


@given(st.one_of(ANY, MIXED))
def test_the_way_back_is_ordered_and_inside(text: str) -> None:
    plain = normalise(text)
    spans = [plain.original(index, index + 1) for index in range(len(plain.text))]
    assert all(first < last <= len(text) for first, last in spans)
    assert [first for first, _ in spans] == sorted({first for first, _ in spans})


@given(st.one_of(ANY, MIXED))
def test_plain_simplified_text_is_left_alone(text: str) -> None:
    once = normalise(text).text
    assert normalise("公交车站" + "好" * len(once)).text == "公交车站" + "好" * len(once)
    assert all(not 0xD800 <= ord(char) < 0xE000 for char in once)


@given(ANY, ANY)
def test_words_join_to_the_text(title: str, body: str) -> None:
    document = read(title, body).document
    assert "".join(document.title_words) == document.title
    assert "".join(document.body_words) == document.body


@settings(deadline=None)
@given(MIXED)
def test_words_are_those_of_jieba(text: str) -> None:
    plain = normalise(text).text
    assert cut(plain) == jieba_cut(plain)
