from __future__ import annotations

import pytest

from tracker.reports.paper import Column, chart, count, share, table, text
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


def test_no_difference_is_lost_between_rows_of_one_name_or_behind_an_equal_figure():
    columns = [Column("名"), Column("数", align="right")]
    old = paper_with([table("表（2件）", columns, [["甲", count("a")], ["甲", count("b")]])])
    new = paper_with([table("表（3件）", columns, [["甲", count("a")], ["甲", count("bc")]])])
    assert differences(old, new) == ["节：“甲（第2行）”的数由1改为2"]
    other = paper_with([table("表（2件）", columns, [["甲", count("z")], ["甲", count("b")]])])
    assert differences(old, other) == ["节：“甲”的数仍为1，所依据的记录不同"]


def test_layout_is_no_difference_and_words_are_said_to_be_words():
    block = table("表", [Column("名")], [["甲"]], note="注")
    wider = table("表", [Column("名", 30, "right")], [["甲"]], note="注", empty="没有")
    assert differences(paper_with([block]), paper_with([wider])) == []
    assert differences(paper_with([block]), paper_with([block | {"note": "另注"}])) == ["节：文字有改动"]
    other = paper_with([block]) | {"title": "另一题"}
    assert differences(paper_with([block]), other) == ["文字有改动，数字没有不同"]


def test_a_block_that_moved_is_compared_with_itself():
    first, second = text("话", figures=[("数", count("a"))]), table("表", [Column("名")], [["甲"]])
    assert differences(paper_with([first, second]), paper_with([first])) == ["节：“表”有改动"]


def test_many_differences_are_counted_after_the_twentieth():
    columns = [Column("名"), Column("数")]
    old = paper_with([table("表", columns, [])])
    new = paper_with([table("表", columns, [[str(n), count("a")] for n in range(30)])])
    assert differences(old, new)[-1] == "另有10处不同。"
