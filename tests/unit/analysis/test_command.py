"""Training any head from a file, and what is wrong with bad files."""

from pathlib import Path

import pytest

from analysis.api import Analyser, DataError, ModelError, check_reply, evaluate, predict, train
from analysis.datasets import groups, read_rows

ROWS = [("路灯坏了没人修", "light"), ("路灯一直不亮", "light"), ("公交车晚点", "bus"), ("公交车不停站", "bus")] * 6


def written(folder: Path, lines: list[str]) -> Path:
    path = folder / "data.tsv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return written(tmp_path, ["text\tlabel", *(f"{text}\t{label}" for text, label in ROWS)])


def test_a_head_is_trained_predicts_and_is_evaluated(tmp_path: Path, data: Path) -> None:
    card = train("kind", data, tmp_path / "model")
    assert card.data["rows"] == len(ROWS)
    out = predict(
        tmp_path / "model", [{"id": "x", "title": "路灯", "body": "又不亮了"}, {"id": "y", "text": "公交车又晚点"}]
    )
    assert [(row["id"], row["label"]) for row in out] == [("x", "light"), ("y", "bus")]
    assert sum(out[0]["scores"].values()) == pytest.approx(1, abs=1e-3)
    assert evaluate("kind", tmp_path / "model", data)["macro_f1"] == 1


def test_a_single_head_cannot_assess(tmp_path: Path, data: Path) -> None:
    train("kind", data, tmp_path / "model")
    with pytest.raises(ModelError, match="other outputs"):
        Analyser.load(tmp_path / "model")


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (["text\tlabel", "路灯\tone", "公交\tone"], "1 class"),
        (["text\tlabel", "路灯"], "line 2 has 1 columns"),
        (["text\tlabel", "路灯\t"], "line 2 has no label"),
        (["words\tlabel", "路灯\ta"], "line 2 has none of the columns"),
    ],
)
def test_a_bad_file_is_named_with_its_line(tmp_path: Path, lines: list[str], sentence: str) -> None:
    with pytest.raises(DataError, match=sentence):
        train("kind", written(tmp_path, lines), tmp_path / "model")


def test_an_unknown_class_is_an_error(tmp_path: Path, data: Path) -> None:
    train("kind", data, tmp_path / "model")
    other = written(tmp_path, ["text\tlabel", "路灯\tlight", "船\tboat"])
    with pytest.raises(DataError, match="'boat'"):
        evaluate("kind", tmp_path / "model", other)


def test_quoted_cells_may_hold_line_breaks(tmp_path: Path) -> None:
    path = written(tmp_path, ["text\tlabel", '"第一行\n第二行"\ta'])
    assert [row["text"] for _, row in read_rows(path)] == ["第一行\n第二行"]


def test_a_line_that_is_not_json_is_named(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text('{"a": 1}\nnot json\n')
    with pytest.raises(DataError, match="line 2 is not JSON"):
        list(read_rows(path))


def test_near_duplicates_share_a_group() -> None:
    first = "青石街的路灯坏了三个月一直没有人来修理，晚上很黑"
    found = groups([first, first + "请处理", "柳岸码头的渡船太旧了需要更换新的船只"])
    assert found[0] == found[1] != found[2]


def test_a_courtesy_is_no_answer_and_facts_are() -> None:
    asked = ("青石街路灯坏了", "青石街路灯坏了三个月，何时能修好？")
    empty = check_reply(*asked, "您好！您的留言已收悉，已转有关部门处理，感谢您的支持！")
    full = check_reply(
        *asked,
        "您好！经现场核实，青石街共有12盏路灯因线路老化损坏，情况属实。根据《城市照明管理规定》，市政公司已更换线路6处，其余将于5月20日前"
        "完成更换，责任单位为区城管局。目前已恢复照明8盏。如有问题请拨打电话咨询。由于资金原因，另有2处需纳入年底改造计划，届时一并实施，特此说明。",
    )
    assert empty.verdict == "empty"
    assert full.verdict == "answered"
    assert full.concrete > empty.concrete
    assert check_reply(*asked, "").verdict == "empty"
