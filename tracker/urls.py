"""Every address of the site."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.views.decorators.http import require_safe

from tracker.jobs.health import healthz, readyz


@require_safe
@login_not_required
def metrics(request: HttpRequest) -> HttpResponse:
    """Loaded when asked for: no page waits for what counts the pages."""
    from tracker.jobs import metrics as figures

    return figures.metrics(request)


urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
    # A name, not a module: Django imports it at the first request for the API, and pages never wait for it.
    path("api/v1/", ("tracker.api.urls", "api", "api")),
    path("", include("tracker.web.urls")),
]

handler500 = "tracker.web.views.trouble.failed"
