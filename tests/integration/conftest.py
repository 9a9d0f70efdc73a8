"""Settings that tests of whole pages need."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client

from tests.factories import Desk, make_desk


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


@pytest.fixture
def desk(db: None) -> Desk:
    """Units and one person a role."""
    return make_desk()


@pytest.fixture
def person(desk: Desk) -> Callable[[str], Client]:
    """`person("analyst")` is a browser without scripts, logged in."""

    def log_in(name: str) -> Client:
        client = Client()
        client.force_login(desk.user(name), backend="django.contrib.auth.backends.ModelBackend")
        return client

    return log_in
