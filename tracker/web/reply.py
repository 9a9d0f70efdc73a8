"""How an answer to the public reads to the machine, in words for the writer and the verifier (the gate is `risks.replies`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tracker.risks.models import Risk
from tracker.risks.replies import weighed


@dataclass(frozen=True, slots=True)
class Check:
    """`tone` is a clock's tone (met, soon, late); the three shares are 0..100."""

    words: str
    tone: str
    relevant: int
    complete: int
    concrete: int


VERDICTS: Final[dict[str, tuple[str | Promise, str]]] = {
    "answered": (_("看起来答到了点上"), "met"),
    "partial": (_("只答了一部分：请写明查了什么、做了什么、何时完成"), "soon"),
    "empty": (_("像是空话：没有写出查了什么、做了什么"), "late"),
}


def checked(risk: Risk, answer: str) -> Check | None:
    """The machine's opinion of `answer` to the gravest post behind `risk`; nothing where there is nothing to compare."""
    found = weighed(risk, answer)
    if found is None:
        return None
    words, tone = VERDICTS[found.verdict]
    return Check(str(words), tone, *(round(100 * share) for share in (found.relevant, found.complete, found.concrete)))
