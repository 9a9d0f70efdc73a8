"""Building a challenger, promoting it, going back: each one ledger entry, and no way past the comparison.

A challenger is compared with the champion on events that no model ever learns from, on recent verdicts (with the same recipe
that had not seen them), and on the installation's own labelled file. It is refused where fewer serious risks would be found.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analysis.api import Decided, build_challenger, compare_models, read_decided, refusals, trial
from tracker.accounts.actors import SYSTEM, Actor
from tracker.accounts.entries import entry_append
from tracker.accounts.models import Role
from tracker.learning import champion as models
from tracker.learning.errors import LearningRefused
from tracker.learning.models import ModelVersion, Move, Promotion
from tracker.learning.rows import Row, frozen, rows
from tracker.ledger.services import ledger_hold
from tracker.posts.statements import in_force

SETS: Final[dict[str, str | Promise]] = {
    "frozen": gettext_lazy("从不用于训练的研判"),
    "recent": gettext_lazy("近期研判"),
    "labelled": gettext_lazy("本单位标注文件"),
}
FIGURES: Final[dict[str, str | Promise]] = {
    "rows": gettext_lazy("条数"),
    "risks": gettext_lazy("其中应列单"),
    "risk_ap": gettext_lazy("排序准确度（AP）"),
    "flagged_precision": gettext_lazy("提示的准确率"),
    "flagged_recall": gettext_lazy("应列单的找出率"),
    "serious_flagged": gettext_lazy("较大及以上：被提示"),
    "serious_named": gettext_lazy("较大及以上：等级判对"),
    "topic_right": gettext_lazy("领域判对"),
    "need_right": gettext_lazy("诉求判对"),
}


def challenger_build(*, actor: Actor, now: datetime) -> ModelVersion:
    """Learn a challenger from all verdicts but the frozen fifth, and compare it; LearningRefused with too few verdicts."""
    _allowed(actor)
    rule = in_force("retrain")
    every = rows()
    taught = [row for row in every if not frozen(row.event)]
    if len(taught) < rule["least"] or not _both(taught):
        raise LearningRefused(
            _("能用于训练的研判有 {n} 件，至少要 {least} 件，且列单与不列单都要有").format(
                n=len(taught), least=rule["least"]
            )
        )
    at = models.working()
    base = models.folder(at.version)
    card = build_challenger(base, [row.decided for row in taught], settings.ENV.models, now)
    path = models.folder(card.version)
    sets = _compared(at, card.version, every, now - timedelta(days=rule["recent_days"]))
    return _register(card.version, models.digest_of(path), at.version, len(taught), sets, actor, now)


def _both(taught: list[Row]) -> bool:
    return len({row.decided.risk for row in taught}) > 1


def _compared(at: models.Working, version: str, every: list[Row], since: datetime) -> dict[str, Any]:
    """Set → [champion's figures, challenger's]."""
    old = models.load(at)
    new = models.load(models.Working(version, models.digest_of(models.folder(version)), at.threshold))
    held = [row.decided for row in every if frozen(row.event)]
    found = compare_models(old, new, {"frozen": held, "labelled": labelled()})
    recent = [row.decided for row in every if row.at >= since and not frozen(row.event)]
    earlier = [row.decided for row in every if row.at < since and not frozen(row.event)]
    if recent and earlier:
        # The challenger itself has learned from the recent ones: what is compared is its recipe without them.
        unseeing = trial(models.folder(at.version), earlier, at.threshold)
        found |= compare_models(old, unseeing, {"recent": recent})
    return {name: list(pair) for name, pair in found.items()}


def labelled() -> list[Decided]:
    """The installation's own labelled texts, if it keeps YIDAN_HOME/labelled.jsonl (title, body, risk, level, topic, need)."""
    path = settings.ENV.home / "labelled.jsonl"
    return read_decided(path) if path.exists() else []


@transaction.atomic
def _register(
    version: str, digest: str, champion: str, count: int, sets: dict[str, Any], actor: Actor, now: datetime
) -> ModelVersion:
    fields = {
        "digest": digest,
        "champion": champion,
        "rows": count,
        "comparison": sets,
        "by": actor.username,
        "at": now,
    }
    row, _made = ModelVersion.objects.update_or_create(version=version, defaults=fields)
    entry_append(
        act="model.build", subject=f"model:{version}", actor=actor, now=now,
        data={"rows": count, "digest": digest, "champion": champion or "shipped", "comparison": sets},
    )  # fmt: skip
    return row


def model_promote(*, version: str, actor: Actor, now: datetime, reason: str) -> Promotion:
    """Let `version` work from the next batch on; refused where its comparison shows that fewer serious risks would be found.

    That refusal is an entry of the ledger too: who tried to let a model work that misses more, with which figures against it.
    """
    _allowed(actor)
    _reasoned(reason)
    with transaction.atomic():
        ledger_hold()  # of two at once the second has been compared with a model that works no longer
        row, was = _candidate(version)
        said = objections(row.comparison)
        if not said:
            models.load(models.Working(version, row.digest))
            return _move(Move.PROMOTE, version, was, actor, now, reason)
        entry_append(
            act="model.refuse", subject=f"model:{version}", actor=actor, now=now, reason=reason.strip(),
            data={"from": was or "shipped", "to": version, "objections": said},
        )  # fmt: skip
    raise LearningRefused("；".join(said))


def _candidate(version: str) -> tuple[ModelVersion, str]:
    """The registered model `version` and the one that works now, with which it must have been compared."""
    row = ModelVersion.objects.filter(version=version).first()
    if row is None:
        raise LearningRefused(_("没有登记过模型 {version}").format(version=version))
    was = models.champion()
    if was == version:
        raise LearningRefused(_("{version} 正在使用，不必再启用").format(version=version))
    if row.champion != was:
        raise LearningRefused(_("这个模型是同另一个模型比较的，现用模型已经换了：请重新训练再比较"))
    return row, was


@transaction.atomic
def model_rollback(*, actor: Actor, now: datetime, reason: str) -> Promotion:
    """Let the model work that worked before the last promotion."""
    _allowed(actor)
    _reasoned(reason)
    ledger_hold()
    back = models.before_last()
    if back is None:
        raise LearningRefused(_("正在使用出厂模型，没有更早的可退"))
    return _move(Move.ROLLBACK, back, models.champion(), actor, now, reason)


def _move(move: Move, version: str, was: str, actor: Actor, now: datetime, reason: str) -> Promotion:
    row = Promotion.objects.create(
        move=move, version=version, was=was, by=actor.username, at=now, reason=reason.strip()
    )
    entry_append(
        act=f"model.{move.value}", subject=f"model:{version or 'shipped'}", actor=actor, now=now, reason=reason.strip(),
        data={"from": was or "shipped", "to": version or "shipped"},
    )  # fmt: skip
    return row


def objections(sets: Mapping[str, Any]) -> list[str]:
    """Why a challenger with this comparison may not be promoted: a sentence each; empty when it may."""
    return [_objection(*item) for item in refusals({name: tuple(pair) for name, pair in sets.items()})]


def _objection(name: str, figure: str, was: list[int], new: list[int]) -> str:
    if not name:
        return _("用于比较的较大及以上隐患只有 {n} 件，至少要 {least} 件才看得出是否漏得更多").format(
            n=was[0], least=was[1]
        )
    return _("不能启用：在“{set}”上，{figure}由 {was}/{of} 降到 {now}/{of}").format(
        set=SETS[name], figure=FIGURES[figure], was=was[0], now=new[0], of=was[1]
    )


def _allowed(actor: Actor) -> None:
    if not actor.has(Role.ADMIN, SYSTEM):
        raise LearningRefused(_("模型由管理员训练、启用和退回，您没有这个角色"))


def _reasoned(reason: str) -> None:
    if not reason.strip():
        raise LearningRefused(_("请写明理由"))
