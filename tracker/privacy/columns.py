"""Which columns of the store hold what: pure lists with their reasons, on which the self-check rests.

A table that is not named here is treated as holding the public's words: what is new is checked, not trusted.
"""

from __future__ import annotations

from typing import Final

# A column of this name in any table but those of the staff would be a person's.
FORBIDDEN: Final = frozenset({
    "author", "author_id", "author_name", "nick", "nickname", "nick_name", "avatar", "user_name", "userid", "user_id", "uid",
    "ip", "ip_address", "phone", "mobile", "tel", "telephone", "email", "idcard", "id_card", "id_number", "gender", "sex",
    "birthday", "home_page", "homepage", "openid", "unionid", "wechat", "weixin", "qq", "sender", "reporter", "complainant",
    "real_name", "realname", "contact_name", "address",
})  # fmt: skip
# People who work here have names, accounts and login failures; the public has no row in these.
STAFF: Final = ("accounts_", "auth_", "axes_", "django_", "otp_")
# Columns of the staff's tables that Django brings along and that nothing here fills.
UNFILLED: Final = (("accounts_user", "email"), ("accounts_user", "first_name"), ("accounts_user", "last_name"))
# Not words: keys, addresses, digests and codes, whose digits only look like a phone's or a card's.
NOT_WORDS: Final = frozenset({
    "url", "key", "digest", "revision", "hash", "previous", "run", "number", "code", "request", "owner", "ledger_hash",
    "arithmetic", "model", "sure", "batch", "subject", "path", "act", "secret", "signature", "session_key", "voice",
})  # fmt: skip
# Of the department itself: the telephone an assignment paper must name, the mailboxes its own people get papers at.
OFFICE: Final = frozenset({
    ("risks_risk", "contact"), ("reports_subscription", "address"), ("reports_delivery", "address"),
    ("notify_address", "target"),
})  # fmt: skip
# Tables in which the public's words stand: nothing may be found there. In all others people of the department write, and an
# office number in an answer is no leak: such finds are listed to be looked at.
PUBLIC: Final = ("posts_", "intake_")
# Text that our own tables keep about who acted: account names, which look like names because they are.
ACTORS: Final = frozenset(
    {"actor", "by", "recipient", "made_by", "asked_by", "decided_by", "verified_by", "hands", "roles"}
)
