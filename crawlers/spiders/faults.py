"""What a failed request means for the run, in one sentence: refused, gone, down, or not what the catalogue promises."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from scrapy.exceptions import IgnoreRequest
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python.failure import Failure

from crawlers.outcome import Trouble
from crawlers.resolver import PublicResolver
from crawlers.sources import Source

GONE: Final = (404, 410)
REFUSED: Final = (401, 403, 407, 429, 451)
SERVER_ERROR: Final = 500
_NETWORK: Final = {
    "ConnectionRefusedError": "refuses connections",
    "CannotResolveHostError": "has no address (DNS)",
    "DNSLookupError": "has no address (DNS)",
    "TimeoutError": "does not answer in time",
    "DownloadTimeoutError": "does not answer in time",
    "DownloadConnectionRefusedError": "refuses connections",
    "TCPTimedOutError": "does not answer in time",
    "ResponseFailed": "breaks off its answers",
    "DownloadFailedError": "breaks off its answers",
    "ResponseDataLossError": "breaks off its answers",
    "ConnectionLost": "breaks off its answers",
    "ResponseNeverReceived": "breaks off its answers",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """The kind of trouble, its sentence, and whether the page no longer exists."""

    trouble: Trouble
    sentence: str
    gone: bool = False


def fault(failure: Failure, source: Source) -> Fault:
    """Judge one failed request."""
    error = failure.value
    if isinstance(error, HttpError):
        return _by_status(error.response.status, source)
    if isinstance(error, IgnoreRequest):
        return _by_rule(str(error), source)
    if source.host in PublicResolver.refused:
        return Fault(
            "blocked", f"{source.host} has a private address, which its card does not allow; nothing was asked for."
        )
    kind = type(error).__name__
    if kind == "DownloadCancelledError":
        return _too_large(source)
    return Fault("down", f"{source.host} {_NETWORK.get(kind, f'cannot be reached ({kind})')}.")


def _too_large(source: Source) -> Fault:
    return Fault("broken", f"A page of {source.host} is larger than pace.max_bytes ({source.pace.max_bytes}).")


def _by_rule(said: str, source: Source) -> Fault:
    """What our own rules refused: robots.txt, the size limit, the fence."""
    if "robots.txt" in said:
        return Fault("blocked", f"The robots.txt of {source.host} forbids this address; it is obeyed.")
    if "DOWNLOAD_MAXSIZE" in said:
        return _too_large(source)
    return Fault("broken", f"{source.host} sends us on to another host, which this source does not include.")


def _by_status(status: int, source: Source) -> Fault:
    if status in GONE:
        sentence = f"{source.host} answers {status} for a page that the source's rules ask for; check its addresses."
        return Fault("broken", sentence, gone=True)
    if status in REFUSED:
        return Fault("blocked", f"{source.host} refuses us with status {status}; ask its operator, or ask less often.")
    if status >= SERVER_ERROR:
        return Fault("down", f"{source.host} answers with server error {status}.")
    return Fault("broken", f"{source.host} answers with status {status}, which is no page.")
