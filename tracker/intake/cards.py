"""The card of a source, changed by an administrator: the catalogue file and one entry of the ledger, or neither."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext as _

from crawlers.api import Draft, card_stamp, save_card
from tracker.accounts.actors import Actor
from tracker.accounts.entries import entry_append
from tracker.accounts.models import Role


class CardChangeRefused(Exception):
    """A change of a card that cannot be; the message is the sentence."""


@transaction.atomic
def card_save(*, edited: Draft, seen: str, folder: Path, actor: Actor, now: datetime, reason: str) -> None:
    """Write `edited` over the file whose stamp was `seen`. The file comes last, so that without it there is no entry."""
    if not actor.has(Role.ADMIN):
        raise CardChangeRefused(_("来源卡由管理员修改，您没有这个角色"))
    if not reason.strip():
        raise CardChangeRefused(_("请写明修改的理由"))
    if not edited.now:
        raise CardChangeRefused(_("没有改动，不必保存"))
    entry_append(
        act="source.card",
        subject=f"source:{edited.source.name}",
        actor=actor,
        now=now,
        reason=reason.strip(),
        data={"was": dict(edited.was), "now": dict(edited.now)},
    )
    # Looked at with the store locked by the entry: of two who save at once, the second sees what the first wrote.
    if card_stamp(edited.source.name, folder) != seen or edited.stamp != seen:
        raise CardChangeRefused(_("这张来源卡刚被别人改过：请重新打开，看过再改"))
    try:
        save_card(edited)
    except OSError as error:
        raise CardChangeRefused(
            _("目录文件 {path} 写不了（{why}）：请检查它的权限和磁盘空间").format(path=edited.path, why=error.strerror)
        ) from error
