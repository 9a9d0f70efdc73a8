"""Recognises a page that asks for a captcha or a login instead of answering; it is reported, never passed.

Looked at only when a page could not be read as expected, since a citizen may well write about a captcha in a complaint.
"""

from __future__ import annotations

import re

_CAPTCHA = re.compile(
    r"验证码|安全验证|人机验证|滑动验证|拖动滑块|访问过于频繁|captcha|are you a robot|cf-challenge", re.IGNORECASE
)
_LOGIN = re.compile(r"<input[^>]{0,200}type\s*=\s*[\"']?password|请先?登录|登录后(?:查看|继续)|未登录", re.IGNORECASE)
_LOOK = 200_000  # characters; walls are small pages


def wall(text: str) -> str:
    """What the page asks for, in words for a report; empty when it asks for nothing."""
    if _CAPTCHA.search(text, 0, _LOOK):
        return "a captcha"
    if _LOGIN.search(text, 0, _LOOK):
        return "a login"
    return ""
