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


def stack() -> list[str]:
    """What worked, the shipped model first and the champion last, without what a rollback left behind."""
    found = [""]
    for move, version in Promotion.objects.order_by("id").values_list("move", "version"):
        if move == Move.PROMOTE:
            found.append(version)
        else:
            while found[-1] != version and len(found) > 1:
                found.pop()
    return found


def before_last() -> str | None:
    """What worked before the champion and can still be loaded; None for the shipped model, which nothing precedes.

    A model that a newer program no longer reads, or whose folder was changed, is passed over: going back must always be possible.
    """
    earlier = stack()[:-1]
    return next((version for version in reversed(earlier) if not version or _loads(version)), None)


def _loads(version: str) -> bool:
    row = ModelVersion.objects.filter(version=version).first()
    try:
        load(Working(version, row.digest if row else ""))
    except ModelError:
        return False
    return True


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
    if path is None:
        found = Analyser.load()
    else:
        try:
            found = _registered(path, at.digest)
        except ModelError as error:
            raise ModelError(f"{error} Until then `yidan model rollback` goes back to one that works.") from error
    return found if at.threshold is None else found.flagging_at(at.threshold)


def _registered(path: Path, digest: str) -> Analyser:
    if fingerprint(path) != digest:
        raise ModelError(
            f"The model {path} is not the one that was registered: its card has another digest; restore it."
        )
    return Analyser.load(path)
