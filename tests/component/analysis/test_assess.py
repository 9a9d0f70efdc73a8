"""The public face at work on fictional words."""

import subprocess
import sys
from itertools import chain

import pytest

from analysis.api import Analyser
from analysis.cues import find, names
from analysis.records import Text
from analysis.severity import floors
from analysis.text.document import read

GRAVE = Text(
    "1", "望星桥要塌了", "望星桥桥面开裂，随时可能垮塌，校车每天从上面过，多次投诉没有人管，全村的人都提心吊胆。"
)
PRAISE = Text("2", "为图书馆点赞", "新图书馆环境安静，书目齐全，感谢馆员的耐心。")
ODD = [Text("3", "", ""), Text("4", "😀", "😀😀"), Text("5", "\ud800", "\x00\u202e"), Text("6", "x", "路" * 1_000_000)]


@pytest.fixture(scope="module")
def analyser() -> Analyser:
    return Analyser.load()


def test_a_danger_is_flagged_with_its_reasons_and_praise_is_not(analyser: Analyser) -> None:
    grave, praise = analyser.assess([GRAVE, PRAISE])
    assert grave.flagged
    assert grave.level == 3
    assert {"S"} <= set(grave.signals)
    assert grave.why[0].weight > 0
    assert not praise.flagged
    assert praise.topic == "-"
    assert praise.level == 0


def test_reasons_are_the_text_as_posted(analyser: Analyser) -> None:
    odd = Text("7", "公*交車站", "車站_x000D_前的護欄\u200b壞了，小孩差點掉下去，投訴多次沒人管")
    (said,) = analyser.assess([odd])
    full = f"{odd.title}\n{odd.body}"
    assert said.why
    assert all(reason.text == full[reason.start : reason.end] for reason in said.why)


def test_texts_that_say_nothing_raise_no_alarm(analyser: Analyser) -> None:
    assert [said.flagged for said in analyser.assess(ODD[:3])] == [False] * 3
    assert len(analyser.assess(ODD)) == len(ODD)


def test_a_batch_says_what_single_texts_say(analyser: Analyser) -> None:
    texts = [GRAVE, PRAISE, *ODD[:3]] * 3
    for single, batched in zip((analyser.assess([text])[0] for text in texts), analyser.assess(texts), strict=True):
        assert single.risk == pytest.approx(batched.risk, abs=1e-4)
        assert (single.topic, single.level, single.signals) == (batched.topic, batched.level, batched.signals)
        assert [reason.text for reason in single.why] == [reason.text for reason in batched.why]


def test_a_floor_raises_and_names_its_words() -> None:
    (floor, start, end), *_ = floors("这座桥随时会垮掉")
    assert floor.level == 3
    assert "这座桥随时会垮掉"[start:end].startswith("桥")
    assert floors("司机们准备集体罢运")[0][0].level == 3
    assert not floors("桥边的花开得很好")


def test_a_cue_under_a_negation_does_not_count() -> None:
    casualty = names().index("accident")
    assert any(found.cue == casualty for found in find("昨天发生事故"))
    assert not any(found.cue == casualty for found in find("避免发生事故"))


def test_the_public_face_imports_nothing_heavy() -> None:
    code = "import sys, analysis.api; print([m for m in ('numpy', 'sklearn', 'scipy', 'jieba') if m in sys.modules])"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
    )


def test_assessing_needs_no_scikit_learn() -> None:
    code = (
        "import sys\nfrom analysis.api import Analyser\nfrom analysis.records import Text\n"
        "Analyser.load().assess([Text('1', '路灯', '路灯坏了')])\n"
        "print([m for m in ('sklearn', 'scipy', 'pandas') if m in sys.modules])"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
    )


SAID = [
    GRAVE,
    Text("8", "渡口的船超载", "白沙渡口早上的船坐了六十多人，救生衣只有二十件，风大的时候船身一直晃，管理人员在岸上看手机，希望尽快整改。"),
    Text("9", "Ｇ１０７国道 K12+300 处落石", "下雨以后石头滚到路中间，昨晚一辆货车躲石头撞上护栏；路灯也不亮，\u3000拜托派人清一下！！！"),
    Text("10", "公*交車站的頂棚", "88路公交站頂棚鬆了，颳風時鐵皮嘩嘩響，老人孩子都不敢站在下面等車。"),
    Text("11", "收费站ETC重复扣费", "同一天扣了我两次高速费，打客服电话说要等15个工作日，已经第三次了，能不能给个说法?"),
]  # fmt: skip


def test_no_reason_cuts_a_word_in_half(analyser: Analyser) -> None:
    """Every span begins where a word begins and ends where one ends, in the text as it was posted."""
    spans = 0
    for text, said in zip(SAID, analyser.assess(SAID), strict=True):
        reading, at, words = read(text.title, text.body), 0, []
        for word in chain(reading.document.title_words, "\n", reading.document.body_words):
            words.append(reading.span(at, at + len(word)))
            at += len(word)
        starts, ends = {first for first, _last in words}, {last for _first, last in words}
        for reason in said.why:
            assert reason.start in starts, (text.title, reason.text)
            assert reason.end in ends, (text.title, reason.text)
            spans += 1
    assert spans >= 2 * len(SAID)
