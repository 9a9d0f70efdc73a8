"""Login, language and the page for a form that has gone stale."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001
    """A form whose token no longer holds: say so, lose nothing (the browser's Back keeps what was typed)."""
    return render(request, "pages/stale.html", status=403)
