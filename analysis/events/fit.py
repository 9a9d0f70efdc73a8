"""Learning the event index from an archive and labelled pairs: what each word says, and the line that weighs what two posts share.

`python -m analysis.events.fit --data ../shared/data` writes both; with `--measure` it measures instead: the whole archive is placed in
order of time, and shuffled, by lines that never saw the pairs they are judged on (ten folds; pairs with a post in common stay together).
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from analysis import datasets
from analysis.events import pairs as compared
from analysis.events.index import EventIndex
from analysis.events.signature import MOST, Signature, event_words, sign
from analysis.events.words import FREQUENCIES, Floats, learn, table
from analysis.metrics import f1
from analysis.records import Text
from analysis.text.document import read
from analysis.text.places import find_places

MESSAGES, PAIRS = "messages.jsonl.gz", "event_pairs.tsv"
SHRINK = 0.1  # strength of the logistic regression's data term: weights are held short, 214 pairs are few
JOIN = -0.5  # log-odds from which a post joins; best of four values in the ten-fold runs, the next one was .01 behind
_FOLDS = 10
_ORDERS = 2
_BOOTSTRAP = 1000


class Pair(NamedTuple):
    """Two posts, and whether they are one event."""

    one: str
    other: str
    same: bool


def read_pairs(path: Path) -> list[Pair]:
    """The labelled pairs."""
    return [Pair(row["a"], row["b"], row["same"] == "1") for _line, row in datasets.read_rows(path)]


def signatures(data: Path) -> dict[str, Signature]:
    """Every message of the archive as the index reads it, in order of time."""
    out = {}
    for key, row in datasets.read_messages(data / MESSAGES).items():
        document = read(row["title"], row["body"]).document
        out[key] = sign(Text(key, row["title"], row["body"]), find_places(f"{document.title}\n{document.body}"))
    return out


def save_words(data: Path) -> None:
    """Refresh what each word says, from the archive's messages and jieba's counts."""
    import jieba

    posts = [event_words(row["title"], row["body"]) for row in datasets.read_messages(data / MESSAGES).values()]
    jieba.initialize()
    np.savez_compressed(FREQUENCIES, **learn(posts, jieba.dt.FREQ))
    table.cache_clear()


def numbers_of(found: Sequence[Pair], signed: Mapping[str, Signature]) -> Floats:
    """Pairs × numbers, as the index computes them."""
    comparer = compared.Comparer()
    words = np.zeros((2 * len(found), MOST), np.uint32)
    for at, post in enumerate(post for pair in found for post in (pair.one, pair.other)):
        words[at, : len(signed[post].words)] = signed[post].words
    own, other = compared.sought(words[::2]), compared.sought(words[1::2])
    return np.concatenate(
        [
            comparer.numbers_of(
                own.part(n, n + 1),
                other.words[n : n + 1, None],
                other.lengths[n : n + 1, None],
                other.titles[n : n + 1, None],
            )[0]
            for n in range(len(found))
        ]
    )


def fit_line(numbers: Floats, same: Sequence[bool]) -> dict[str, Any]:
    """The line as it is stored: a logistic regression on standardised numbers, written for plain ones."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    scaler = StandardScaler().fit(numbers)
    fitted = LogisticRegression(C=SHRINK).fit(scaler.transform(numbers), same)
    weights = fitted.coef_[0] / scaler.scale_
    bias = float(fitted.intercept_[0] - weights @ scaler.mean_)
    return {
        "numbers": list(compared.NUMBERS), "weights": [round(float(w), 5) for w in weights], "bias": round(bias, 5),
        "join": JOIN, "pairs": len(same),
    }  # fmt: skip


def save_line(data: Path) -> None:
    """Learn the line from all labelled pairs and store it."""
    found = read_pairs(data / PAIRS)
    stored = fit_line(numbers_of(found, signatures(data)), [pair.same for pair in found])
    compared.MODEL.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")
    compared.line.cache_clear()


def place_all(signed: Mapping[str, Signature], order: Sequence[str], by: compared.Line | None = None) -> dict[str, str]:
    """The event of every post when they come in `order`."""
    placed = EventIndex(by).place_many([(key, signed[key]) for key in order])
    return {key: match.event for key, match in zip(order, placed, strict=True)}


def orders(keys: Sequence[str]) -> list[list[str]]:
    """As they came, then shuffled ways."""
    return [list(keys)] + [
        [keys[n] for n in np.random.default_rng(seed).permutation(len(keys))] for seed in range(1, _ORDERS + 1)
    ]


def measure(data: Path) -> dict[str, Any]:
    """F1 on the pairs with its 95 % interval (bootstrap over groups of linked pairs), in each order, each pair judged unseen."""
    from sklearn.model_selection import StratifiedGroupKFold

    found, signed = read_pairs(data / PAIRS), signatures(data)
    numbers, same = numbers_of(found, signed), np.array([pair.same for pair in found])
    groups = linked(found)
    joined = {number: np.zeros(len(found), bool) for number in range(_ORDERS + 1)}
    for seen, held in StratifiedGroupKFold(_FOLDS, shuffle=True, random_state=0).split(numbers, same, groups):
        given = fit_line(numbers[seen], same[seen])
        by = compared.Line(np.array(given["weights"], np.float32), given["bias"], given["join"])
        for number, order in enumerate(orders(list(signed))):
            events = place_all(signed, order, by)
            joined[number][held] = [events[found[n].one] == events[found[n].other] for n in held]
    return {("in order", "shuffled", "shuffled again")[n]: figure(same, got, groups) for n, got in joined.items()}


def figure(same: Any, joined: Any, groups: Sequence[int]) -> dict[str, Any]:
    """F1 and its interval."""
    random, names = np.random.default_rng(0), np.unique(groups)
    members = {name: np.flatnonzero(np.asarray(groups) == name) for name in names}
    values = []
    for _ in range(_BOOTSTRAP):
        drawn = np.concatenate([members[name] for name in random.choice(names, len(names))])
        values.append(f1(same[drawn].tolist(), joined[drawn].tolist()))
    low, high = np.percentile(values, [2.5, 97.5])
    return {
        "f1": round(f1(same.tolist(), joined.tolist()), 4),
        "low": round(float(low), 4),
        "high": round(float(high), 4),
    }


def linked(found: Sequence[Pair]) -> list[int]:
    """The same number for pairs that are linked by posts in common."""
    root: dict[str, str] = {}

    def top(post: str) -> str:
        while root.setdefault(post, post) != post:
            post = root[post]
        return post

    for pair in found:
        root[top(pair.one)] = top(pair.other)
    numbers = {name: number for number, name in enumerate(dict.fromkeys(top(pair.one) for pair in found))}
    return [numbers[top(pair.one)] for pair in found]


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m analysis.events.fit", description=main.__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with messages and labelled pairs")
    parser.add_argument(
        "--measure", action="store_true", help="measure with lines that did not see the pairs; write nothing"
    )
    chosen = parser.parse_args(arguments)
    try:
        if chosen.measure:
            sys.stdout.write(json.dumps(measure(chosen.data), indent=1) + "\n")
        else:
            save_words(chosen.data)
            save_line(chosen.data)
    except datasets.DataError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
