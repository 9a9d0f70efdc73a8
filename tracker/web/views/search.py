"""Full-text search: items of the sheet one may see, and what the public said."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from tracker.posts.fulltext import NEWEST
from tracker.posts.search import posts_with
from tracker.risks.selectors import search as items_with
from tracker.risks.selectors import visible
from tracker.web.access import may_open
from tracker.web.answers import answer, page
from tracker.web.health import sight
from tracker.web.middleware import DeskRequest
from tracker.web.said import brief
from tracker.web.sheet_page import rows

ITEMS = 5
POSTS = 30
LONGEST = 80


@require_GET
@page("search")
def search(request: DeskRequest) -> HttpResponse:
    """Both lists newest first; the posts go on from the key in the address."""
    words = request.GET.get("words", "").strip()[:LONGEST]
    before = request.GET.get("before", "")
    context = {
        "words": words,
        "sight": sight(request.now),
        "first": not before,
        "may_judge": may_open("queue", request.actor),
    }
    if words:
        found = posts_with(words, before=int(before) if before.isdigit() else NEWEST, limit=POSTS)
        context |= {"posts": brief(found.posts, words), "more": _more(words, found.before)}
        if not before:
            context["items"] = rows(items_with(visible(request.actor), words).order_by("-id"), request.now, ITEMS)
            context["sheet_query"] = urlencode({"words": words})
    return answer(request, "search", context)


def _more(words: str, before: int | None) -> str:
    return f"?{urlencode({'words': words, 'before': before})}" if before else ""
