"""Posts that other programs push, each program for one source by its token: masked, sealed into the spool, taken in like a crawl's.

A push is partial: rows that are wrong are named, the rest is taken. Pushing the same rows again changes nothing.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from crawlers.api import MOST_ROWS, Busy, CrawlError, Source, take_pushed
from tracker.intake.health import crawl_record
from tracker.intake.models import SourceToken


class PushRefused(Exception):
    """A push of which nothing was taken; the message is the sentence."""


class TokenRefused(PushRefused):
    """No token, or one that opens no source."""


class PushTooLarge(PushRefused):
    """More rows than one push may have."""


class PushBusy(PushRefused):
    """Another push of the same source is under way: the same push may be sent again."""


@dataclass(frozen=True, slots=True)
class RowRefused:
    """A row that was not taken: its place, counted from 0, its key if it has one, and why."""

    row: int
    key: str
    sentence: str


@dataclass(frozen=True, slots=True)
class PushTaken:
    """What became of a push. `accepted` rows are on the disk, `new` of them for the first time, `unchanged` were known already.

    `undated` have no readable time; `left_behind` are the names of fields that are not taken, such as an author's.
    """

    source: str
    run: str
    accepted: int
    new: int
    unchanged: int
    undated: int
    refused: tuple[RowRefused, ...]
    left_behind: tuple[str, ...]


def _digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()


@transaction.atomic
def token_issue(*, source: Source, now: datetime) -> str:
    """A new token of a push source, shown this once; the earlier ones of the source end with it."""
    if source.family != "push":
        raise PushRefused(_("{name} 不是推送来源，不需要令牌").format(name=source.name))
    token_revoke(source=source.name, now=now)
    token = f"yidan_{secrets.token_urlsafe(32)}"
    SourceToken.objects.create(source=source.name, digest=_digest(token), issued_at=now)
    return token


def token_revoke(*, source: str, now: datetime) -> int:
    """End every token of `source`; returns how many were in force."""
    return SourceToken.objects.filter(source=source, revoked_at=None).update(revoked_at=now)


def push_take(
    *, token: str, rows: Sequence[Any], sources: Mapping[str, Source], spool: Path, state: Path, now: datetime
) -> PushTaken:
    """Take `rows` for the source that `token` belongs to; they are in the spool when it returns.

    TokenRefused without a token in force, PushTooLarge, PushBusy, or PushRefused when the source is off or nothing can be written.
    """
    source = _source_of(token, sources)
    if isinstance(rows, str | bytes | Mapping) or not isinstance(rows, Sequence):
        raise PushRefused(_("推送的内容应当是一个帖子数组"))
    if len(rows) > MOST_ROWS:
        raise PushTooLarge(_("一次最多推送 {limit} 条，这次有 {n} 条：请分批").format(limit=MOST_ROWS, n=len(rows)))
    try:
        pushed = take_pushed(rows, source, spool=spool, state=state, now=now)
    except Busy as error:
        raise PushBusy(_("{name} 的另一次推送还没结束，请稍后重发").format(name=source.name)) from error
    except CrawlError as error:
        raise PushRefused(str(error)) from error
    crawl_record(report=pushed.report)
    SourceToken.objects.filter(digest=_digest(token)).update(used_at=now)
    language = get_language() or ""
    refused = tuple(RowRefused(row.row, row.key, row.cause.say(language)) for row in pushed.refused)
    report = pushed.report
    return PushTaken(
        source.name, report.run, pushed.accepted, report.new, report.unchanged, report.undated, refused, pushed.left_behind
    )  # fmt: skip


def _source_of(token: str, sources: Mapping[str, Source]) -> Source:
    """The enabled push source of a token in force; which of its parts is wrong is nobody's business."""
    row = SourceToken.objects.filter(digest=_digest(token), revoked_at=None).first() if token else None
    source = sources.get(row.source) if row else None
    if source is None or source.family != "push":
        raise TokenRefused(_("没有令牌，或令牌无效：请向管理员要这个来源的令牌"))
    if not source.enabled:
        raise PushRefused(_("来源 {name} 没有启用：请先补全来源卡并启用").format(name=source.name))
    return source
