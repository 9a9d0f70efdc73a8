"""How a webhook is signed, pure: HMAC-SHA256 over the time and the body, so that neither can be changed nor sent again later.

A receiver recomputes it, refuses what is older than five minutes and remembers the delivery keys of those minutes
(`scripts/verify_webhook.py` does that with a standard library only).
"""

from __future__ import annotations

import hmac
from datetime import datetime
from hashlib import sha256
from typing import Final

DELIVERY: Final = "Yidan-Delivery"
TIMESTAMP: Final = "Yidan-Timestamp"
SIGNATURE: Final = "Yidan-Signature"


def secret_of(secret_key: str, hook: int, salt: str) -> str:
    """The secret of a hook: made of the installation's key, stored nowhere."""
    return hmac.new(secret_key.encode(), f"webhook:{hook}:{salt}".encode(), sha256).hexdigest()


def signature(secret: str, timestamp: str, key: str, body: bytes) -> str:
    """`v1=` and the hex digest over timestamp, delivery key and body, with a dot between them."""
    told = f"{timestamp}.{key}.".encode() + body
    return "v1=" + hmac.new(secret.encode(), told, sha256).hexdigest()


def headers(secret: str, key: str, body: bytes, now: datetime) -> dict[str, str]:
    """What is sent with `body`."""
    timestamp = str(int(now.timestamp()))
    return {
        "Content-Type": "application/json",
        DELIVERY: key,
        TIMESTAMP: timestamp,
        SIGNATURE: signature(secret, timestamp, key, body),
    }
