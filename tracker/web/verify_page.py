"""Everything the verifier's side-by-side page shows."""

from __future__ import annotations

from typing import Any, Final

from tracker.risks.lifecycle import Act
from tracker.risks.models import Risk
from tracker.risks.selectors import source_posts
from tracker.web.clockface import faces
from tracker.web.forms import VersionForm
from tracker.web.middleware import DeskRequest
from tracker.web.reply import checked
from tracker.web.risk_page import buttons
from tracker.web.said import POSTS_SHOWN, said

_ACTS: Final = (Act.VERIFY, Act.APPROVE, Act.SEND_BACK)


def verify_context(
    request: DeskRequest, risk: Risk, *, tried: Act | None = None, bound: VersionForm | None = None, error: str = ""
) -> dict[str, Any]:
    """Template variables; after a refusal with the act that was `tried`, its form as typed and the sentence."""
    posts = source_posts(risk)
    return {
        "risk": risk,
        "clocks": faces(risk, request.now),
        "posts": said(posts[:POSTS_SHOWN]),
        "posts_total": posts.count(),
        "evidence": list(risk.attachments.order_by("id")),
        "check": checked(risk, risk.answer),
        "buttons": [b for b in buttons(risk, request, tried, bound, error) if b.act in _ACTS],
        "error": error,
    }
