"""Everything the queue shows: the list by expected harm and one event with the machine's reasons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from analysis.api import floors_reached
from tracker.learning.cases import nearest_case
from tracker.posts.blind import label_sureness, sureness, told_level, told_topic
from tracker.posts.labels import FLOORS, LEVELS, NEEDS, SIGNALS, TOPICS
from tracker.posts.models import Decision, Event, Post
from tracker.posts.selectors import posts_of, queue
from tracker.risks.lifecycle import OPEN
from tracker.risks.models import Risk
from tracker.risks.selectors import alike as alike_closed
from tracker.risks.selectors import in_territory_of
from tracker.web.forms import DismissForm, MergeForm, SplitForm, VerdictForm
from tracker.web.health import sight
from tracker.web.middleware import DeskRequest
from tracker.web.said import POSTS_SHOWN, said
from tracker.web.undo import earlier, last

LISTED: Final = 25  # events in the list at a time, three windows full; more come as these are decided
PRECEDENTS: Final = 3
ALIKE: Final = 12  # candidates of each sort for a merging
COUNTED: Final = 1000  # beyond this the page says "1000+": an exact count of a long queue helps nobody


def verdict_form(event: Event, data: Any = None) -> VerdictForm:
    """The labels to confirm, as the machine suggests them."""
    initial = {
        "version": event.version, "level": max(event.level, 1), "topic": event.topic if event.topic != "-" else "other",
        "need": event.need, "place": event.place, "problem": event.title,
    }  # fmt: skip
    return VerdictForm(data, initial=initial, auto_id="verdict-%s")


def dismiss_form(event: Event, data: Any = None) -> DismissForm:
    return DismissForm(data, initial={"version": event.version}, auto_id="dismiss-%s")


def merge_form(event: Event, others: Sequence[Event], data: Any = None) -> MergeForm:
    """Into which of `others`; any event may be named, the service decides."""
    initial = {"version": event.version, "reason": _("同一地点的同一问题")}
    form = MergeForm(data, initial=initial, auto_id="merge-%s")
    form.fields["into"].widget.choices = [("", "—"), *((other.pk, _choice(other)) for other in others)]
    return form


def _choice(event: Event) -> str:
    place = f" · {event.place}" if event.place else ""
    return f"{event.title[:36]}{place} · {event.get_decision_display()}"


def split_form(event: Event, data: Any = None) -> SplitForm:
    form = SplitForm(data, initial={"version": event.version}, auto_id="split-%s")
    keys = event.posts.values_list("pk", flat=True) if data else ()
    form.fields["posts"].choices = [(key, key) for key in keys]  # type: ignore[attr-defined]
    return form


def alike(event: Event, waiting: Sequence[Event]) -> list[Event]:
    """Events it may be one with: open items of the sheet at the same place, then what waits at the place or in the field."""
    opened = Risk.objects.filter(place=event.place, state__in=OPEN) if event.place else Risk.objects.none()
    same = [risk.event for risk in opened.select_related("event").order_by("-id")[:ALIKE]]
    field = field_code(event)
    near = [row for row in waiting if row.pk != event.pk and (row.place == event.place or field_code(row) == field)]
    near.sort(key=lambda row: not (event.place and row.place == event.place))
    return [*same, *near[:ALIKE]]


def counted(total: int) -> str:
    """A count for people."""
    return f"{COUNTED}+" if total > COUNTED else str(total)


def queue_context(
    request: DeskRequest,
    event: Event | None,
    *,
    verdict: VerdictForm | None = None,
    dismiss: DismissForm | None = None,
    error: str = "",
) -> dict[str, Any]:
    """Template variables; without `event` the first of the queue is open."""
    events = list(queue()[:LISTED])
    chosen = event or (events[0] if events else None)
    context: dict[str, Any] = {
        "rows": [_row(event) for event in events],
        "total": counted(queue()[: COUNTED + 1].count()),
        "event": chosen,
        "error": error,
        "sight": sight(request.now),
        "undo": last(request.session),
        "earlier": earlier(request.session),
    }
    return context | (_event_context(request, chosen, events, verdict, dismiss) if chosen else {})


@dataclass(frozen=True, slots=True)
class Row:
    """One event of the list, in words: what a template would work out for forty rows costs a third of the page."""

    pk: int
    url: str
    level: int
    level_word: str
    title: str
    line: str


def _row(event: Event) -> Row:
    level, count = told_level(event.level), event.posts_count
    posts = ngettext("%(n)s 帖", "%(n)s 帖", count) % {"n": count}
    line = " · ".join(filter(None, (field_of(event), posts, _cut(event.place, 16))))
    return Row(event.pk, reverse("queue-event", args=[event.pk]), level, _level(level), _cut(event.title, 48), line)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _event_context(
    request: DeskRequest,
    event: Event,
    waiting: Sequence[Event],
    verdict: VerdictForm | None,
    dismiss: DismissForm | None,
) -> dict[str, Any]:
    pending = event.decision == Decision.PENDING
    every = request.GET.get("posts") == "all"
    posts = list(posts_of(event)[: 500 if every else POSTS_SHOWN])
    shown = said(posts, whole=every, blind=pending)
    precedents = list(alike_closed(event.place, field_code(event), PRECEDENTS)) if pending else []
    return {
        "pending": pending,
        "posts": shown,
        "machine": _machine(event, posts[0] if posts else None, precedents),
        "precedents": precedents,
        "case": nearest_case(event) if pending else None,
        "verdict": (verdict or verdict_form(event)) if pending else None,
        "dismiss": (dismiss or dismiss_form(event)) if pending else None,
        "merge": merge_form(event, alike(event, waiting)) if pending else None,
        "split": split_form(event) if pending and len(posts) > 1 else None,
        "merged": list(event.merged.all()[:POSTS_SHOWN]),
        "risk": Risk.objects.filter(event=event).order_by("pk").last()
        if event.decision == Decision.CONFIRMED
        else None,
    }


def _level(level: int) -> str:
    return str(LEVELS.get(level, level))


def sure(risk: float) -> tuple[int, str]:
    """(1 to 3, word) for how sure the machine is that an event belongs on the sheet; the lowest holds many flagged ones too."""
    rank = sureness(risk)
    return rank, _words(rank)


def _words(rank: int) -> str:
    return (_("把握不大"), _("较有把握"), _("很有把握"))[rank - 1]


def field_code(event: Event) -> str:
    """The field as the form suggests it: what is outside the sector is not set apart before somebody has looked."""
    return told_topic(event.topic)


def field_of(event: Event) -> str:
    """Its name."""
    return str(TOPICS.get(field_code(event), event.topic))


def _machine(event: Event, post: Post | None, precedents: Sequence[Risk]) -> dict[str, Any]:
    """What the machine says, in words, with how sure it is of each; it suggests and a person decides."""
    floors, unit = _floors(post), in_territory_of(event.place)
    ranks = label_sureness(post.sure if post else None, level=event.level, topic=event.topic, risk=event.risk)
    surely = {name: _words(rank) for name, rank in ranks.items()}
    if any(level == event.level for _name, level in floors):
        surely["level"] = _("按规则")
    return {
        # In words, and with at least level 1 and a field: an exact figure would tell the blind samples from the others.
        "sure": sure(event.risk),
        "level": told_level(event.level),
        "topic": field_of(event),
        "need": str(NEEDS.get(event.need, event.need)),
        "surely": surely,
        "signals": [str(SIGNALS[s]) for s in event.signals if s in SIGNALS],
        "model": post.model if post else "",
        "explained": bool(post and post.why),
        "floors": [(FLOORS.get(name, name), _level(level)) for name, level in floors],
        "unit": unit,
        "handled": (sum(item.unit == unit for item in precedents), len(precedents)) if unit else None,
    }


def _floors(post: Post | None) -> list[tuple[str, int]]:
    """The rules that hold the level up, of a post about transport; not one that was found and not followed."""
    found = floors_reached(post.title, post.body) if post and post.topic != "-" else []
    return [(name, level) for name, level in found if level <= post.level] if post else []
