"""Gunicorn's settings for the embedded web server (`--config python:tracker.cli.webserver`)."""

from __future__ import annotations

import gc
from typing import Any

from tracker.jobs.lifeline import follow_parent

wsgi_app = "tracker.wsgi:application"
preload_app = True
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


def on_starting(server: Any) -> None:  # noqa: ARG001 - gunicorn's hook
    """Before the door opens: load what the first request would wait three seconds for, once for all workers.

    What is loaded stays, so the collector need not look at it again, which stopped every thread for a tenth of a second; nor does it write
    into the memory that the workers share.
    """
    from django.template.loader import get_template
    from django.urls import reverse

    reverse("login")
    get_template("base.html")
    gc.collect()
    gc.freeze()
