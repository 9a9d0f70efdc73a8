"""Any single entry changed, removed, inserted, repeated or moved is found, and the first broken one is named."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.ledger.chain import FIELDS, GENESIS, canonical, first_break, link

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@dataclass(frozen=True)
class Chain:
    rows: list
    head: tuple


@st.composite
def chains(draw, min_size=1):
    rows, previous = [], GENESIS
    for seq in range(1, draw(st.integers(min_size, 9)) + 1):
        row = {name: draw(TEXT) for name in FIELDS} | {"seq": seq}
        row |= {"previous": previous, "hash": link(previous, row)}
        previous = row["hash"]
        rows.append(row)
    return Chain(rows, (len(rows), previous))


@given(chains(min_size=0))
def test_an_untouched_chain_holds(chain):
    assert first_break(chain.rows) is None
    assert first_break(chain.rows, chain.head) is None


@given(chains(), st.data())
def test_a_changed_field_is_found_at_its_entry(chain, data):
    at = data.draw(st.integers(0, len(chain.rows) - 1))
    name = data.draw(st.sampled_from([*FIELDS, "previous", "hash"]))
    value = data.draw(st.integers(0, 99) if name == "seq" else TEXT)
    rows = [dict(row) for row in chain.rows]
    if rows[at][name] == value:
        return
    rows[at][name] = value
    assert first_break(rows, chain.head).seq == at + 1


@given(chains(), st.data())
def test_a_removed_entry_is_found(chain, data):
    at = data.draw(st.integers(0, len(chain.rows) - 1))
    rows = chain.rows[:at] + chain.rows[at + 1 :]
    assert first_break(rows, chain.head).seq == at + 1


@given(chains(), st.data())
def test_a_repeated_entry_is_found(chain, data):
    at = data.draw(st.integers(0, len(chain.rows) - 1))
    rows = [*chain.rows[: at + 1], chain.rows[at], *chain.rows[at + 1 :]]
    assert first_break(rows, chain.head).seq == at + 2


@given(chains(), st.data())
def test_an_inserted_entry_is_found_even_with_a_hash_that_fits(chain, data):
    at = data.draw(st.integers(0, len(chain.rows)))
    previous = chain.rows[at - 1]["hash"] if at else GENESIS
    forged = dict.fromkeys(FIELDS, "forged") | {"seq": at + 1}
    forged |= {"previous": previous, "hash": link(previous, forged)}
    rows = [*chain.rows[:at], forged, *chain.rows[at:]]
    # At the end of the chain only the recorded head tells; before it the next entry gives it away.
    assert first_break(rows, chain.head).seq == (at + 1 if at == len(chain.rows) else at + 2)


@given(chains(min_size=2), st.data())
def test_two_entries_changing_places_are_found(chain, data):
    one, other = sorted(data.draw(st.lists(st.integers(0, len(chain.rows) - 1), min_size=2, max_size=2, unique=True)))
    rows = list(chain.rows)
    rows[one], rows[other] = rows[other], rows[one]
    assert first_break(rows, chain.head).seq == one + 1


@given(chains(), st.data())
def test_a_history_written_anew_from_one_entry_on_does_not_match_the_head(chain, data):
    at = data.draw(st.integers(0, len(chain.rows) - 1))
    rows = [dict(row) for row in chain.rows]
    rows[at]["reason"] += "!"
    previous = rows[at]["previous"]
    for row in rows[at:]:
        row |= {"previous": previous, "hash": link(previous, row)}
        previous = row["hash"]
    assert first_break(rows) is None
    assert "rewritten" in first_break(rows, chain.head).sentence


@given(chains())
def test_half_a_character_is_a_change_not_a_crash(chain):
    rows = [dict(row) for row in chain.rows]
    rows[-1]["reason"] = "\ud800"
    assert first_break(rows, chain.head).seq == len(rows)


@given(chains())
def test_the_bytes_can_be_recomputed_with_a_standard_library_only(chain):
    for row in chain.rows:
        again = {name: row[name] for name in sorted(FIELDS)}
        assert canonical(row) == json.dumps(again, ensure_ascii=False, separators=(",", ":")).encode()
        assert json.loads(canonical(row)) == again


def test_each_break_is_one_sentence():
    row = dict.fromkeys(FIELDS, "") | {"seq": 1}
    row |= {"previous": GENESIS, "hash": link(GENESIS, row)}
    sentences = {
        first_break([{**row, "seq": 2}]).sentence,
        first_break([{**row, "previous": "f" * 64}]).sentence,
        first_break([{**row, "actor": "x"}]).sentence,
        first_break([row], (2, "f" * 64)).sentence,
        first_break([row], (1, "f" * 64)).sentence,
        first_break([row], (0, GENESIS)).sentence,
    }
    assert len(sentences) == 6


def test_an_entry_without_its_fields_is_a_mistake_of_the_caller():
    with pytest.raises(KeyError):
        first_break([{"seq": 1}])


@given(chains(), st.data())
def test_a_field_that_is_no_text_is_written_as_json_writes_it(chain, data):
    row = dict(chain.rows[0])
    name = data.draw(st.sampled_from(FIELDS))
    row[name] = data.draw(
        st.one_of(st.none(), st.booleans(), st.floats(allow_nan=False), st.lists(TEXT), st.integers())
    )
    again = {field: row[field] for field in sorted(FIELDS)}
    assert canonical(row) == json.dumps(again, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
