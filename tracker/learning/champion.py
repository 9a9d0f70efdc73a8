"""Which model works, and at which threshold: what intake asks before every batch, so that a promotion needs no restart."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from analysis.api import Analyser, ModelError, fingerprint
from tracker.learning.models import ModelVersion, Move, Promotion
from tracker.posts.statements import in_force


@dataclass(frozen=True, slots=True)
class Working:
    """`version` empty: the shipped model. `threshold` None: the one the model was trained with."""

    version: str = ""
    digest: str = ""
    threshold: float | None = None


def working() -> Working:
    """What works now."""
    version, threshold = champion(), in_force("cost")["threshold"] or None
    row = ModelVersion.objects.filter(version=version).first() if version else None
    return Working(version, row.digest if row else "", threshold)


def champion() -> str:
    """The version promoted last, or the one a rollback went back to; empty for the shipped model."""
    last = Promotion.objects.order_by("-id").first()
    return last.version if last else ""


def before_last() -> str | None:
    """What worked before the champion was promoted; None for the shipped model, which nothing precedes."""
    stack = [""]
    for move, version in Promotion.objects.order_by("id").values_list("move", "version"):
        if move == Move.PROMOTE:
            stack.append(version)
        elif len(stack) > 1:
            stack.pop()
    return stack[-2] if len(stack) > 1 else None


def folder(version: str) -> Path | None:
    """Where `version` is kept; None for the shipped one."""
    models: Path = settings.ENV.models
    return models / version if version else None


def digest_of(path: Path | None) -> str:
    """The fingerprint of a model's folder; empty for the shipped one."""
    return fingerprint(path) if path else ""


def load(at: Working) -> Analyser:
    """The analyser that `at` describes; ModelError (one sentence) where the folder is not, byte for byte, the one promoted."""
    path = folder(at.version)
    if path is not None and fingerprint(path) != at.digest:
        raise ModelError(
            f"The model {path} is not the one that was registered: its card has another digest; restore it, or run `yidan model rollback`."
        )
    found = Analyser.load(path)
    return found if at.threshold is None else found.flagging_at(at.threshold)
