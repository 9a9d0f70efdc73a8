"""The model in front of people: what it reaches, what its threshold means in work, what it misses, what would replace it, drift.

Every figure says what it rests on; one that cannot be told says so in words and shows no number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analysis.api import Recall
from tracker.accounts.actors import Actor
from tracker.accounts.models import Role
from tracker.learning.audit import estimates
from tracker.learning.champion import stack
from tracker.learning.costs import outlook, stated
from tracker.learning.drifting import latest
from tracker.learning.models import Promotion
from tracker.learning.services import FIGURES, SETS
from tracker.learning.shelf import shelf
from tracker.posts.statements import BOUNDS, LABELS, StatementRefused, checked, in_force, shipped
from tracker.web.health import sight
from tracker.web.middleware import DeskRequest

# The figures of the card, in the order in which people ask for them.
METRICS: Final[dict[str, str | Promise]] = {
    "flagged_recall": gettext_lazy("应列单的找出率"),
    "flagged_precision": gettext_lazy("提示的准确率"),
    "risk_ap": gettext_lazy("排序准确度（AP）"),
    "risk_p_at_r95": gettext_lazy("找出率 95% 时的准确率"),
    "level2_recall": gettext_lazy("较大及以上：等级判对"),
    "level2_precision": gettext_lazy("判为较大及以上的准确率"),
    "level_qwk": gettext_lazy("等级一致性（κ）"),
    "transport_ap": gettext_lazy("是否交通（AP）"),
    "topic_acc": gettext_lazy("领域判对"),
    "need_acc": gettext_lazy("诉求判对"),
    "brier": gettext_lazy("概率误差（Brier，越低越好）"),
}
DRIFTS: Final[dict[str, str | Promise]] = {
    "score": gettext_lazy("机器给的把握"),
    "length": gettext_lazy("来帖长度（字）"),
    "unknown": gettext_lazy("模型没学过的词的比例"),
}
STATES: Final[dict[str, str | Promise]] = {
    "few": gettext_lazy("帖子太少，看不出"),
    "steady": gettext_lazy("稳定"),
    "some": gettext_lazy("有变化，留意误报和漏报"),
    "much": gettext_lazy("变化很大，应当重新训练或检查来源"),
}
KINDS: Final[dict[str, str | Promise]] = {
    "heat": gettext_lazy("突增报警"),
    "audit": gettext_lazy("盲审抽查"),
    "retrain": gettext_lazy("自动训练"),
}


LONGEST_REASON: Final = 300


class ReasonedForm(forms.Form):
    """A reason that the ledger keeps; the service asks for it."""

    reason = forms.CharField(
        required=False, max_length=LONGEST_REASON, label=gettext_lazy("理由（记入台账）"), widget=forms.TextInput(attrs={"required": True})
    )  # fmt: skip


class RuleForm(ReasonedForm):
    """The fields of one statement; what is out of bounds is said by the service."""

    def __init__(self, kind: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": f"{kind}-%s", **kwargs})
        reason = self.fields.pop("reason")
        for name, like in shipped()[kind].items():
            if name != "threshold":
                self.fields[name] = _field(like, str(LABELS[name]), *BOUNDS[kind][name])
        self.fields["reason"] = reason


def _field(like: object, label: str, low: float, high: float) -> forms.Field:
    if isinstance(like, bool):
        return forms.BooleanField(required=False, label=label)
    step = "any" if isinstance(like, float) else "1"
    widget = forms.NumberInput(attrs={"min": low, "max": high, "step": step})
    return (
        forms.FloatField(label=label, widget=widget)
        if isinstance(like, float)
        else forms.IntegerField(label=label, widget=widget)
    )


@dataclass(frozen=True, slots=True)
class Line:
    """One figure: its name, its value in words, how far it can be trusted, and (a comparison) whether it got worse."""

    name: str
    value: str
    margin: str = ""
    worse: bool = False


def model_context(request: DeskRequest, error: str = "") -> dict[str, Any]:
    """Template variables."""
    shelved, worked = shelf(), stack()
    working = next((card for card in shelved if card.works), shelved[0])
    last = Promotion.objects.order_by("-id").first()
    return {
        "error": error,
        "sight": sight(request.now),
        "working": working,
        "since": last.at if last else None,
        "metrics": list(_metrics(working.metrics)),
        "challengers": [(card, list(_compared(card.row.comparison))) for card in shelved[1:4] if card.row],
        "back": worked[-2] if len(worked) > 1 else None,
        "misses": misses(request.now),
        "drift": [_drift(reading) for reading in latest()],
        "rules": [(kind, label, RuleForm(kind, initial=in_force(kind))) for kind, label in KINDS.items()],
        "reason": ReasonedForm(auto_id=False),
        **_costs(request),
        **rights(request.actor),
    }


def rights(actor: Actor) -> dict[str, bool]:
    """What this person may do here; the services decide again."""
    return {"may_state": actor.has(Role.ADMIN, Role.MANAGER), "may_move": actor.has(Role.ADMIN)}


def _metrics(metrics: Mapping[str, Any]) -> Any:
    for name, label in METRICS.items():
        if isinstance(found := metrics.get(name), dict) and "value" in found:
            yield Line(str(label), f"{found['value']:.3f}", f"{found['low']:.3f} – {found['high']:.3f}")


def _compared(sets: Mapping[str, Any]) -> Any:
    """(set, rows of (figure, before, after, worse)) of a challenger."""
    for name, (before, after) in sets.items():
        yield (
            SETS.get(name, name),
            [
                (label, _worth(before[figure]), _worth(after[figure]), _number(after[figure]) < _number(before[figure]))
                for figure, label in FIGURES.items()
                if figure in before
            ],
        )


def _worth(value: Any) -> str:
    """A share as its counts and per cent; nothing to count is said, not shown as 0."""
    if isinstance(value, list):
        hits, of = value
        return f"{hits}/{of} · {100 * hits / of:.0f}%" if of else _("没有可算的")
    return _("没有可算的") if value is None else str(value)


def _number(value: Any) -> float:
    if isinstance(value, list):
        return value[0] / value[1] if value[1] else 0.0
    return float(value or 0)


def misses(now: datetime) -> list[tuple[str, Recall, str]]:
    """(name, estimate, sentence) of the blind audit."""
    names = {"all": _("应列单的"), "serious": _("其中较大及以上的")}
    return [(names[name], found, _said(found)) for name, found in estimates(now).items()]


def _said(found: Recall) -> str:
    if not found.drawn:
        return _("还没有抽查过，不能说漏了多少")
    if not found.judged:
        return _("已抽 {drawn} 件，还没有研判，不能说漏了多少").format(drawn=found.drawn)
    if not found.caught:
        return _("抽查研判 {judged} 件，其中漏报 {seen} 件；由提示列单的还没有，算不出找出率").format(
            judged=found.judged, seen=found.misses_seen
        )
    return _("找出率约 {value:.0%}（95% 可信 {low:.0%} – {high:.0%}）：列单 {caught} 件；抽查研判 {judged} 件，其中漏报 {seen} 件").format(
        value=found.value, low=found.low, high=found.high, caught=found.caught, judged=found.judged, seen=found.misses_seen
    )  # fmt: skip


def _drift(reading: Any) -> tuple[Any, str, str, str, str]:
    """(reading, name, state in words, now, before)."""
    shown = "{:.0f}" if reading.name == "length" else "{:.3f}"
    now, before = (shown.format(v) if v is not None else "—" for v in (reading.now, reading.before))
    return reading, str(DRIFTS[reading.name]), str(STATES[reading.state]), now, before


def _costs(request: DeskRequest) -> dict[str, Any]:
    """The statement in force, or the one that is being tried in the address, and what it means."""
    values, tried, wrong = stated(), "least_recall" in request.GET, ""
    if tried:
        try:
            values = checked(
                "cost", {**values, **{name: request.GET.get(name) for name in ("most_items_a_day", "least_recall")}}
            )
        except StatementRefused as refused:
            wrong, tried = str(refused), False
    seen = outlook(values, request.now)
    form = RuleForm("cost", initial=values)
    del form.fields["reason"]
    return {
        "costs": values,
        "tried": tried,
        "wrong": wrong,
        "seen": seen,
        "costs_form": form,
        "found_words": _percent(seen.operating.recall),
        "cap_words": _percent(seen.operating.cap_recall),
        "basis_words": _("按出厂标注数据") if seen.operating.basis == "card" else _("按本单位研判"),
    }


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share:.0%}"
