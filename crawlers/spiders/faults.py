"""What a failed request means for the run, as one cause: refused, gone, down, or not what the catalogue promises."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from scrapy.exceptions import IgnoreRequest
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python.failure import Failure

from crawlers.allowance import BUDGET, QUIET
from crawlers.browser import FULL, MOST
from crawlers.causes import Cause, cause
from crawlers.outcome import Trouble
from crawlers.resolver import PublicResolver
from crawlers.sources import Source

GONE: Final = (404, 410)
REFUSED: Final = (401, 403, 407, 429, 451)
SERVER_ERROR: Final = 500
_NETWORK: Final = {
    "ConnectionRefusedError": "refuses-connections",
    "CannotResolveHostError": "no-address",
    "DNSLookupError": "no-address",
    "TimeoutError": "no-answer",
    "DownloadTimeoutError": "no-answer",
    "DownloadConnectionRefusedError": "refuses-connections",
    "TCPTimedOutError": "no-answer",
    "ResponseFailed": "breaks-off",
    "DownloadFailedError": "breaks-off",
    "ResponseDataLossError": "breaks-off",
    "ConnectionLost": "breaks-off",
    "ResponseNeverReceived": "breaks-off",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """The kind of trouble, its cause, whether the page no longer exists, and whether nothing more may be asked."""

    trouble: Trouble
    cause: Cause
    gone: bool = False
    stop: bool = False


def fault(failure: Failure, source: Source) -> Fault:
    """Judge one failed request."""
    error = failure.value
    if isinstance(error, HttpError):
        return _by_status(error.response.status, source)
    if isinstance(error, IgnoreRequest):
        return _by_rule(str(error), source)
    if source.host in PublicResolver.refused:
        return Fault("blocked", cause("private-address", host=source.host))
    kind = type(error).__name__
    if kind == "DownloadCancelledError":
        return _too_large(source)
    return Fault("down", cause(_NETWORK.get(kind, "unreachable"), host=source.host, kind=kind))


def _too_large(source: Source) -> Fault:
    return Fault("broken", cause("too-large", host=source.host, limit=source.pace.max_bytes))


def _by_rule(said: str, source: Source) -> Fault:
    """What our own rules refused: robots.txt, the size limit, the fence."""
    if said == BUDGET:
        return Fault("degraded", cause("budget-spent", n=source.pace.budget), stop=True)
    if said == QUIET:
        return Fault("degraded", cause("quiet", until=_quiet_end(source)), stop=True)
    if said == FULL:
        return Fault("broken", cause("browser-full", host=source.host, limit=MOST), stop=True)
    if "robots.txt" in said:
        return Fault("blocked", cause("robots-forbid", host=source.host))
    if "DOWNLOAD_MAXSIZE" in said:
        return _too_large(source)
    return Fault("broken", cause("elsewhere", host=source.host))


def _quiet_end(source: Source) -> str:
    return ", ".join(text.partition("-")[2] for text in source.pace.quiet)


def _by_status(status: int, source: Source) -> Fault:
    if status in GONE:
        return Fault("broken", cause("page-gone", host=source.host, status=status), gone=True)
    if status in REFUSED:
        return Fault("blocked", cause("refused", host=source.host, status=status))
    if status >= SERVER_ERROR:
        return Fault("down", cause("server-error", host=source.host, status=status))
    return Fault("broken", cause("odd-status", host=source.host, status=status))
