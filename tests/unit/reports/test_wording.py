from __future__ import annotations

import pytest

from tracker.reports.paper import Column, chart, count, share, table
from tracker.reports.revisions import differences
from tracker.reports.wording import brief, compared, lasted, most, percent


def test_comparisons_name_direction_amount_and_base():
    assert compared(12, 9, last="上周") == "比上周（9件）增加3件"
    assert compared(2, 9, "条", last="上月末") == "比上月末（9条）减少7条"
    assert compared(4, 4, last="上周") == "与上周持平（4件）"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ("aab", "以a（2件）最多"),
        ("aabbc", "以a、b（各2件）最多"),
        ("ab", ""),
        ("aaa", "均为a"),
        ("a", "为a"),
        ("aabbccdde", ""),
        ("", ""),
    ],
)
def test_first_places_are_named_only_where_there_are_some(values, words):
    assert most(values) == words


def test_a_share_prints_its_base_and_none_without_one():
    assert percent(share(["a"], ["a", "b", "c"])) == "33.3%（1/3）"
    assert percent(share([], [])) == "无基数"


def test_a_share_of_strangers_is_refused():
    with pytest.raises(ValueError, match="outside its base: z"):
        share(["z"], ["a"])


def test_a_record_counts_once():
    assert count(["a", "b", "a"]) == {"v": 2, "r": ["a", "b"]}


def test_tables_and_charts_refuse_a_wrong_shape():
    with pytest.raises(ValueError, match="2 columns but a row of 1"):
        table("表", [Column("甲"), Column("乙")], [["x"]])
    with pytest.raises(ValueError, match="one value a label"):
        chart("图", "lines", ["一", "二"], [("甲", [1])])


def test_lengths_of_time_and_cut_sentences():
    assert [lasted(h) for h in (0.2, 5.9, 24, 77)] == ["1小时", "5小时", "1天", "3天5小时"]
    assert brief("一 \n 二" + "三" * 80, 10) == "一 二三三三三三三…"


def paper_with(blocks):
    return {"sections": [{"key": "k", "title": "节", "blocks": blocks}], "annex": []}


def test_differences_name_the_figure_the_row_and_both_values():
    columns = [Column("名"), Column("数", align="right")]
    old = paper_with([table("表", columns, [["甲", count("a")], ["乙", count("b")]])])
    new = paper_with([table("表", columns, [["甲", count("ab")], ["丙", count("b")]])])
    assert differences(old, new) == ["节：“甲”的数由1改为2", "节：新增“丙”", "节：去掉“乙”"]
    assert differences(old, old) == []


def test_many_differences_are_counted_after_the_twentieth():
    columns = [Column("名"), Column("数")]
    old = paper_with([table("表", columns, [])])
    new = paper_with([table("表", columns, [[str(n), count("a")] for n in range(30)])])
    assert differences(old, new)[-1] == "另有10处不同。"
