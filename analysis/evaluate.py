"""What the suite reaches on texts it has not seen, by grouped cross-validation over the labels read twice.

Near-duplicates of a held-out text leave the training rows too, also those read once; thresholds are chosen inside each training
part. Intervals are 95 % bootstrap over the held-out texts.

    python -m analysis.evaluate --cv --data ../shared/data [--output OUT.jsonl]
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis import datasets
from analysis.assess import assess
from analysis.datasets import Labelled
from analysis.distil import load_vectors
from analysis.heads.choose import Costs
from analysis.heads.fit import RECIPE, Recipe, fit
from analysis.metrics import average_precision, f1, interval, precision_at_recall, quadratic_kappa
from analysis.records import GRAVE, SERIOUS, Assessment, Text
from analysis.text.document import read
from analysis.train import load_labelled

_SIGNALS = "SCGRLV"  # the others are too rare among the labels to score
FOLDS = 5


def cross_validate(rows: Sequence[Labelled], recipe: Recipe = RECIPE, seed: int = 0) -> list[Assessment]:
    """Assessments of the rows read twice (weight 1), each by a suite that saw none of its near-duplicates."""
    from sklearn.model_selection import StratifiedGroupKFold

    documents = [read(row.title, row.body).document for row in rows]
    groups = np.array(datasets.groups([f"{row.title}\n{row.body}" for row in rows]))
    tested = np.array([number for number, row in enumerate(rows) if row.weight == 1])
    strata = [2 * rows[number].level + rows[number].transport for number in tested]
    vectors = load_vectors()
    out: dict[int, Assessment] = {}
    for _, held in StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed).split(tested, strata, groups[tested]):
        hidden = set(groups[tested[held]])
        seen = [number for number in range(len(rows)) if groups[number] not in hidden]
        suite = fit(
            [rows[n] for n in seen], [documents[n] for n in seen], groups[seen].tolist(), vectors, recipe, Costs()
        )
        texts = [Text(rows[n].id, rows[n].title, rows[n].body) for n in tested[held]]
        out |= dict(zip(tested[held].tolist(), assess(suite, "cross-validation", texts), strict=True))
    return [out[number] for number in sorted(out)]


def figures(rows: Sequence[Labelled], given: Sequence[Assessment]) -> dict[str, dict[str, float]]:
    """Each figure with its 95 % interval: {"name": {"value", "low", "high"}}."""
    out = {}
    for name, figure in _figures(rows, given).items():
        low, high = interval(figure, len(rows))
        out[name] = {"value": round(figure(np.arange(len(rows))), 4), "low": round(low, 4), "high": round(high, 4)}
    return out


Figure = Callable[[NDArray[np.int64]], float]


def _figures(rows: Sequence[Labelled], given: Sequence[Assessment]) -> dict[str, Figure]:
    transport, risk, level = (np.array([getattr(r, name) for r in rows]) for name in ("transport", "risk", "level"))
    sector, chance = (np.array([getattr(g, name) for g in given]) for name in ("transport", "risk"))
    told, flagged = np.array([g.level for g in given]), np.array([g.flagged for g in given])
    topic = np.array([g.topic in r.topics for r, g in zip(rows, given, strict=True)])
    need = np.array([g.need in r.needs for r, g in zip(rows, given, strict=True)])

    def share(right: NDArray[Any], of: NDArray[Any]) -> Figure:
        return lambda i: float((right[i] & of[i]).sum() / max(of[i].sum(), 1))

    found: dict[str, Figure] = {
        "transport_ap": lambda i: average_precision(transport[i], sector[i]),
        "risk_ap": lambda i: average_precision(risk[i], chance[i]),
        "risk_p_at_r95": lambda i: precision_at_recall(risk[i], chance[i], 0.95),
        "flagged_precision": share(risk == 1, flagged),
        "flagged_recall": share(flagged, risk == 1),
        "topic_acc": share(topic, transport == 1),
        "need_acc": share(need, np.ones(len(rows), bool)),
        "level_qwk": lambda i: quadratic_kappa(level[i], told[i]),
        "level2_recall": share(told >= SERIOUS, level >= SERIOUS),
        "level2_precision": share(level >= SERIOUS, told >= SERIOUS),
        "level3_missed": lambda i: float(((level[i] == GRAVE) & ~flagged[i]).sum()),
        "brier": lambda i: float(np.mean((chance[i] - risk[i]) ** 2)),
    }
    for name in _SIGNALS:
        truth = np.array([name in r.signals for r in rows])
        guess = np.array([name in g.signals for g in given])
        found[f"signal_{name}"] = lambda i, t=truth, g=guess: f1(t[i], g[i])  # type: ignore[misc]
    return found


def reliability(rows: Sequence[Labelled], given: Sequence[Assessment], bins: int = 10) -> list[dict[str, float]]:
    """The reliability diagram of the risk probability as numbers: mean given, share true and count of each tenth."""
    chance = np.array([g.risk for g in given])
    risk = np.array([r.risk for r in rows])
    order = np.array_split(np.argsort(chance, kind="stable"), bins)
    return [
        {"given": round(float(chance[part].mean()), 3), "true": round(float(risk[part].mean()), 3), "n": len(part)}
        for part in order
    ]


def serious_scores(rows: Sequence[Labelled], given: Sequence[Assessment], points: int = 100) -> dict[str, Any]:
    """Quantiles of the scores of serious texts (level ≥ 2) that were not seen: from them a desk without verdicts tells its recall."""
    scores = [g.risk for r, g in zip(rows, given, strict=True) if r.level >= SERIOUS]
    ranks = (np.arange(points) + 0.5) / points
    return {"n": len(scores), "quantiles": [round(float(q), 4) for q in np.quantile(scores, ranks)]}


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; prints one JSON object."""
    parser = argparse.ArgumentParser(prog="python -m analysis.evaluate", description="Cross-validate the suite.")
    parser.add_argument("--cv", action="store_true", required=True, help="grouped cross-validation (the only mode)")
    parser.add_argument("--data", type=Path, required=True, help="folder with the labelled files")
    parser.add_argument("--output", type=Path, help="write the held-out assessments as .jsonl")
    parser.add_argument("--seed", type=int, default=0)
    chosen: Any = parser.parse_args(arguments)
    rows = load_labelled(chosen.data)
    given = cross_validate(rows, RECIPE, chosen.seed)
    tested = [row for row in rows if row.weight == 1]
    if chosen.output:
        lines = (
            json.dumps({"id": r.id, **g.to_dict()}, ensure_ascii=False) for r, g in zip(tested, given, strict=True)
        )
        chosen.output.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    page = {"n": len(tested), "figures": figures(tested, given), "reliability": reliability(tested, given)}
    page["serious_scores"] = serious_scores(tested, given)
    sys.stdout.write(json.dumps(page, ensure_ascii=False) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
