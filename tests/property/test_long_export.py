"""An export of 100,000 entries: whichever single one is changed, removed, inserted, repeated or moved, it is named.

YIDAN_EXPORT_SAMPLES sets how many of each are tried (default 2).
"""

from __future__ import annotations

import json
import os
from random import Random

import pytest

from tests.contract.test_verifier_script import run
from tracker.ledger.chain import FIELDS, GENESIS, link
from tracker.ledger.services import ledger_verify_file

ENTRIES = 100_000
SAMPLES = int(os.environ.get("YIDAN_EXPORT_SAMPLES", "2"))


def entry(seq: int, previous: str, reason: str = "现场已看过") -> dict[str, object]:
    row = dict.fromkeys(FIELDS, "") | {"seq": seq, "actor": f"w{seq % 7}", "act": "risk.comment", "reason": reason}
    return row | {"previous": previous, "hash": link(previous, row)}


@pytest.fixture(scope="module")
def lines():
    found, previous = [], GENESIS
    for seq in range(1, ENTRIES + 1):
        row = entry(seq, previous)
        previous = str(row["hash"])
        found.append(json.dumps(row, ensure_ascii=False))
    return found


def changed(lines, at, dice):
    row = json.loads(lines[at])
    name = dice.choice([*FIELDS, "previous", "hash"])
    row[name] = row[name] + 1 if name == "seq" else f"{row[name]}x"
    return [*lines[:at], json.dumps(row), *lines[at + 1 :]], at + 1


def removed(lines, at, dice):
    return lines[:at] + lines[at + 1 :], at + 1


def repeated(lines, at, dice):
    return [*lines[: at + 1], *lines[at:]], at + 2


def inserted(lines, at, dice):
    """A forged entry whose own hash is right: the one behind it gives it away."""
    previous = json.loads(lines[at - 1])["hash"] if at else GENESIS
    return [*lines[:at], json.dumps(entry(at + 1, previous, "forged")), *lines[at:]], at + 2


def moved(lines, at, dice):
    there = dice.choice([n for n in (0, len(lines) // 2, len(lines) - 2) if n != at])
    rest = lines[:at] + lines[at + 1 :]
    return [*rest[:there], lines[at], *rest[there:]], min(at, there) + 1


@pytest.mark.parametrize("tamper", [changed, removed, repeated, inserted, moved], ids=lambda f: f.__name__)
def test_the_first_broken_entry_is_named(lines, tmp_path, tamper):
    dice = Random(tamper.__name__)
    path = tmp_path / "ledger.jsonl"
    for _sample in range(SAMPLES):
        bent, first = tamper(lines, dice.randrange(ENTRIES - 2), dice)
        path.write_text("\n".join(bent) + "\n", encoding="utf-8")
        assert ledger_verify_file(path).seq == first
    code, said = run(path)
    assert (code, f"entry {first} " in said) == (1, True), said


def test_the_untouched_one_holds(lines, tmp_path):
    path = tmp_path / "ledger.jsonl"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert ledger_verify_file(path) is None
