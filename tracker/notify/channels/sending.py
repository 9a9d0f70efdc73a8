"""Handing a message over: by apprise, or to a group robot, whose answer says whether it took it.

A robot answers 200 to what it refuses too (a keyword missing, too many in a minute) and says so in the body; apprise looks at the
status only, so a message nobody has seen would count as sent. No redirect is followed: an address leads where it was checked to lead.
"""

from __future__ import annotations

import json
import logging
from http.client import HTTPException
from typing import Any, Final
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, Request, build_opener

from django.utils.translation import gettext as _

from tracker.notify.channels.addresses import Message

TIMEOUT: Final = 10.0
_ANSWER: Final = 10_000  # characters of an answer that are read
# How each kind of robot names its verdict and the words to it.
_VERDICTS: Final = (("errcode", "errmsg"), ("code", "msg"), ("StatusCode", "StatusMessage"))


class _Stay(HTTPRedirectHandler):
    def redirect_request(self, *_given: Any) -> None:
        """Nowhere else."""


def by_apprise(url: str, message: Message) -> str:
    """Hand `message` to apprise; what went wrong, or nothing. Its log, which may name the address, stays silent."""
    import apprise

    logging.getLogger("apprise").setLevel(logging.CRITICAL)
    way = apprise.Apprise(asset=apprise.AppriseAsset(http_redirects=False))
    took = way.add(url) and way.notify(title=message.title, body=message.body)
    return "" if took else _("对方没有接收")


def to_robot(url: str, payload: dict[str, object]) -> str:
    """Post `payload` to a group robot; what went wrong, or nothing when its answer says that it took it."""
    request = Request(url, json.dumps(payload).encode(), {"Content-Type": "application/json"})  # noqa: S310 - https to a known host
    try:
        with build_opener(_Stay()).open(request, timeout=TIMEOUT) as answer:
            said = json.loads(answer.read(_ANSWER))
    except HTTPError as error:
        error.close()
        return _("对方没有接收（{why}）").format(why=error.code)
    except (OSError, HTTPException, ValueError) as error:
        return _("对方没有接收（{why}）").format(why=type(error).__name__)
    return _verdict(said if isinstance(said, dict) else {})


def _verdict(said: dict[str, Any]) -> str:
    for number, words in _VERDICTS:
        if number in said:
            why = f"{said[number]} {said.get(words, '')}".strip()[:120]
            return "" if said[number] == 0 else _("对方没有接收（{why}）").format(why=why)
    return _("对方没有接收（{why}）").format(why=_("回答里没有结果"))
