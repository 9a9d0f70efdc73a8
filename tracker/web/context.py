"""What every page needs: who is looking, where they may go, and the languages to choose from."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from tracker.web.access import navigation
from tracker.web.guide import HOW


def desk(request: HttpRequest) -> dict[str, Any]:
    """Template variables of every page; a request that failed before the middleware ran gets a page without navigation."""
    actor = getattr(request, "actor", None)
    known = actor is not None and getattr(request, "user", None) is not None and request.user.is_authenticated
    known = known and not getattr(request, "unfinished", False)
    match = request.resolver_match
    here = match.url_name.split("-")[0] if match and match.url_name else ""
    return {
        "actor": actor if known else None,
        "nav": navigation(actor) if known and actor else [],
        "here": here,
        "how": HOW.get(here, ()) if known else (),
        "now": getattr(request, "now", None),
        "languages": settings.LANGUAGES,
    }
