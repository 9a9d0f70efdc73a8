"""Events: same problem at the same place, across restarts and people's corrections."""

import numpy as np
import pytest

from analysis.api import EventIndex
from analysis.events import ring
from analysis.events.columns import Names
from analysis.events.index import agreement
from analysis.events.pairs import apart
from analysis.events.signature import MOST, WIDE, Signature, sign
from analysis.events.words import hashed
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


def test_signatures_of_earlier_versions_with_more_words_are_read() -> None:
    words = [hashed(f"词{number}") for number in range(100)]
    raw = np.array([1, 100], np.uint16).tobytes() + np.array([hashed("area:A1区"), *words], np.uint32).tobytes()
    signature = Signature.from_bytes(raw)
    assert len(signature.words) == MOST
    assert set(signature.words) <= set(words)
    index = EventIndex()
    index.restore([("old", "old", raw)])
    assert index.place("new", signature).event == "old"


def test_a_thousand_posts_restored_stand_as_they_stood() -> None:
    texts = [
        Text(str(n), f"望江{n % 50}路{n % 7}号路灯不亮", f"望江{n % 50}路的路灯坏了{n % 13}天，晚上看不见路。")
        for n in range(300)
    ]
    before, after = EventIndex(), EventIndex()
    rows = [(text.id, (match := before.add(text)).event, match.signature) for text in texts]
    after.restore(rows)
    assert [after.event_of(text.id) for text in texts] == [event for _post, event, _raw in rows]
    asked = Text("new", "望江7路路灯不亮", "望江7路的路灯坏了，晚上看不见路。")
    assert after.add(asked).event == before.add(asked).event


def test_one_near_post_of_many_does_not_chain() -> None:
    """Half of the say is the mean of the nearest five members: a single likeness in a large event is not enough."""
    assert agreement([0.2], 1) > agreement([0.2], 2) > agreement([0.2], 9)
    assert agreement([2.0, 1.5, 1.0, 1.0, 1.0], 60) > agreement([2.0], 60)


def test_names_are_found_however_many_there_are() -> None:
    names = Names()
    for number in range(40_000):
        names.put(f"post-{number}")
    assert names.find("post-123") == 123
    assert names.find("post-39999") == 39999
    assert names.find("other") is None
    assert names[17_000] == "post-17000"


def test_counties_apart_count_and_counties_alike_do_not() -> None:
    one, other, city = hashed("area:甲县"), hashed("area:乙县"), hashed("area:甲市") | int(WIDE)
    others = np.array([[one, 0], [other, 0], [other, city], [0, 0]], np.uint32)
    assert apart(np.array([[one, city]], np.uint32), others[None]).tolist() == [[0, 1, 1, 0]]


def invented(count: int) -> list[tuple[str, Signature]]:
    """Posts of few words, so that many share rows of the ring; some come twice, some are empty, some name an area."""
    random = np.random.default_rng(4)
    out = []
    for number in range(count):
        words = np.unique(random.integers(0, 90, int(random.integers(0, 12)))).astype(np.uint64) * np.uint64(2654435761)
        kept = (words & np.uint64(0x7FFFFFFF)).astype(np.uint32) | np.uint32(1 << 31) * (words % np.uint64(3) == 0)
        areas = (hashed(f"area:{number % 4}"),) if number % 5 == 0 else ()
        out.append(
            (str(number if number % 17 else number // 2), Signature(tuple(kept.astype(np.uint32).tolist()), areas))
        )
    return out


@pytest.mark.parametrize("together", [7, 300])
def test_a_batch_is_placed_as_its_posts_would_be_one_by_one(together: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ring, "_ROWS", 64)  # it is doubled three times on the way
    posts, alone, batch = invented(500), EventIndex(), EventIndex()
    singles = [alone.place(*post) for post in posts]
    matches = [m for at in range(0, len(posts), together) for m in batch.place_many(posts[at : at + together])]
    assert matches == singles
    assert len({match.event for match in matches}) < len(batch) < len(posts)
