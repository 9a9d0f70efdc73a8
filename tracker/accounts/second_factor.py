"""The second factor: a code of an authenticator (TOTP, RFC 6238) after the password, and codes for the day the phone is lost.

Asked of whoever has one, and required of managers and administrators. A code is good once, also within its half minute; five
wrong ones close this door for ten minutes, whatever the address they come from.
"""

from __future__ import annotations

from base64 import b32encode, urlsafe_b64encode
from datetime import datetime, timedelta
from hashlib import sha256
from secrets import choice, token_bytes
from typing import Final
from urllib.parse import quote

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _
from django_otp.oath import TOTP

from tracker.accounts.actors import SYSTEM, Actor, system_actor
from tracker.accounts.entries import entry_append
from tracker.accounts.models import RecoveryCode, Role, SecondFactor, User
from tracker.accounts.services import AccountRefused

REQUIRED_OF: Final = frozenset({Role.MANAGER, Role.ADMIN})
FAILURES: Final = 5
WAIT: Final = timedelta(minutes=10)
STEP: Final = 30
CODES: Final = 10
# No letter or digit that is read for another.
_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"


class Locked(AccountRefused):
    """Too many wrong codes; the message says how long to wait."""


def required(actor: Actor) -> bool:
    """True when this person may not work without a second factor."""
    return settings.SECOND_FACTOR == "required" and actor.has(*REQUIRED_OF)


def has_factor(user: User) -> bool:
    """True when `user` has an authenticator in use."""
    return SecondFactor.objects.filter(user=user).exclude(confirmed_at=None).exists()


@transaction.atomic
def factor_start(*, user: User, now: datetime) -> str:
    """The address (otpauth://) of a new secret for the authenticator; not in use until a code of it is confirmed."""
    # The person's row is the lock: a page asked for twice at once makes one secret.
    User.objects.select_for_update().get(pk=user.pk)
    row = SecondFactor.objects.filter(user=user).first()
    if row and row.confirmed_at:
        raise AccountRefused(_("已经设置了动态口令；换手机请先请管理员重置"))
    if row is None or now - row.made_at > timedelta(hours=1):
        SecondFactor.objects.filter(user=user).delete()
        row = SecondFactor.objects.create(user=user, secret=_seal(token_bytes(20)), made_at=now)
    text = b32encode(_open(row)).decode("ascii").rstrip("=")
    return f"otpauth://totp/yidan:{quote(user.username)}?secret={text}&issuer=yidan&digits=6&period={STEP}"


@transaction.atomic
def factor_confirm(*, user: User, code: str, actor: Actor, now: datetime) -> list[str]:
    """Put the authenticator into use with its first code; returns the recovery codes, which are shown once."""
    row = SecondFactor.objects.select_for_update().filter(user=user, confirmed_at=None).first()
    if row is None:
        raise AccountRefused(_("请先扫码，再填写动态口令"))
    step = _step(row, code, now)
    if step is None:
        raise AccountRefused(_("动态口令不对：请看手机上现在显示的六位数字，并核对手机时间"))
    row.confirmed_at, row.last_step = now, step
    row.save(update_fields=["confirmed_at", "last_step"])
    entry_append(act="factor.set", subject=f"user:{user.username}", actor=actor, now=now)
    return _new_codes(row)


@transaction.atomic
def factor_check(*, user: User, code: str, now: datetime) -> bool:
    """True when `code` is the authenticator's of this moment or an unused recovery code. Locked after too many wrong ones.

    One try after the other: whoever sends a hundred at once has the same five.
    """
    row = SecondFactor.objects.select_for_update().filter(user=user).exclude(confirmed_at=None).first()
    if row is None:
        return False
    if row.failures >= FAILURES and row.failed_at and now - row.failed_at < WAIT:
        raise Locked(_("动态口令连错五次，请等十分钟再试"))
    if _spend(row, code.replace(" ", "").replace("-", "").casefold(), now):
        SecondFactor.objects.filter(pk=row.pk).update(failures=0, failed_at=None)
        return True
    fresh = row.failed_at is None or now - row.failed_at >= WAIT
    SecondFactor.objects.filter(pk=row.pk).update(failures=1 if fresh else F("failures") + 1, failed_at=now)
    return False


def _spend(row: SecondFactor, code: str, now: datetime) -> bool:
    step = _step(row, code, now)
    if step is not None:
        # Whoever sees the code typed must not use it again: of two at once one wins.
        return SecondFactor.objects.filter(pk=row.pk, last_step__lt=step).update(last_step=step) == 1
    with transaction.atomic():
        spent = row.codes.filter(digest=_digest(code), used_at=None).update(used_at=now)
        if spent:
            user = row.user.username
            left = row.codes.filter(used_at=None).count()
            entry_append(
                act="factor.recovery", subject=f"user:{user}", actor=system_actor("login"), now=now, data={"left": left}
            )
    return spent == 1


@transaction.atomic
def factor_reset(*, user: str, by: Actor, now: datetime, reason: str) -> None:
    """Take an authenticator out of use, because the phone is gone; an administrator does it for somebody else, with a reason."""
    if not by.has(Role.ADMIN, SYSTEM) or by.username == user:
        raise AccountRefused(_("动态口令由另一位管理员重置"))
    if not reason.strip():
        raise AccountRefused(_("请写明理由"))
    gone, _rows = SecondFactor.objects.filter(user__username=user).delete()
    if not gone:
        raise AccountRefused(_("{name} 没有设置动态口令").format(name=user))
    entry_append(act="factor.reset", subject=f"user:{user}", actor=by, now=now, reason=reason)


def _step(row: SecondFactor, code: str, now: datetime) -> int | None:
    """The time step whose code this is: now, the one before or the one after; None when it is none or was used already."""
    if not (code.isascii() and code.isdigit() and len(code) == 6):  # noqa: PLR2004 - six digits, as authenticators show
        return None
    totp = TOTP(_open(row), step=STEP)
    totp.time = now.timestamp()
    if not totp.verify(int(code), tolerance=1, min_t=row.last_step + 1):
        return None
    return int(totp.t())


def _new_codes(row: SecondFactor) -> list[str]:
    codes = ["".join(choice(_LETTERS) for _place in range(12)) for _code in range(CODES)]
    RecoveryCode.objects.bulk_create(RecoveryCode(factor=row, digest=_digest(code)) for code in codes)
    return [f"{code[:4]}-{code[4:8]}-{code[8:]}" for code in codes]


def _digest(code: str) -> str:
    """Keyed with SECRET_KEY: 59 bits could be guessed by whoever has the store alone."""
    return sha256(f"{settings.SECRET_KEY}:recovery:{code}".encode("utf-8", "replace")).hexdigest()


def _fernet() -> Fernet:
    return Fernet(urlsafe_b64encode(sha256(f"{settings.SECRET_KEY}:second-factor".encode()).digest()))


def _seal(secret: bytes) -> str:
    return _fernet().encrypt(secret).decode("ascii")


def _open(row: SecondFactor) -> bytes:
    try:
        return _fernet().decrypt(row.secret.encode("ascii"))
    except InvalidToken as error:
        raise AccountRefused(_("服务器的密钥换过了，原来的动态口令不能再用：请管理员重置后重新设置")) from error
