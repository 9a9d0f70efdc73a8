"""Every address of the site."""

from __future__ import annotations

from django.urls import include, path

from tracker.jobs.health import healthz, readyz

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    # A name, not a module: Django imports it at the first request for the API, and pages never wait for it.
    path("api/v1/", ("tracker.api.urls", "api", "api")),
    path("", include("tracker.web.urls")),
]
