"""E-mail through the server that YIDAN_MAIL_URL names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote, urlencode

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tracker.notify.channels.addresses import BadAddress, Channel
from tracker.notify.channels.sending import by_apprise


def url(address: str, key: str) -> str:
    """`mailto://` for apprise; the key is the message's identity, by which a mail program knows a copy."""
    try:
        validate_email(address)
    except ValidationError as error:
        raise BadAddress(_("“{address}”不是邮箱地址").format(address=address[:80])) from error
    mail: Mapping[str, Any] = settings.ENV.mail
    if not mail:
        raise BadAddress(_("还没有设置邮件服务器（YIDAN_MAIL_URL），邮件发不出去"))
    login = f"{quote(str(mail['user']), safe='')}:{quote(str(mail['password']), safe='')}@" if mail["user"] else ""
    mode = "ssl" if mail["ssl"] else "starttls" if mail["tls"] else "insecure"
    asked = {"smtp": mail["host"], "from": mail["sender"], "to": address, "mode": mode, "format": "text"}
    scheme = "mailto" if mode == "insecure" else "mailtos"
    headers = {"+X-Yidan-Key": key}
    return f"{scheme}://{login}{mail['host']}:{mail['port']}/?{urlencode(asked | headers, quote_via=quote)}"


CHANNEL: Final = Channel(
    label=gettext_lazy("电子邮件"), hint=gettext_lazy("邮箱地址"), personal=True, url=url, send=by_apprise
)
