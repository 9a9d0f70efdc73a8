"""Refuses to connect to an address that is not on the public Internet, whatever name led there.

The check stands where the name becomes the address that is connected to, so a name that changes its address between two looks (DNS
rebinding) gains nothing. Names on a card's `allow_private_hosts` pass. Proxies of the environment are not used, since behind one
nobody could check this.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_address
from typing import Any, ClassVar, Self

from scrapy.resolver import CachingThreadedResolver
from twisted.internet.defer import Deferred
from twisted.internet.error import DNSLookupError

ALLOWED = "YIDAN_PRIVATE_HOSTS"  # the process's setting that names the hosts cards allow


class PublicResolver(CachingThreadedResolver):
    """Resolves as Scrapy does, then fails for private addresses. `refused` remembers which names, for the run's report."""

    refused: ClassVar[set[str]] = set()
    allowed: frozenset[str] = frozenset()

    @classmethod
    def from_crawler(cls, crawler: Any, reactor: Any) -> Self:
        """Take the allowed hosts from the settings of the process; one resolver serves all its crawls."""
        resolver = super().from_crawler(crawler, reactor)
        resolver.allowed = frozenset(crawler.settings.getlist(ALLOWED))
        return resolver

    def getHostByName(self, name: str, timeout: Sequence[int] = ()) -> Deferred[str]:  # noqa: N802 - Twisted's name
        """The address of `name`, or DNSLookupError when it is not a public one and no card allows it."""
        found = super().getHostByName(name, timeout)
        found.addCallback(self._check, name)
        return found

    def _check(self, address: str, name: str) -> str:
        if name.lower() not in self.allowed and not ip_address(address).is_global:
            self.refused.add(name.lower())
            raise DNSLookupError(f"{name} has a private address")
        return address
