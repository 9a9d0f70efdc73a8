"""What somebody had typed into a form that could not be taken, to be shown to that very person as text to copy.

Never as a form that is sent by one more press: whoever made the browser send it may not have been that person. What drafts keep in
the browser (`desk.js`) needs scripts; this does not.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from django.http import HttpRequest
from django.urls import reverse

# What a form carries by itself, and what is nobody's to show again.
_SILENT: Final = frozenset(
    {
        "csrfmiddlewaretoken",
        "version",
        "then",
        "next",
        "back",
        "query",
        "username",
        "password",
        "old",
        "new",
        "again",
        "code",
        "address",
    }
)
_LONGEST: Final = 20_000


def typed(request: HttpRequest) -> list[str]:
    """The words, in the order of the form."""
    if request.method != "POST":
        return []
    found = [value for name, values in request.POST.lists() if name not in _SILENT for value in values]
    return [value[:_LONGEST] for value in found if value.strip() and not value.isdigit()]


def stood_on(request: HttpRequest) -> str:
    """The page of ours on which the form stood, as the browser tells it; else today."""
    came = urlsplit(request.META.get("HTTP_REFERER", ""))
    ours = came.netloc == request.get_host() and came.path.startswith("/") and not came.path.startswith("//")
    return came.path if ours else reverse("today")
