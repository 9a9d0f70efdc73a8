"""Seconds of a processor for computing and for writing one span, in one process, on the store of YIDAN_HOME: run as `python -m tests.bench.rescoring SPAN …`."""

from __future__ import annotations

import json
import sys
import time

import django

django.setup()

from analysis.records import Assessment, Text
from tracker.intake.rescoring import span_rescore
from tracker.intake.understanding import Understanding

if __name__ == "__main__":
    understanding, computing = Understanding(), [0.0]

    def timed(texts: list[Text]) -> list[Assessment]:
        start = time.process_time()
        found = understanding.assess(texts)
        computing[0] += time.process_time() - start
        return found

    warm, *spans = sys.argv[1:]
    span_rescore(span=warm, assess=timed)
    computing[0], start = 0.0, time.process_time()
    written = sum(span_rescore(span=span, assess=timed) for span in spans)
    whole = time.process_time() - start
    sys.stdout.write(
        json.dumps(
            {"compute": computing[0] / len(spans), "write": (whole - computing[0]) / len(spans), "posts": written}
        )
    )
