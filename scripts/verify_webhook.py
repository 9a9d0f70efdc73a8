"""Checks a webhook of yidan with Python's standard library only: is it ours, is it new, was it sent just now.

In a receiver: `guard = Guard(secret)` once, then `guard.refusal(headers, body)` for each request; an empty text means: take it.
"""

import hmac
import time
from collections.abc import Mapping
from hashlib import sha256

TOLERANCE = 300  # seconds; both clocks should be set by the network


class Guard:
    """Remembers the delivery keys of the last minutes, so that a copied request is not taken a second time.

    After a restart keep the keys you have acted on: yidan sends again what was not answered with 2xx, under the same key.
    """

    def __init__(self, secret: str, tolerance: float = TOLERANCE) -> None:
        self.secret, self.tolerance = secret, tolerance
        self.seen: dict[str, float] = {}

    def refusal(self, headers: Mapping[str, str], body: bytes, now: float | None = None) -> str:
        """Why this request must not be taken, or an empty text. `headers` is a mapping, `body` the bytes as received."""
        now = time.time() if now is None else now
        given = {name.lower(): value for name, value in headers.items()}
        key, stamp = given.get("yidan-delivery", ""), given.get("yidan-timestamp", "")
        told = f"{stamp}.{key}.".encode() + body
        expected = "v1=" + hmac.new(self.secret.encode(), told, sha256).hexdigest()
        if not hmac.compare_digest(expected, given.get("yidan-signature", "")):
            return "the signature does not match: not from yidan, or changed on the way"
        if not stamp.isdigit() or abs(now - int(stamp)) > self.tolerance:
            return "too old or from the future: sent again by somebody else, or a clock is wrong"
        self.seen = {k: at for k, at in self.seen.items() if now - at <= 2 * self.tolerance}
        if key in self.seen:
            return "this delivery was taken already"
        self.seen[key] = now
        return ""
