"""An old paper held against the ledger: computed again from where the ledger then stood, and every difference named."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from crawlers.api import Source
from tracker.ledger.models import Entry
from tracker.reports.definitions import CURRENT, redefined, version_of
from tracker.reports.kinds import KINDS
from tracker.reports.paper import Json
from tracker.reports.render.carried import BadPaper, read
from tracker.reports.revisions import differences, in_words_only
from tracker.reports.services import facts_digest, paper_preview, slip_paper
from tracker.reports.slips import KINDS as SLIPS
from tracker.reports.slips import NoSlip
from tracker.risks.models import Risk

__all__ = ["BadPaper", "paper_verify"]


def paper_verify(*, path: Path, sources: Mapping[str, Source] | None = None) -> list[str]:
    """What differs when the paper in the file `path` is computed again from the ledger as it then stood; nothing when it holds.

    BadPaper when the file carries no paper. Differences name the figure and both values; facts outside the ledger (posts that
    came late, crawl runs, corrected words) show as differences too. A paper of older definitions whose figures differ is
    answered with the one sentence that names what was defined anew: its differences prove nothing.
    """
    content = read(path)
    version = version_of(content)
    if version > CURRENT:
        raise BadPaper(f"{path} was written by a newer version of yidan: verify it with that version")
    if "digest" in content and facts_digest(content) != content["digest"]:
        return ["文件里的数字与写出时的摘要不符：文件被改动过"]
    seq, digest = content["ledger"]["seq"], content["ledger"]["hash"]
    if seq and not Entry.objects.filter(seq=seq, hash=digest).exists():
        return [f"台账第{seq}条不是本文所依据的那一条：台账不同，或被改动过"]
    again = _again(content, (seq, digest), path, sources)
    if isinstance(again, str):
        return [again]
    found = differences(content, again)
    if version == CURRENT:
        return found
    figures = [line for line in found if not in_words_only(line)]
    return [f"{redefined(version)}；按现行口径重算有{len(figures)}处不同，不能据此说台账有变"] if figures else []


def _again(content: Json, head: tuple[int, str], path: Path, sources: Mapping[str, Source] | None) -> Json | str:
    """The same paper computed now, or the sentence why the ledger does not give it."""
    kind, name, then = content["kind"], content["period"], datetime.fromisoformat(content["computed_at"])
    if kind in KINDS:
        return paper_preview(kind=kind, period=name, now=then, sources=sources, head=head)
    if kind not in SLIPS:
        raise BadPaper(f"{path} is a {kind} paper, which this version of yidan does not write: verify it with its own")
    risk = Risk.objects.filter(number=name).first()
    if risk is None:
        return f"清单里没有{name}：清单不同，或被改动过"
    try:
        return slip_paper(kind=kind, risk=risk, now=then, head=head)
    except NoSlip:
        return f"按当时的台账，{name}还没有到这张单：台账不同，或被改动过"
