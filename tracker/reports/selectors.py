"""From the store to the frozen rows that papers are computed from: read only.

Only what a period can need is read: the risks that were open at any time since the period before began, found by what is open now
and by what the ledger has recorded since. Nothing else can appear in the paper, so the cost grows with the period and the open
items, not with the age of the store.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from analysis.api import Drawn, recall
from crawlers.api import HEALTHY, Source
from tracker.accounts.models import Unit, User
from tracker.accounts.selectors import unit_names
from tracker.intake.models import CrawlRun
from tracker.intake.selectors import LEAST_PATIENCE, PATIENCE, reason_on_paper
from tracker.learning.models import Draw
from tracker.ledger.models import Entry, moment_text
from tracker.ledger.selectors import between, timeline
from tracker.posts.models import Decision, Event, Post, Sighting, Verdict
from tracker.reports.facts import (
    ActRow,
    EventRow,
    Facts,
    LedgerHead,
    MissAudit,
    PostRow,
    RiskRow,
    RunRow,
    SourceRow,
    UnitRow,
    VerdictRow,
)
from tracker.reports.models import Paper
from tracker.reports.periods import Period, Year
from tracker.reports.slips import SlipFacts
from tracker.reports.tally import struck_off
from tracker.risks.clocks import Calendar
from tracker.risks.lifecycle import OPEN, Act, State
from tracker.risks.models import Risk

DAYS_OF_CALENDAR = 63
LINKS_PRINTED = 3
_CHUNK = 900


def period_facts(
    period: Period, as_of: datetime, *, head: tuple[int, str], sources: Mapping[str, Source], calendar: Calendar
) -> Facts:
    """Everything the paper of `period` rests on, as recorded up to `as_of` and to the ledger's `head`."""
    until, before = min(max(as_of, period.since), period.until), period.shifted(-1)
    yearly = isinstance(period, Year)
    posts = () if yearly else tuple(_posts(before.since, until))
    shown = {post.event for post in posts if post.event is not None and post.said_at >= period.since}
    flow = tuple(_acts(_flow(period.shifted(1 - period.trend).since, until, head[0])))
    last = period.after - timedelta(days=1)
    return Facts(
        head=LedgerHead(*head, began=_began()),
        risks=tuple(_risks(before.since, until, head[0])),
        acts=tuple(_acts(between(period.since, until).filter(seq__lte=head[0]))),
        flow=flow,
        voices=_voices([act for act in flow if struck_off(act)]),
        units={u.code: UnitRow(u.code, u.name, u.prefecture) for u in Unit.objects.all()},
        sources=tuple(_sources(sources, period.since, until)),
        posts=posts,
        earlier_posts=_earlier(sorted(shown), period.shifted(-period.earlier).since, period.since),
        events=_events(sorted(shown), until),
        verdicts=tuple(_verdicts(period.since, until)),
        pending=tuple(_pending(until)),
        source_posts=_source_posts(before.since, until, head[0]) if yearly else {},
        post_months=_post_months(period, until) if isinstance(period, Year) else {},
        miss_audit=_miss_audit(period, until),
        working_days=tuple(day for day in period.shifted(1).days if calendar(day).working),
        free_days=frozenset(
            day for day in (last - timedelta(days=n) for n in range(DAYS_OF_CALENDAR)) if not calendar(day).working
        ),
    )


_COLUMNS = ("seq", "at", "act", "subject", "actor", "roles", "from_state", "to_state", "reason", "data")


def _acts(entries: QuerySet[Entry]) -> Iterator[ActRow]:
    return map(ActRow._make, entries.order_by("seq").values_list(*_COLUMNS).iterator(chunk_size=5000))


def _risks(since: datetime, until: datetime, head: int) -> Iterator[RiskRow]:
    """The items open now, touched since `since` or due in [since, until), each with its whole timeline up to entry `head`.

    Settled long before its deadline, an item is still one of those that fell due, and the best of them.
    """
    moved = Entry.objects.filter(subject__startswith="risk:", at__gte=moment_text(since), seq__lte=head)
    touched = {subject.removeprefix("risk:") for subject in moved.values_list("subject", flat=True)}
    due = Q(treat_due__gte=since, treat_due__lt=until) | Q(answer_due__gte=since, answer_due__lt=until)
    standing = Risk.objects.filter(Q(state__in=OPEN) | due)
    numbers = sorted(touched | set(standing.values_list("number", flat=True)))
    for start in range(0, len(numbers), _CHUNK):
        chunk = numbers[start : start + _CHUNK]
        acts: defaultdict[str, list[ActRow]] = defaultdict(list)
        for act in _timelines([f"risk:{number}" for number in chunk], head):
            acts[act.subject].append(act)
        rows = Risk.objects.filter(number__in=chunk).order_by("number")
        for number, problem, place, topic in rows.values_list("number", "problem", "place", "topic"):
            if timeline := acts.get(f"risk:{number}"):
                yield RiskRow(number, problem, place, topic, tuple(timeline))


def _timelines(subjects: Sequence[str], head: int) -> Iterator[ActRow]:
    """The entries of each of `subjects` up to `head`, oldest first; in the order of the index, or SQLite reads the whole ledger."""
    entries = Entry.objects.filter(subject__in=subjects, seq__lte=head).order_by("subject", "seq")
    return map(ActRow._make, entries.values_list(*_COLUMNS).iterator(chunk_size=5000))


def _began() -> str:
    return Entry.objects.order_by("seq").values_list("at", flat=True).first() or ""


def _flow(since: datetime, until: datetime, head: int) -> QuerySet[Entry]:
    """Listings, strikings-off and breaches."""
    struck = Q(to_state=State.CLOSED) & ~Q(from_state=State.CLOSED)
    moved = Q(act__in=[f"risk.{Act.LIST}", f"risk.{Act.BREACH}"]) | struck
    return between(since, until).filter(moved, seq__lte=head)


def _voices(struck: Sequence[ActRow]) -> dict[str, int]:
    """How many source posts each struck item had when it was struck off, by the key of the entry."""
    numbers = sorted({act.subject.removeprefix("risk:") for act in struck})
    found: defaultdict[str, list[datetime]] = defaultdict(list)
    for start in range(0, len(numbers), _CHUNK):
        rows = Post.objects.filter(event__risk_item__number__in=numbers[start : start + _CHUNK])
        for number, moment in rows.values_list("event__risk_item__number", "discovered_at"):
            found[f"risk:{number}"].append(moment)
    return {act.key: sum(moment <= act.moment for moment in found[act.subject]) for act in struck}


_SETTLING = (f"risk.{Act.SUBMIT}", f"risk.{Act.ANSWER}", f"risk.{Act.VERIFY}", f"risk.{Act.APPROVE}")


def _source_posts(since: datetime, until: datetime, head: int) -> dict[str, tuple[tuple[str, datetime], ...]]:
    """(key, found at) of the posts behind each item answered or struck off in [since, until)."""
    settled = between(since, until).filter(act__in=_SETTLING, seq__lte=head)
    numbers = sorted({subject.removeprefix("risk:") for subject in settled.values_list("subject", flat=True)})
    found: defaultdict[str, list[tuple[str, datetime]]] = defaultdict(list)
    for start in range(0, len(numbers), _CHUNK):
        rows = Post.objects.filter(event__risk_item__number__in=numbers[start : start + _CHUNK]).order_by("pk")
        for number, pk, moment in rows.values_list("event__risk_item__number", "pk", "discovered_at"):
            found[f"risk:{number}"].append((f"post:{pk}", moment))
    return {key: tuple(posts) for key, posts in found.items()}


def _post_months(year: Year, until: datetime) -> dict[str, tuple[int, int]]:
    """How many posts, and flagged ones, were said in each month of `year` that has any."""
    found: dict[str, tuple[int, int]] = {}
    for month in year.months:
        said = _said(month.since, min(month.until, until)).order_by()
        row = said.aggregate(said=Count("pk"), flagged=Count("pk", filter=Q(flagged=True)))
        if row["said"]:
            found[month.name] = (row["said"], row["flagged"])
    return found


def _said(since: datetime, until: datetime) -> QuerySet[Post]:
    """Posts of an event said in [since, until): when published, or found where the board gives no time."""
    dated = Q(published_at__gte=since, published_at__lt=until)
    undated = Q(published_at=None, discovered_at__gte=since, discovered_at__lt=until)
    return Post.objects.filter(dated | undated, event__isnull=False)


def _posts(since: datetime, until: datetime) -> Iterator[PostRow]:
    rows = _said(since, until).annotate(said=Coalesce("published_at", "discovered_at"))
    columns = rows.order_by("id").values_list("id", "said", "flagged", "event_id")
    return (PostRow(pk, said, flagged, event) for pk, said, flagged, event in columns.iterator())


def _earlier(events: Sequence[int], since: datetime, until: datetime) -> dict[int, int]:
    """How many posts each of `events` had in [since, until)."""
    found: dict[int, int] = {}
    for start in range(0, len(events), _CHUNK):
        rows = _said(since, until).filter(event__in=events[start : start + _CHUNK]).order_by()
        found |= dict(rows.values_list("event").annotate(Count("pk")))
    return found


def _decided(until: datetime) -> Subquery:
    """The newest decision on an event before `until`."""
    return Subquery(
        Verdict.objects.filter(event=OuterRef("pk"), at__lt=until).order_by("-at", "-pk").values("decision")[:1]
    )


def _miss_audit(period: Period, until: datetime) -> MissAudit | None:
    """What was drawn of the days of `period`, as judged before `until`, so that later verdicts do not change an old paper."""
    newest = Verdict.objects.filter(event=OuterRef("event"), at__lt=until).order_by("-at", "-pk").values("decision")[:1]
    draws = Draw.objects.filter(day__gte=period.first, day__lt=period.after).annotate(decided=Subquery(newest))
    rows = list(draws.order_by("event").values_list("event", "stratum", "chance", "decided"))
    if not rows:
        return None
    found = {Decision.CONFIRMED: True, Decision.DISMISSED: False}
    flagged = Verdict.objects.filter(
        at__gte=period.since, at__lt=until, decision=Decision.CONFIRMED, event__drawn__isnull=True
    )
    sample = [Drawn(stratum, chance, found.get(decided)) for _event, stratum, chance, decided in rows]
    result = recall(flagged.values("event").distinct().count(), sample)
    return MissAudit(
        drawn=tuple(f"event:{event}" for event, *_rest in rows),
        judged=tuple(f"event:{event}" for event, _s, _c, decided in rows if decided in found),
        missed=tuple(f"event:{event}" for event, _s, _c, decided in rows if decided == Decision.CONFIRMED),
        value=result.value,
        low=result.low,
        high=result.high,
    )


def _events(ids: Sequence[int], until: datetime) -> dict[int, EventRow]:
    found: dict[int, EventRow] = {}
    for start in range(0, len(ids), _CHUNK):
        rows: QuerySet[Event] = Event.objects.filter(pk__in=ids[start : start + _CHUNK])
        columns = ("pk", "title", "place", "level", "flagged", "decided", "opened_at")
        for pk, title, place, level, flagged, decided, opened in rows.annotate(decided=_decided(until)).values_list(
            *columns
        ):
            found[pk] = EventRow(pk, title, place, level, flagged, decided or "", opened)
    return found


def _pending(until: datetime) -> list[int]:
    """Flagged events, known before `until`, on which nobody had decided by then."""
    found = Post.objects.filter(event=OuterRef("pk"), discovered_at__lt=until)
    known = Event.objects.filter(Exists(found), flagged=True)
    open_ones = known.annotate(decided=_decided(until)).filter(Q(decided=None) | Q(decided=Decision.PENDING))
    return list(open_ones.order_by("pk").values_list("pk", flat=True))


def _verdicts(since: datetime, until: datetime) -> Iterator[VerdictRow]:
    rows = Verdict.objects.filter(at__gte=since, at__lt=until).order_by("pk")
    columns = ("pk", "event_id", "decision", "at", "labels", "machine", "event__flagged")
    return (VerdictRow(*row) for row in rows.values_list(*columns))


def _sources(sources: Mapping[str, Source], since: datetime, until: datetime) -> Iterator[SourceRow]:
    healthy = CrawlRun.objects.filter(state__in=HEALTHY, finished_at__lt=since)
    before = dict(healthy.values_list("source").annotate(Max("finished_at")))
    runs: defaultdict[str, list[RunRow]] = defaultdict(list)
    for run in CrawlRun.objects.filter(finished_at__gte=since, finished_at__lt=until).order_by("finished_at", "pk"):
        runs[run.source].append(
            RunRow(run.source, run.finished_at, run.state, reason_on_paper(run), run.state in HEALTHY)
        )
    for name, source in sorted(sources.items()):
        limit = max(source.pace.every * PATIENCE, LEAST_PATIENCE) / 3600
        yield SourceRow(name, source.title, source.enabled, limit, before.get(name), tuple(runs[name]))


def papers(kind: str, period: str) -> QuerySet[Paper]:
    """The frozen papers of one period, newest revision first."""
    return Paper.objects.filter(kind=kind, period=period).order_by("-pk")


def acts_of(risk: Risk, head: int | None = None) -> tuple[ActRow, ...]:
    """The entries of one item, oldest first, up to `head` where it is given."""
    entries = timeline(risk.subject) if head is None else timeline(risk.subject).filter(seq__lte=head)
    # Few: no cursor of the server's own for them, which costs two questions more.
    return tuple(map(ActRow._make, entries.values_list(*_COLUMNS)))


def slip_facts(risk: Risk, head: tuple[int, str]) -> SlipFacts:
    """One item with the words that its papers quote; the caller has seen to it that the reader may see it."""
    acts = acts_of(risk, head[0])
    people = User.objects.filter(username__in={act.actor for act in acts})
    links = Sighting.objects.filter(post__event=risk.event_id).order_by("pk").values_list("url", flat=True)
    return SlipFacts(
        risk=RiskRow(risk.number, risk.problem, risk.place, risk.topic, acts),
        head=LedgerHead(*head),
        assigning_unit=risk.assigning_unit.code if risk.assigning_unit else "",
        requirements=risk.requirements,
        contact=risk.contact,
        links=tuple(links[:LINKS_PRINTED]),
        evidence=tuple(risk.attachments.order_by("pk").values_list("name", flat=True)),
        units=unit_names(),
        people={user.username: str(user) for user in people},
    )
