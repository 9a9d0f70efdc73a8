"""Any receiver that takes JSON by POST over https; the key goes along as Idempotency-Key.

Hosts an operator has named in YIDAN_WEBHOOK_HOSTS may speak plain http on any port: systems of the house's own network.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import SplitResult, parse_qsl, quote, urlencode, urlsplit

from django.conf import settings
from django.utils.translation import gettext_lazy

from tracker.notify.channels.addresses import Channel, https
from tracker.notify.channels.sending import by_apprise


def url(address: str, key: str) -> str:
    """`jsons://HOST/PATH` for apprise (`json://` for plain http); the address's own query goes along."""
    parts = _of_the_house(address) or https(address)
    scheme = "jsons" if parts.scheme == "https" else "json"
    port = f":{parts.port}" if parts.port else ""
    own = [(f"-{name}", value) for name, value in parse_qsl(parts.query)]
    query = urlencode([*own, ("+Idempotency-Key", key)], quote_via=quote)
    return f"{scheme}://{parts.hostname}{port}{parts.path or '/'}?{query}"


def _of_the_house(address: str) -> SplitResult | None:
    """The parts of an address on a host of YIDAN_WEBHOOK_HOSTS; None for any other."""
    try:
        parts = urlsplit(address.strip())
        usable = parts.port != 0
    except ValueError:
        return None
    named = parts.hostname in settings.ENV.hook_hosts and "@" not in parts.netloc
    return parts if usable and named and parts.scheme in ("http", "https") else None


CHANNEL: Final = Channel(
    label=gettext_lazy("其他系统（JSON）"), hint="https://", personal=False, url=url, send=by_apprise
)
