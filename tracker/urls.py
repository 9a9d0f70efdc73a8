"""Every address of the site."""

from __future__ import annotations

from django.urls import include, path

from tracker.jobs.health import healthz, readyz

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("", include("tracker.web.urls")),
]
