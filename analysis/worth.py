"""What a user dictionary would give the heads: their first stage over the same folds, with the general dictionary's words and with it.

    python -m analysis.worth --data ../shared/data [--dictionary FILE]

The first stage alone, because it is where words enter and takes a minute; three foldings, because one differs from the next by a point.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold

from analysis import datasets
from analysis.distil import load_vectors
from analysis.evaluate import FOLDS
from analysis.features import learn_vocabulary, vectorise
from analysis.heads import ridge
from analysis.heads.fit import RECIPE, targets
from analysis.heads.suite import OUTPUTS
from analysis.layout import Document
from analysis.metrics import average_precision, precision_at_recall
from analysis.records import NEEDS, SERIOUS, TOPICS
from analysis.text.dictionary import SHIPPED, DictionaryError, read_dictionary
from analysis.text.normalise import normalise
from analysis.text.segment import Cut, cut, cutter
from analysis.train import load_labelled

_FOLDINGS = 3


def first_stage(rows: Sequence[datasets.Labelled], by: Cut, groups: Sequence[int]) -> dict[str, float]:
    """Figures of the labels read twice, each text scored by a stage that saw none of its near-duplicates; means of the foldings."""
    texts = [(normalise(row.title).text, normalise(row.body).text) for row in rows]
    documents = [Document(title, body, by(title), by(body)) for title, body in texts]
    vocabulary = learn_vocabulary(documents, RECIPE.block_weights, RECIPE.least_documents)
    matrix = ridge.sparse(vectorise(vocabulary, documents)[0], len(vocabulary))
    prior = ridge.Prior.of(vocabulary, matrix, load_vectors(), RECIPE.vector_weights)
    gram = np.asarray((matrix @ matrix.T).todense(), np.float64) + prior.gram
    found = [_figures(rows, gram, np.array(groups), seed) for seed in range(_FOLDINGS)]
    return {name: round(float(np.mean([one[name] for one in found])), 4) for name in found[0]}


def _figures(rows: Sequence[datasets.Labelled], gram: Any, groups: Any, seed: int) -> dict[str, float]:
    wanted, trust = targets(rows), np.array([row.weight for row in rows])
    tested = np.flatnonzero(trust == 1)
    strata = [2 * rows[n].level + rows[n].transport for n in tested.tolist()]
    scores = np.zeros_like(wanted)
    for _, held in StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed).split(tested, strata, groups[tested]):
        seen, asked = np.flatnonzero(~np.isin(groups, groups[tested[held]])), tested[held]
        dual, bias = ridge.solve(gram[np.ix_(seen, seen)], wanted[seen], trust[seen], RECIPE.penalty)
        scores[asked] = gram[np.ix_(asked, seen)] @ dual + bias
    of = {name: scores[tested, number] for number, name in enumerate(OUTPUTS)}
    told = [rows[n] for n in tested.tolist()]
    topic, need = (np.stack([of[name] for name in names], axis=1).argmax(axis=1) for names in (TOPICS, NEEDS))
    risk = np.array([row.risk for row in told])
    return {
        "transport_ap": average_precision(np.array([row.transport for row in told]), of["transport"]),
        "risk_ap": average_precision(risk, of["risk"]),
        "risk_p_at_r95": precision_at_recall(risk, of["risk"], 0.95),
        "level2_ap": average_precision(np.array([int(row.level >= SERIOUS) for row in told]), of["level 2"]),
        "topic_acc": float(
            np.mean([TOPICS[t] in row.topics for t, row in zip(topic, told, strict=True) if row.transport])
        ),
        "need_acc": float(np.mean([NEEDS[n] in row.needs for n, row in zip(need, told, strict=True)])),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; prints one JSON object."""
    parser = argparse.ArgumentParser(prog="python -m analysis.worth", description="What a user dictionary gives.")
    parser.add_argument("--data", type=Path, required=True, help="folder with the labelled files")
    parser.add_argument("--dictionary", type=Path, default=SHIPPED, help="one word a line, as jieba reads it")
    chosen: Any = parser.parse_args(arguments)
    try:
        ways = {"general": cut, "with the dictionary": cutter(read_dictionary(chosen.dictionary))}
        rows = load_labelled(chosen.data)
    except (datasets.DataError, DictionaryError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    groups = datasets.groups([f"{row.title}\n{row.body}" for row in rows])
    page = {name: first_stage(rows, by, groups) for name, by in ways.items()}
    sys.stdout.write(json.dumps(page, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
