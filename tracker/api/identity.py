"""Who asks: a key in the Authorization header, or the session of somebody logged in, who then proves it is their own page.

A header that names a key is never overruled by a cookie. A session needs what the pages need of it (second factor), and for
writes the CSRF token.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final, cast

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja.security.base import AuthBase
from ninja.utils import check_csrf

from tracker.accounts.access import may_open, refusal_sentence
from tracker.accounts.actors import Actor
from tracker.accounts.models import User
from tracker.accounts.selectors import actor_of
from tracker.accounts.sessions import missing
from tracker.accounts.tokens import bearer
from tracker.api.problems import Forbidden, Unknown

# What a key narrowed to a unit may use: the rest speaks of every unit at once.
SCOPED: Final = frozenset({"today", "inbox", "sheet", "verify"})
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
ANYBODY: Final = "today"


class ApiRequest(HttpRequest):
    """A request as our operations get it; `owner` names the key or person whose answers are kept."""

    actor: Actor
    now: datetime
    owner: str


def identify(request: HttpRequest) -> None:
    """Set `actor` and `owner`. Unknown when a key is wrong or nobody is logged in; Forbidden without the CSRF token."""
    asked = cast("ApiRequest", request)
    scheme, _space, text = request.headers.get("Authorization", "").partition(" ")
    if scheme:
        found = bearer(text.strip(), asked.now) if scheme.lower() == "bearer" else None
        if found is None:
            raise Unknown(_("密钥不对、已到期或已撤销：请在“我的账号”重新建立一个"))
        asked.actor, asked.owner = found.actor, f"token:{found.token}"
        return
    user = request.user
    if not isinstance(user, User):
        raise Unknown(_("请先登录，或带上密钥：Authorization: Bearer …"))
    asked.actor, asked.owner = actor_of(user, asked.now), f"user:{user.username}"
    if missing(request.session, user, asked.actor):
        raise Unknown(_("登录还没有完成：请先在网页上完成第二步验证"))
    if request.method not in _SAFE and check_csrf(request):
        raise Forbidden(_("缺少或不符的 CSRF 令牌：网页以外的程序请用密钥"))


class KeyOrSession(AuthBase):
    """The guard of one family of operations: `page` is its row in the access table."""

    openapi_type = "http"
    openapi_scheme = "bearer"

    def __init__(self, page: str) -> None:
        super().__init__()
        self.page = page

    def __call__(self, request: HttpRequest) -> Actor:
        """Who asks, when the table opens this family to them; Forbidden with the sentence of the pages otherwise."""
        asked = cast("ApiRequest", request)
        if not may_open(self.page, asked.actor) or not asked.actor.roles:
            raise Forbidden(refusal_sentence(self.page))
        if asked.actor.scope and self.page.partition("-")[0] not in SCOPED:
            raise Forbidden(_("这个密钥只限一个单位，不能用于涉及所有单位的接口"))
        return asked.actor
