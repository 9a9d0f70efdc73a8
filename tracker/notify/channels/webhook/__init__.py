"""Any receiver that takes JSON by POST over https; the key goes along as Idempotency-Key."""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qsl, quote, urlencode

from django.utils.translation import gettext_lazy

from tracker.notify.channels.addresses import Channel, https


def url(address: str, key: str) -> str:
    """`jsons://HOST/PATH` for apprise; the address's own query goes along."""
    parts = https(address)
    own = [(f"-{name}", value) for name, value in parse_qsl(parts.query)]
    query = urlencode([*own, ("+Idempotency-Key", key)], quote_via=quote)
    return f"jsons://{parts.hostname}{parts.path or '/'}?{query}"


CHANNEL: Final = Channel(label=gettext_lazy("其他系统（JSON）"), hint="https://", personal=False, url=url)
