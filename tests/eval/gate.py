"""The quality gate: measured figures against pinned floors, on exactly the data they were pinned on.

`python -m tests.eval.gate FIGURES.json` pins floors anew from the JSON that `python -m analysis.evaluate --cv` prints: it raises them,
and lowers one only with `--lower`, so that a loss of quality is a decision that shows in the diff.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from analysis.datasets import digest

FLOORS = Path(__file__).with_name("floors.json")
FILES = ("risk_labels.jsonl", "risk_train_extra.tsv")
PINNED = (
    "transport_ap", "risk_ap", "risk_p_at_r95", "flagged_recall", "topic_acc", "need_acc", "level_qwk", "level2_recall",
    "level2_precision", "signal_S", "signal_G", "signal_R", "signal_L", "signal_V",
)  # fmt: skip
# How far below its figure a floor lies: a standard error, and a hundredth at least. Another machine's last bits can turn a text or
# two, and those weigh most where a label is rare and its interval wide.
LEAST_SLACK, SHARE_OF_INTERVAL = 0.01, 1 / 4


def failures(figures: Mapping[str, float], floors: Mapping[str, float]) -> list[str]:
    """One sentence for each figure below its floor or missing."""
    return [
        f"{name} is {figures.get(name)}, below its floor {floor}"
        for name, floor in sorted(floors.items())
        if figures.get(name, -1.0) < floor
    ]


def digests(data: Path) -> dict[str, str]:
    """What the floors were measured on."""
    return {name: digest(data / name) for name in FILES}


def slack(entry: Mapping[str, float]) -> float:
    """What a figure {"value", "low", "high"} may lose without failing."""
    return max(LEAST_SLACK, SHARE_OF_INTERVAL * (entry["high"] - entry["low"]))


def raised(old: Mapping[str, float], measured: Mapping[str, Mapping[str, float]], lower: bool) -> dict[str, float]:
    """The new floors: never below the old ones unless `lower`; `ValueError` names what would fall."""
    new = {name: round(measured[name]["value"] - slack(measured[name]), 4) for name in PINNED}
    fallen = sorted(name for name, floor in old.items() if name not in new or measured[name]["value"] < floor)
    if fallen and not lower:
        raise ValueError(f"{', '.join(fallen)} would fall; say --lower if that is meant")
    return new if lower else {name: max(value, old.get(name, -1.0)) for name, value in new.items()}


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tests.eval.gate")
    parser.add_argument("figures", type=Path)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--lower", action="store_true", help="allow floors to fall")
    chosen = parser.parse_args(arguments)
    page = json.loads(FLOORS.read_text())
    measured = json.loads(chosen.figures.read_text())["figures"]
    try:
        floors = raised(page["floors"], measured, chosen.lower)
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    FLOORS.write_text(json.dumps({"data": digests(chosen.data), "floors": floors}, indent=1, sort_keys=True) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
