"""Events: same problem at the same place, across restarts and people's corrections."""

import pytest

from analysis.api import EventIndex
from analysis.events.signature import Signature, sign
from analysis.records import Text

FIRST = Text("p1", "望江路与青石街交叉口缺红绿灯", "望江路与青石街交叉口没有红绿灯，放学时很危险，请尽快安装。")
AGAIN = Text("p2", "请在望江路青石街路口装红绿灯", "望江路青石街交叉口一直没有红绿灯，过马路提心吊胆。")
OTHER = Text("p3", "柳岸小区旁搅拌站夜里太吵", "搅拌站的水泥车通宵进出，柳岸小区的居民无法入睡。")
THIRD = Text("p4", "望江路青石街口的红绿灯何时安装", "望江路青石街交叉口红绿灯问题反映过了，至今没有安装。")


def test_the_same_problem_shares_the_event_of_the_first_post() -> None:
    index = EventIndex()
    assert index.add(FIRST).event == "p1"
    assert index.add(OTHER).event == "p3"
    found = index.add(AGAIN)
    assert (found.event, found.nearest) == ("p1", "p1")
    assert 0 < found.score <= 1


def test_a_known_post_keeps_its_event() -> None:
    index = EventIndex()
    index.add(FIRST)
    assert index.add(FIRST).event == "p1"
    assert len(index) == 1


def test_an_index_is_rebuilt_from_signatures_alone() -> None:
    before = EventIndex()
    rows = [(text.id, (match := before.add(text)).event, match.signature) for text in (FIRST, OTHER, AGAIN)]
    after = EventIndex()
    after.restore(rows)
    assert after.add(THIRD) == before.add(THIRD)


def test_later_posts_follow_a_merge_or_split_by_hand() -> None:
    index = EventIndex()
    index.add(FIRST)
    index.add(AGAIN)
    for post in ("p1", "p2"):
        index.move(post, "merged-elsewhere")
    assert index.add(THIRD).event == "merged-elsewhere"
    with pytest.raises(KeyError, match="not in the index"):
        index.move("unknown", "p1")


def test_other_areas_keep_posts_apart() -> None:
    index = EventIndex()
    near = index.add(FIRST, ["A1区"]) and index.add(AGAIN, ["A1区"])
    far = EventIndex()
    far.add(FIRST, ["A1区"])
    assert far.add(AGAIN, ["B2县"]).score < near.score


def test_a_signature_survives_its_bytes_and_holds_no_text() -> None:
    signature = sign(FIRST, ["A1区"])
    raw = signature.to_bytes()
    assert Signature.from_bytes(raw) == signature
    assert "红绿灯".encode() not in raw
    with pytest.raises(ValueError, match="not the signature"):
        Signature.from_bytes(b"abc")


def test_an_empty_post_opens_its_own_event() -> None:
    index = EventIndex()
    assert [index.add(Text(name, "", "")).event for name in ("a", "b")] == ["a", "b"]
