"""Evidence comes in: asked first whether it is allowed, then cleaned and scanned, so that a refused upload leaves nothing on disk."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from tracker.accounts.actors import Actor
from tracker.risks import files
from tracker.risks.cleaning import cleaned, scanned
from tracker.risks.errors import Incomplete
from tracker.risks.lifecycle import Act
from tracker.risks.models import Attachment, Risk
from tracker.risks.policies import refusal
from tracker.risks.side_acts import risk_attach
from tracker.risks.swap import fetch, view_of

MOST_FILES = 60
# An upload takes seconds from its file to its row: what has had none for a day will never have one.
GRACE = timedelta(days=1)


def evidence_take(
    *, risk: int, version: int, actor: Actor, now: datetime, root: Path, name: str, read: Callable[[], bytes]
) -> Risk:
    """Store what `read` gives under `root` and record it on the risk; a `Refused` says why not."""
    row = fetch(risk)
    if refused := refusal(Act.ATTACH, view_of(row), actor):
        raise refused
    if row.attachments.count() >= MOST_FILES:
        raise Incomplete(_("一件事最多 {most} 份凭证").format(most=MOST_FILES))
    brought = read()
    files.bounded(brought)
    scanned(brought, settings.ENV.scan)
    content = cleaned(brought)
    digest, kind = files.store(root, content)
    return risk_attach(
        risk=risk, version=version, actor=actor, now=now, digest=digest, name=name or digest[:12], content_type=kind,
        size=len(content), original=sha256(brought).hexdigest(),
    )  # fmt: skip


def left_behind(*, root: Path, now: datetime) -> Iterator[Path]:
    """Files under `root` of uploads that were cut off before their row was written, a day ago or longer."""
    for path in files.older(root, now - GRACE):
        if not Attachment.objects.filter(digest=path.name).exists():
            yield path


def left_behind_remove(*, root: Path, now: datetime) -> int:
    """Remove them; returns how many. Nothing names them, so no entry does: whoever had brought them got no answer."""
    gone = 0
    for path in left_behind(root=root, now=now):
        path.unlink(missing_ok=True)
        gone += 1
    return gone
