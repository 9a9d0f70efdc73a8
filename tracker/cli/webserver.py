"""Gunicorn's settings for the embedded web server (`--config python:tracker.cli.webserver`)."""

from __future__ import annotations

import gc
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


def post_worker_init(worker: Any) -> None:  # noqa: ARG001 - gunicorn's hook
    """What the program itself consists of stays: the collector need not look at it again, which stops every thread for a tenth of a second."""
    gc.collect()
    gc.freeze()
