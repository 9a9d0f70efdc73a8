"""A challenger from decided texts: the champion's own arrays with a fresh correction, in a folder of its own, and its comparison.

It always starts from the trained suite, never from an earlier correction, so corrections do not pile up on each other and every
verdict counts once.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from analysis import registry
from analysis.api import Analyser
from analysis.compare import Figures, figures
from analysis.correction import Corrected, Correction, Decided, learn
from analysis.heads.store import from_arrays
from analysis.records import ModelCard, Text
from analysis.text.document import read

_MARK = ".v"


def build_challenger(base: Path | None, rows: Sequence[Decided], models: Path, created: datetime) -> ModelCard:
    """Learn a correction of the model in `base` (None: the shipped one) from `rows`, into a folder of `models`; its card."""
    source = base or registry.SHIPPED
    card, arrays, extra = registry.load(source)
    plain = {name: array for name, array in arrays.items() if not name.startswith("correction.")}
    correction = _learned(plain, extra, rows)
    said = json.dumps([asdict(row) for row in rows], ensure_ascii=False, sort_keys=True)
    digest = hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()
    root = card.version.partition(_MARK)[0]
    version = f"{root}{_MARK}{created:%Y%m%d}-{digest[:8]}"
    about = {**card.data, "verdicts": {"rows": len(rows), "sha256": digest}}
    made = ModelCard(
        version, created.date().isoformat(), about, card.versions, card.metrics,
        "a correction of the trained suite, learned from analysts' verdicts; the figures are those of the suite",
    )  # fmt: skip
    registry.save(models / version, made, {**plain, **correction.arrays()}, extra)
    return made


def _learned(arrays: registry.Arrays, extra: dict[str, object], rows: Sequence[Decided]) -> Correction:
    suite = from_arrays(arrays, extra)
    documents = [read(row.title, row.body).document for row in rows]
    found, _rows, _hits = suite.read(documents)
    return learn(rows, documents, found)


def compare_models(
    champion: Analyser, challenger: Analyser, sets: dict[str, Sequence[Decided]]
) -> dict[str, tuple[Figures, Figures]]:
    """Set → (champion's figures, challenger's), each model at its own threshold, both on the same texts."""
    return {name: (_reached(champion, rows), _reached(challenger, rows)) for name, rows in sets.items() if rows}


def _reached(model: Analyser, rows: Sequence[Decided]) -> Figures:
    return figures(rows, model.assess([Text("", row.title, row.body) for row in rows]))


def trial(base: Path | None, rows: Sequence[Decided], flag: float | None = None) -> Analyser:
    """The same recipe on `rows`, kept in memory: what a challenger would have been without the newest verdicts."""
    card, arrays, extra = registry.load(base or registry.SHIPPED)
    plain = {name: array for name, array in arrays.items() if not name.startswith("correction.")}
    model = Analyser(Corrected.of(from_arrays(plain, extra), _learned(plain, extra, rows)), card)
    return model if flag is None else model.flagging_at(flag)
