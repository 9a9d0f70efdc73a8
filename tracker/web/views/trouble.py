"""The page when a step could not be done: an outage is named, and is not the person's doing; anything else is logged and owned up to."""

from __future__ import annotations

import sys

from django.http import HttpRequest, HttpResponse
from django.template import loader

from tracker.ledger.outage import RETRY, outage, sentence


def failed(_request: HttpRequest) -> HttpResponse:
    """Django's handler of what no view caught: 503 with its sentence for an outage, else the page of an error of ours."""
    found = outage(sys.exc_info()[1])
    said = sentence(found) if found else ""
    page = HttpResponse(loader.get_template("500.html").render({"said": said}), status=503 if found else 500)
    if found:
        page["Retry-After"] = RETRY
    return page
