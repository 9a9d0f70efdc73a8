"""The user dictionary: what is shipped follows from its sources, is cut as jieba cuts it, and shows in the reasons."""

import random
from pathlib import Path

import pytest

from analysis.api import Analyser
from analysis.records import Text
from analysis.text.dictionary import SHIPPED, DictionaryError, Entry, compiled, named, read_dictionary, written
from analysis.text.segment import cutter, general, jieba_cutter

ODD = [
    "的",
    "了",
    "在",
    "我们",
    "有",
    "12",
    "k",
    "路",
    "车",
    "县",
    "，",
    "。",
    "G4",
    "a-b",
    " ",
    "C++",
    "镇",
    "村",
    "大桥",
    "高速",
]


def test_the_shipped_file_is_what_its_sources_give() -> None:
    assert SHIPPED.read_text(encoding="utf-8") == written(compiled(named()))
    assert len(read_dictionary(SHIPPED)) > 2000


def test_words_are_those_of_jieba_with_the_file_loaded() -> None:
    """Sentences of its words, parts of them and other words, drawn anew from a fixed seed."""
    entries, dice = read_dictionary(SHIPPED), random.Random(20)
    quick, reference = cutter(entries), general()
    with SHIPPED.open("rb") as file:
        reference.load_userdict(file)
    words = [entry.word for entry in entries]
    assert quick("断头路和应急车道") == ["断头路", "和", "应急车道"]
    for _ in range(200):
        drawn = [
            dice.choice([dice.choice(words), dice.choice(words)[:2], dice.choice(words)[-2:], dice.choice(ODD)])
            for _ in range(20)
        ]
        text = "".join(drawn)
        assert quick(text) == reference.lcut(text)


def test_a_departments_own_words_need_no_count_and_known_ones_change_nothing(tmp_path: Path) -> None:
    path = tmp_path / "own.txt"
    path.write_text("\ufeff望星桥\n\nK线图 3\n青石街口 2 ns\n路灯 5\n12-3路\n", encoding="utf-8")
    entries = read_dictionary(path)
    assert entries[:3] == (Entry("望星桥"), Entry("K线图", 3), Entry("青石街口", 2, "ns"))
    quick, reference = cutter(entries), jieba_cutter(entries)
    for text in ("望星桥到青石街口的路灯不亮", "看K线图坐12-3路", "路灯路灯K线"):
        assert quick(text) == reference(text)
    assert "青石街口" in quick("望星桥到青石街口")


@pytest.mark.parametrize("line", ["两 个词", "，", "路", "路灯 0", "路灯 多", "一个长得不可能是词的词语它有十七个字呢"])
def test_a_line_that_is_no_entry_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "own.txt"
    path.write_text(f"望星桥\n{line}\n", encoding="utf-8")
    with pytest.raises(DictionaryError, match=r"own\.txt line 2 ") as refused:
        read_dictionary(path)
    assert "\n" not in str(refused.value)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "own.txt").write_bytes(b"\xff\xfe")
    with pytest.raises(DictionaryError, match="cannot be read as UTF-8"):
        read_dictionary(tmp_path / "own.txt")
    with pytest.raises(DictionaryError, match="cannot be read as UTF-8"):
        read_dictionary(tmp_path / "none.txt")


def test_reasons_do_not_cut_a_term_apart() -> None:
    texts = [
        Text(
            "1",
            f"大货车占用应急车道{more}",
            f"高速上大货车长期占用应急车道，{more}断头路没有路灯，很危险，多次投诉无人管。",
        )
        for more in ("", "撞人", "抛洒滴漏", "希望整治")
    ]
    for text, found in zip(texts, Analyser.load().assess(texts), strict=True):
        full = f"{text.title}\n{text.body}"
        for term in ("应急车道", "断头路", "抛洒滴漏"):
            for at in (n for n in range(len(full)) if full.startswith(term, n)):
                inner = range(at + 1, at + len(term))
                assert not any(why.start in inner or why.end in inner for why in found.why), (term, found.why)
