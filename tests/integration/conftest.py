"""Settings that tests of whole pages need."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest


@pytest.fixture
def web(settings, tmp_path: Path) -> Path:
    """Pages without collected static files, and an own data folder; returns it."""
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
    settings.STATIC_ROOT = tmp_path / "static"
    settings.STATIC_ROOT.mkdir()
    settings.ENV = dataclasses.replace(settings.ENV, home=tmp_path)
    return tmp_path
