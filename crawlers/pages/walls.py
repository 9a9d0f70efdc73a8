"""Recognises a page that asks for a captcha or a login instead of answering; it is reported, never passed.

Looked at only when a page could not be read as expected, and only in small pages: a citizen may well write about a captcha, and many
boards have a login form hidden in every page.
"""

from __future__ import annotations

import re
from typing import Final

from crawlers.pages.parts import PageError
from crawlers.pages.tree import parse_html

_CAPTCHA: Final = re.compile(
    r"验证码|安全验证|人机验证|滑动验证|拖动滑块|访问过于频繁|captcha|are you a robot|cf-challenge", re.IGNORECASE
)
_LOGIN: Final = re.compile(
    r"<input[^>]{0,200}type\s*=\s*[\"']?password|请先?登录|登录后(?:查看|继续)|未登录", re.IGNORECASE
)
SMALL: Final = 1500  # characters of text; walls say little


def wall(html: str) -> str:
    """The code of what the page asks for; empty when it asks for nothing."""
    try:
        tree = parse_html(html)
    except PageError:
        return ""
    for node in tree.css("script,style"):
        node.decompose()
    if tree.html is None or len("".join(tree.text(deep=True).split())) > SMALL:
        return ""
    if _CAPTCHA.search(tree.html):
        return "asks-for-captcha"
    return "asks-for-login" if _LOGIN.search(tree.html) else ""
