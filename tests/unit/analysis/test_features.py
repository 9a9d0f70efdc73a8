"""Sparse rows against a slow obvious count, and the way from arrays back."""

import numpy as np

from analysis.features import (
    BLOCKS,
    BODY_WORD,
    CHAR,
    TITLE_CHAR,
    TITLE_WORD,
    Vocabulary,
    learn_vocabulary,
    scores,
    vectorise,
)
from analysis.layout import Document, Table

DOCUMENTS = [
    Document("红灯坏了", "路口红灯坏了没人修", ["红灯", "坏了"], ["路口", "红灯", "坏了", "没人", "修"]),
    Document("红灯", "红灯红灯", ["红灯"], ["红灯", "红灯"]),
    Document("", "没人修", [], ["没人", "修"]),
]
WEIGHTS = (0.5, 1.0, 0.25, 0.5)


def vocabulary() -> Vocabulary:
    return learn_vocabulary(DOCUMENTS, WEIGHTS, 2)


def spelled(known: Vocabulary) -> list[tuple[int, str]]:
    """(block, feature in words) of every key, decoded without the code under test."""
    words = list(known.words)
    letters = {int(number): chr(code) for code, number in enumerate(known.chars) if number}
    out = []
    for key in known.keys.tolist():
        block, rest = key >> 60, key & ((1 << 60) - 1)
        if block in (TITLE_CHAR, CHAR):
            out.append((block, letters[rest >> 14] + letters[rest & 0x3FFF]))
        else:
            out.append((block, words[rest - 1]))
    return out


def test_features_are_words_and_pairs_of_characters() -> None:
    features = spelled(vocabulary())
    assert (TITLE_WORD, "红灯") in features
    assert (BODY_WORD, "没人") in features
    assert (CHAR, "人修") in features
    assert (TITLE_CHAR, "红灯") in features
    assert all(len(text) <= 2 for _, text in features)


def test_every_key_is_found_and_no_other() -> None:
    random = np.random.default_rng(2)
    keys = np.unique(random.integers(1, 1 << 62, 5000).astype(np.uint64))
    table = Table(keys)
    assert (table.find(keys) == np.arange(len(keys))).all()
    others = np.setdiff1d(random.integers(1, 1 << 62, 5000).astype(np.uint64), keys)
    assert (table.find(others) == -1).all()
    assert (Table(keys[:0]).find(keys) == -1).all()


def test_each_block_has_the_length_of_its_weight() -> None:
    known = vocabulary()
    rows, _ = vectorise(known, DOCUMENTS)
    blocks = (known.keys >> np.uint64(60)).astype(int)
    first = slice(rows.starts[0], rows.starts[1])
    for block in range(len(BLOCKS)):
        values = rows.values[first][blocks[rows.columns[first]] == block]
        if len(values):
            assert np.isclose(np.sqrt((values**2).sum()), WEIGHTS[block], atol=1e-5)


def test_hits_point_at_their_characters() -> None:
    known = vocabulary()
    _, hits = vectorise(known, DOCUMENTS)
    features = spelled(known)
    for row, column, start, end in zip(hits.rows, hits.columns, hits.starts, hits.ends, strict=True):
        document = DOCUMENTS[row]
        assert f"{document.title}\n{document.body}"[start:end] == features[column][1]


def test_hits_name_their_entry_of_the_row() -> None:
    rows, hits = vectorise(vocabulary(), DOCUMENTS)
    assert (rows.columns[hits.cells] == hits.columns).all()
    assert (np.searchsorted(rows.starts, hits.cells, side="right") - 1 == hits.rows).all()


def test_scores_are_rows_times_weights() -> None:
    known = vocabulary()
    rows, _ = vectorise(known, DOCUMENTS)
    weights = np.random.default_rng(1).normal(size=(len(known), 4)).astype(np.float32)
    dense = np.zeros((3, len(known)))
    for row in range(3):
        part = slice(rows.starts[row], rows.starts[row + 1])
        dense[row, rows.columns[part]] = rows.values[part]
    assert np.allclose(scores(rows, weights), dense @ weights, atol=1e-5)


def test_a_vocabulary_survives_as_plain_arrays() -> None:
    known = vocabulary()
    again = Vocabulary.from_arrays(known.arrays())
    assert again.words == known.words
    assert (again.keys == known.keys).all()


def test_no_texts_and_unknown_texts_give_empty_rows() -> None:
    assert len(vectorise(vocabulary(), [])[0]) == 0
    rows, _ = vectorise(vocabulary(), [Document("", "", [], [])])
    assert rows.starts.tolist() == [0, 0]
