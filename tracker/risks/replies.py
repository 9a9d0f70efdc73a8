"""The reply check as a gate: an answer that says nothing to the citizen does not close an item, unless a person says why it may.

The machine can be wrong, so whoever applies or verifies may overrule it with a reason; verdict and reason go into the ledger.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from tracker.risks.errors import Unanswered
from tracker.risks.models import Risk
from tracker.risks.selectors import source_posts

if TYPE_CHECKING:
    from analysis.api import ReplyCheck

# What does not pass: a partly given answer does, with its verdict on the record.
NOT_AN_ANSWER = "empty"


def weighed(risk: Risk, answer: str) -> ReplyCheck | None:
    """How `answer` reads beside the gravest post behind `risk`; None where there is nothing to compare."""
    from analysis.api import check_reply

    post = source_posts(risk).order_by("-level", "-risk", "id").first()
    return check_reply(post.title, post.body, answer) if post and answer.strip() else None


def gate(risk: Risk, answer: str, overrule: str) -> dict[str, Any]:
    """What the entry keeps of the check; Incomplete when the answer reads as empty and nobody says why it is enough."""
    found = weighed(risk, answer)
    if found is None:
        return {}
    kept = {"reply_check": {"verdict": found.verdict, "complete": round(found.complete, 3)}}
    if found.verdict != NOT_AN_ANSWER:
        return kept
    if not overrule.strip():
        raise Unanswered(_("答复核对未通过：没有看出查了什么、做了什么、结果如何。请补充答复，或写明理由由人决定"))
    return kept | {"overrule": overrule.strip()}
