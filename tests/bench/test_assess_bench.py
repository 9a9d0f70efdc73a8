"""P1: assessing messages from end to end, over the usual tools on the same messages with the same heads, one process."""

from pathlib import Path
from statistics import median
from time import process_time

from analysis.api import Analyser
from analysis.datasets import read_messages
from analysis.heads.fit import targets
from analysis.heads.suite import OUTPUTS
from analysis.records import Text
from analysis.train import load_labelled
from tests.bench.conftest import scaled


def test_assessing_against_the_usual_tools(shared: Path, bench):
    messages = list(read_messages(shared / "data" / "messages.jsonl.gz").values())[: scaled(400)]
    texts = [Text(m["id"], m["title"], m["body"], m["created_at"]) for m in messages]
    usual, analyser = usual_tools(shared), Analyser.load()
    analyser.assess(texts[:32])
    usual(texts[:32])
    ratio = cpu(lambda: usual(texts)) / (ours := cpu(lambda: analyser.assess(texts)))
    bench(
        "P1 messages assessed over jieba + TF-IDF + LinearSVC", ratio, reach=">= 8", n=len(texts), ms_each=1000 * ours / len(texts),
        limit="segmentation and normalisation are half; the rest is numpy over batches of 256 and the objects handed out",
    )  # fmt: skip
    assert ratio > 1


def cpu(work) -> float:
    """Seconds of this process's processor, the median of three: other work on the machine does not count."""
    times = []
    for _ in range(3):
        start = process_time()
        work()
        times.append(process_time() - start)
    return median(times)


def usual_tools(shared: Path):
    """What a competent user of the usual tools would write: jieba, one TF-IDF, one LinearSVC a head."""
    import jieba
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.svm import LinearSVC

    rows = [row for row in load_labelled(shared / "data") if row.weight == 1]
    vectoriser = TfidfVectorizer(tokenizer=jieba.lcut, token_pattern=None, lowercase=False, ngram_range=(1, 2))
    table = vectoriser.fit_transform([f"{row.title}\n{row.body}" for row in rows])
    wanted = targets(rows) > 0
    heads = [LinearSVC().fit(table, wanted[:, n]) for n in range(len(OUTPUTS)) if 0 < wanted[:, n].sum() < len(rows)]

    def usual(texts):
        seen = vectoriser.transform([f"{text.title}\n{text.body}" for text in texts])
        return [head.decision_function(seen) for head in heads]

    return usual
