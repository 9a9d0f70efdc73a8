"""What a channel is, what goes through it, and reading what was typed as an address of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qs, urlsplit

from django.utils.functional import Promise
from django.utils.translation import gettext as _

_TOKEN = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Message:
    """What is said: `key` is the same however often it is sent."""

    key: str
    title: str
    body: str


@dataclass(frozen=True, slots=True)
class Channel:
    """`label` names it to people, `hint` says what to type; `personal` when everybody may set their own.

    `url` makes of an address the one it is sent to, with the message's key sent along where the receiver can use it; BadAddress
    when the address is not of this kind, so a robot's address never reaches another host. `send` hands a message to that one and
    says what went wrong, nothing when the other side took it.
    """

    label: str | Promise
    hint: str | Promise
    personal: bool
    url: Callable[[str, str], str]
    send: Callable[[str, Message], str]


class BadAddress(ValueError):
    """No address of the channel; the message is the sentence."""


def https(address: str, host: str = "") -> SplitResult:
    """The parts of a plain https address (of `host`, if given), without name, password or odd port; BadAddress otherwise."""
    try:
        parts = urlsplit(address.strip())
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    plain = parts.scheme == "https" and parts.hostname and port in (None, 443) and "@" not in parts.netloc
    if not plain or (host and parts.hostname != host):
        raise BadAddress(_("地址须以 https://{host} 开头，请从机器人设置里整条复制").format(host=host))
    return parts


def token(parts: SplitResult, name: str) -> str:
    """The query parameter `name`, letters, digits, - and _ only; BadAddress otherwise."""
    return checked(parse_qs(parts.query).get(name, [""])[0])


def checked(found: str) -> str:
    """A robot's token, which goes into another URL: nothing that could change that URL."""
    if not _TOKEN.fullmatch(found):
        raise BadAddress(_("地址里没有机器人的令牌，请从机器人设置里整条复制"))
    return found
