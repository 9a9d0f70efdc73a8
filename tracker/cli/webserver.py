"""Gunicorn's settings for the embedded web server (`--config python:tracker.cli.webserver`)."""

from __future__ import annotations

from typing import Any

from tracker.jobs.lifeline import follow_parent

wsgi_app = "tracker.wsgi:application"
worker_class = "gthread"
workers = 2
threads = 8
timeout = 60
graceful_timeout = 10
keepalive = 15
accesslog = None
loglevel = "warning"


def when_ready(server: Any) -> None:  # noqa: ARG001 - gunicorn's hook
    """The master follows `yidan up`; the workers follow the master."""
    follow_parent()
