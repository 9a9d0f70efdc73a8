"""The examples of docs/sources.md are real: the complete one loads, and every key that exists is explained."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

from crawlers.catalogue import read
from crawlers.reports import STATES
from crawlers.sources import BrowserRules, Card, DetailRules, ListRules, LookBack, Pace, PostRules, Source

DOCS = (Path(__file__).parents[3] / "docs" / "sources.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```toml\n(.*?)```", DOCS, re.DOTALL)


def test_the_complete_example_loads(tmp_path: Path) -> None:
    path = tmp_path / "example.toml"
    path.write_text(EXAMPLES[0], encoding="utf-8")
    source = read(path)
    assert (source.name, source.enabled) == ("ferry-board", True)
    assert (source.pace, source.timezone) == (Pace(), "Asia/Shanghai"), "the example shows the defaults"


def test_every_key_and_state_is_explained() -> None:
    records = (Source, Card, Pace, ListRules, DetailRules, PostRules, LookBack, BrowserRules)
    keys = {field.name for record in records for field in dataclasses.fields(record)}
    shown = set(re.findall(r"(?m)^(?:# )?\[?(\w+)\]?(?: =|\])", "\n".join(EXAMPLES))) | set(
        re.findall(r"\[(\w+)\]", DOCS)
    )
    assert keys - shown == set()
    assert {state for state in STATES if f"`{state}`" not in DOCS} == set()
