"""Masking is scored over a table of tricky cases, and is bounded in time, idempotent and blind to what is not personal."""

from __future__ import annotations

import re
import time
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.api import mask

TABLE = tomllib.loads(Path(__file__).with_name("masking_cases.toml").read_text(encoding="utf-8"))
CASES = [(group, line) for group, lines in TABLE.items() for line in lines.strip("\n").split("\n")]
SECRET = re.compile("⟦(.*?)⟧")
FLOOR = 1.0


def expected(case: str) -> re.Pattern[str]:
    """What masking must give: every secret as a bracketed word, the rest to the letter."""
    pieces = SECRET.split(case)
    kept = [re.escape(piece) for piece in pieces[::2]]
    return re.compile(r"\[[\u4e00-\u9fa5]{2,3}\]".join(kept))


def right(case: str) -> bool:
    return expected(case).fullmatch(mask(SECRET.sub(r"\1", case))) is not None


def score() -> tuple[float, float]:
    """Precision (cases with nothing personal that stay untouched) and recall (secrets that are gone)."""
    clean = [line for _, line in CASES if "⟦" not in line]
    secrets = [(SECRET.sub(r"\1", line), secret) for _, line in CASES for secret in SECRET.findall(line)]
    kept = sum(mask(line) == line for line in clean)
    gone = sum(secret.strip() not in mask(text) for text, secret in secrets)
    return kept / len(clean), gone / len(secrets)


def test_the_table_is_large_enough() -> None:
    assert len(CASES) >= 300
    assert len({line for _, line in CASES}) == len(CASES)


@pytest.mark.parametrize("group", TABLE)
def test_a_group_of_cases(group: str) -> None:
    wrong = {line: mask(SECRET.sub(r"\1", line)) for name, line in CASES if name == group and not right(line)}
    assert wrong == {}


def test_the_score() -> None:
    precision, recall = score()
    assert precision >= FLOOR
    assert recall >= FLOOR


def test_masking_twice_changes_nothing() -> None:
    once = [mask(SECRET.sub(r"\1", line)) for _, line in CASES]
    assert [mask(line) for line in once] == once


@given(st.text("我本人叫姓名张三 湘A1230-@.QQ电话：，。[]“”网友您好栋单元室一二", max_size=60))
def test_any_text_is_masked_once_and_for_all(text: str) -> None:
    assert mask(mask(text)) == mask(text)


HOSTILE = [
    "1 ", "13", "湘A", "a", "a.a@", "一", "0731 ", "本人王", "QQ", "电话1", "6222 ", " ", "3栋", "姓名：", "一 ", "[", "微信 ", "网友", "1栋一",
]  # fmt: skip


@pytest.mark.parametrize("piece", HOSTILE)
def test_a_megabyte_of_anything_takes_seconds(piece: str) -> None:
    started = time.process_time()
    mask(piece * (100_000 // len(piece)))
    assert time.process_time() - started < 1, "a tenth of a megabyte; time grows with length and no faster"
