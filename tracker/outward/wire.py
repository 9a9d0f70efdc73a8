"""One POST to the outside: to public addresses only, checked where the name becomes the address that is connected to.

So a name that changes its address between two looks (DNS rebinding) gains nothing. No redirect is followed, no proxy of the
environment is used. Hosts an operator has named in YIDAN_WEBHOOK_HOSTS may have private addresses and speak plain http.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final
from urllib.parse import SplitResult, urlsplit

TIMEOUT: Final = 10.0
# IPv6 addresses that carry an IPv4 address a gateway turns them into.
_CARRIERS: Final = (ip_network("64:ff9b::/96"), ip_network("64:ff9b:1::/48"), ip_network("2002::/16"))


class NotReached(Exception):
    """Nothing was delivered; the message says why."""


def usable(url: str, allowed: frozenset[str]) -> SplitResult:
    """The parts of an address that webhooks may have; NotReached with the sentence otherwise."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise NotReached("the address cannot be read: write https://HOST/PATH") from error
    host = (parts.hostname or "").lower()
    if not host or parts.username or parts.password or port == 0:
        raise NotReached("the address needs a host, and no name or password in it")
    if parts.scheme != "https" and not (parts.scheme == "http" and host in allowed):
        raise NotReached("the address must begin with https:// (http only for hosts in YIDAN_WEBHOOK_HOSTS)")
    return parts


def public(address: str) -> bool:
    """True for an address of the public Internet, whatever form it is written in."""
    found: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped:
            found = found.ipv4_mapped
        elif any(found in carrier for carrier in _CARRIERS):
            return False
    return found.is_global and not found.is_multicast


def post(url: str, *, body: bytes, headers: Mapping[str, str], allowed: frozenset[str]) -> int:
    """Send `body`; the status of the answer. NotReached when no answer came or the address is not one we go to."""
    parts = usable(url, allowed)
    host = (parts.hostname or "").lower()
    port = parts.port or (443 if parts.scheme == "https" else 80)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection = HTTPConnection(host, port, timeout=TIMEOUT)
    try:
        connection.sock = _connected(host, port, allowed, tls=parts.scheme == "https")
        connection.request("POST", target, body, dict(headers) | {"User-Agent": "yidan-webhook", "Connection": "close"})
        return connection.getresponse().status
    except (OSError, HTTPException, ValueError) as error:
        raise NotReached(f"no answer: {type(error).__name__}") from error
    finally:
        connection.close()


def _connected(host: str, port: int, allowed: frozenset[str], *, tls: bool) -> socket.socket:
    """A connection to the first address of `host` that we may go to: the one that was looked at, not one looked up again."""
    found = [str(row[4][0]) for row in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    usable_ones = [address for address in found if host in allowed or public(address)]
    if len(usable_ones) < len(found) or not found:
        raise NotReached("the host has a private address: name it in YIDAN_WEBHOOK_HOSTS if that is meant")
    plain = socket.create_connection((usable_ones[0], port), TIMEOUT)
    if not tls:
        return plain
    try:
        return ssl.create_default_context().wrap_socket(plain, server_hostname=host)
    except OSError:
        plain.close()
        raise
