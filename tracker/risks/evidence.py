"""Evidence comes in: asked first whether it is allowed, so that a refused upload leaves nothing on disk."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from tracker.accounts.actors import Actor
from tracker.risks import files
from tracker.risks.lifecycle import Act
from tracker.risks.models import Risk
from tracker.risks.policies import refusal
from tracker.risks.side_acts import risk_attach
from tracker.risks.swap import fetch, view_of


def evidence_take(
    *, risk: int, version: int, actor: Actor, now: datetime, root: Path, name: str, read: Callable[[], bytes]
) -> Risk:
    """Store what `read` gives under `root` and record it on the risk; a `Refused` says why not."""
    if refused := refusal(Act.ATTACH, view_of(fetch(risk)), actor):
        raise refused
    content = read()
    digest, kind = files.store(root, content)
    return risk_attach(
        risk=risk, version=version, actor=actor, now=now, digest=digest, name=name or digest[:12], content_type=kind,
        size=len(content),
    )  # fmt: skip
