"""Ways out of the house, one folder each: what a person types as the address, and the apprise URL it becomes.

A channel refuses an address that is not its own kind (`BadAddress`), so a robot's address never reaches another host.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

from django.utils.functional import Promise

from tracker.notify.channels import dingtalk, email, feishu, webhook, wecom
from tracker.notify.channels.addresses import BadAddress

__all__ = ["CHANNELS", "BadAddress", "Channel", "Message"]


class Channel(Protocol):
    """`label` names it to people; `hint` says what to type; `PERSONAL` when everybody may set their own."""

    LABEL: str | Promise
    HINT: str | Promise
    PERSONAL: bool

    def url(self, address: str, key: str) -> str:
        """The apprise URL for `address`, with `key` sent along where the receiver can use it; BadAddress otherwise."""


@dataclass(frozen=True, slots=True)
class Message:
    """What is said: `key` is the same however often it is sent."""

    key: str
    title: str
    body: str


CHANNELS: Final[dict[str, Channel]] = {
    "email": email,
    "dingtalk": dingtalk,
    "feishu": feishu,
    "wecom": wecom,
    "webhook": webhook,
}
