"""What the program writes down for its operator: one line an event, with the request or job it belongs to, and nobody's data.

`YIDAN_LOG=json` gives objects for a collector, and one for each request; `line` (the default) is for a terminal. Neither holds a name,
an address, a query or words of a post: a request is told by its page, method, status and time, and whatever else a message or a
traceback holds goes through the same masking as posts do.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

_BOUND: ContextVar[Mapping[str, str]] = ContextVar("yidan_log", default={})  # noqa: B039 - never changed in place
# What an event may say of itself beside its sentence.
TOLD: Final = ("method", "page", "status", "ms")


@contextmanager
def bound(**said: str) -> Iterator[None]:
    """Everything logged inside the block, in this thread, carries `said`: `request=…`, `job=…`."""
    token = _BOUND.set({**_BOUND.get(), **said})
    try:
        yield
    finally:
        _BOUND.reset(token)


def veiled(text: str) -> str:
    """`text` without personal data."""
    from crawlers.api import mask

    return mask(text)


class Line(logging.Formatter):
    """For people: time, level, who speaks, the sentence, and what it belongs to."""

    def format(self, record: logging.LogRecord) -> str:
        """One event, masked; with its traceback, if there is one."""
        said: dict[str, object] = dict(_BOUND.get())
        said |= {name: record.__dict__[name] for name in TOLD if name in record.__dict__}
        text = super().format(record)
        first, newline, rest = text.partition("\n")
        return veiled(" ".join([first, *(f"{name}={value}" for name, value in said.items())]) + newline + rest)


def as_json() -> logging.Formatter:
    """For collectors: an object a line, with the same content."""
    import structlog

    def belongs(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
        return {**_BOUND.get(), **event}

    def masked(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
        return {name: veiled(value) if isinstance(value, str) else value for name, value in event.items()}

    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.ExtraAdder(allow=TOLD),
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            belongs,
        ],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            masked,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
    )


_FORMATTERS: Final[Mapping[str, dict[str, str]]] = {
    "line": {"()": "tracker.logs.Line", "format": "%(asctime)s %(levelname)s %(name)s %(message)s"},
    "json": {"()": "tracker.logs.as_json"},
}


def logging_settings(style: str) -> dict[str, Any]:
    """Django's LOGGING for `line` or `json`."""
    requests = "INFO" if style == "json" else "WARNING"
    return {
        "version": 1,
        "disable_existing_loggers": False,
        # Only the one that is used: loading the other's library takes a sixth of a command's start.
        "formatters": {style: _FORMATTERS[style]},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": style}},
        "root": {"handlers": ["stderr"], "level": "WARNING"},
        "loggers": {
            "yidan": {"level": "INFO"},
            # One event a request is for collectors; at a terminal only what failed.
            "yidan.requests": {"level": requests},
            # APScheduler warns when a run is still going at the next one's time: coalescing is what we asked for.
            "apscheduler": {"level": "ERROR"},
            # Names and addresses of those who typed a wrong password are for the administrator's page, not for the log.
            "axes": {"level": "ERROR"},
        },
    }
