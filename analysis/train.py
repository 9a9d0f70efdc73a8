"""Training commands: the shipped model by one reproducible command, and any head from a labelled file.

python -m analysis.train --data ../shared/data --output analysis/data/model
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

from analysis import datasets, registry
from analysis.distil import VECTORS, load_vectors
from analysis.events.fit import save_line, save_words
from analysis.heads import store
from analysis.heads.choose import Costs
from analysis.heads.fit import RECIPE, fit
from analysis.records import ModelCard
from analysis.replies.fit import train_replies
from analysis.text.document import read
from analysis.text.segment import cutter_name

LABELS, EXTRA, MESSAGES = "risk_labels.jsonl", "risk_train_extra.tsv", "messages.jsonl.gz"
OTHER = Path(__file__).with_name("data") / "other_labels.tsv"
SINGLE_READING = 0.5  # how far a label read once is trusted beside one read twice
OTHER_READING = 0.25  # texts of another time and board, read once and mostly without their stop words


def load_labelled(data: Path) -> list[datasets.Labelled]:
    """All labelled messages of the data folder: read twice first, then read once, then of the category files, at falling weight."""
    messages = datasets.read_messages(data / MESSAGES)
    once = datasets.read_labels(data / EXTRA, messages, SINGLE_READING)
    return datasets.read_labels(data / LABELS, messages) + once + datasets.read_other_labels(OTHER, data, OTHER_READING)


def train_shipped(
    data: Path, output: Path, created: str = "2026-11-26", metrics: dict[str, Any] | None = None
) -> ModelCard:
    """Train the shipped model from the data folder; the same data and packages give the same arrays.

    `metrics` are the cross-validated figures of the same recipe (`analysis.evaluate --cv`), for the card.
    """
    rows = load_labelled(data)
    documents = [read(row.title, row.body).document for row in rows]
    groups = datasets.groups([f"{row.title}\n{row.body}" for row in rows])
    costs = Costs()
    suite = fit(rows, documents, groups, load_vectors(), RECIPE, costs)
    arrays, extra = store.to_arrays(suite)
    digests = {name: datasets.digest(data / name)[:16] for name in (LABELS, EXTRA, MESSAGES)}
    digests |= {path.name: datasets.digest(path)[:16] for path in (VECTORS, OTHER)}
    extra |= {"recipe": asdict(RECIPE), "costs": costs.to_dict()}
    card = ModelCard(
        f"suite-{created}-{_short(digests)}", created, {"rows": len(rows), "sha256": digests}, versions(), metrics or {}
    )
    registry.save(output, card, arrays, extra)
    return card


def _short(digests: dict[str, str]) -> str:
    return "".join(digest[:2] for digest in digests.values())


def _for_card(path: Path) -> dict[str, Any]:
    """Of what the cross-validation printed, what a card keeps: the figures, and the scores that tell recall at any threshold."""
    page = json.loads(path.read_text(encoding="utf-8"))
    kept: dict[str, Any] = page["figures"] | {name: page[name] for name in ("serious_scores",) if name in page}
    return kept


def versions() -> dict[str, str]:
    """The packages a training result depends on, and the segmenter at work."""
    named = {name: version(name) for name in ("scikit-learn", "numpy", "scipy", "jieba", "rjieba", "opencc")}
    return {**named, "segmenter": cutter_name()}


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; prints the version written."""
    parser = argparse.ArgumentParser(prog="python -m analysis.train", description=main.__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with the labelled files")
    parser.add_argument("--output", type=Path, default=registry.SHIPPED, help="model folder to write")
    parser.add_argument("--metrics", type=Path, help="what `python -m analysis.evaluate --cv` printed, for the card")
    chosen: Any = parser.parse_args(arguments)
    try:
        metrics = _for_card(chosen.metrics) if chosen.metrics else None
        card = train_shipped(chosen.data, chosen.output, metrics=metrics)
        if chosen.output == registry.SHIPPED:
            train_replies(chosen.data)
            save_words(chosen.data)
            save_line(chosen.data)
    except datasets.DataError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"{card.version}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
