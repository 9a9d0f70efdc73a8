"""What goes in and out, typed: the description of the API is made of these, so it cannot say anything else than the code."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Final

from ninja import Schema
from pydantic import AfterValidator, Field

MOST: Final = 200
_BIGGEST: Final = 2**63 - 1


def _storable(text: str) -> str:
    if any(char == "\x00" or "\ud800" <= char <= "\udfff" for char in text):
        raise ValueError("contains a character that cannot be stored")
    return text


Words = Annotated[str, AfterValidator(_storable), Field(max_length=10_000)]
Word = Annotated[str, AfterValidator(_storable), Field(max_length=120)]
Id = Annotated[int, Field(ge=0, le=_BIGGEST)]
Version = Annotated[int, Field(ge=1, le=2**31 - 1, description="The version you saw; another one by now: 409.")]
Limit = Annotated[int, Field(ge=1, le=MOST)]


class Problem(Schema):
    """RFC 9457. `detail` is the sentence the pages show; `reason` the kind of rule."""

    type: str
    title: str
    status: int
    detail: str
    reason: str = ""
    errors: tuple[dict[str, str], ...] = ()


class Versioned(Schema):
    version: Version


class Reasoned(Versioned):
    reason: Words


class Span(Schema):
    """A reason in the text: `tone` is `up2` (strongly for a risk), `up` or `down`; before the verdict `up` or `down` beside its other reasons."""

    text: str
    tone: str
    start: int
    end: int


class Link(Schema):
    source: str
    url: str


class PostOut(Schema):
    """A public post, masked; who wrote it is stored nowhere."""

    id: int
    title: str
    body: str
    published_at: datetime | None
    likes: int
    why: list[Span]
    links: list[Link]
    reply: str
    reply_by: str


class EventRow(Schema):
    """`sure` from 1 to 3 is how sure the machine is: an exact figure would tell the blind samples of the audit from the others."""

    id: int
    version: int
    title: str
    place: str
    topic: str
    need: str
    level: int
    signals: str
    sure: int
    posts: int
    opened_at: datetime
    last_at: datetime
    decision: str


class EventOut(EventRow):
    merged_into: int | None
    risk_number: str | None
    said: list[PostOut]


class EventPage(Schema):
    """`next` is the `after` of the next page; `coverage` what the sources let us see: nothing here is not nothing out there."""

    items: list[EventRow]
    next: str | None
    coverage: str


class RiskRow(Schema):
    number: str
    version: int
    state: str
    state_label: str
    problem: str
    place: str
    topic: str
    need: str
    level: int
    signals: str
    unit: str | None
    unit_name: str | None
    listed_at: datetime
    assigned_at: datetime | None
    sign_due: datetime | None
    treat_due: datetime | None
    answer_due: datetime | None
    answered_at: datetime | None
    closed_at: datetime | None
    outcome: str
    overdue: bool


class RiskPage(Schema):
    items: list[RiskRow]
    next: str | None
    coverage: str


class EvidenceOut(Schema):
    digest: str
    name: str
    content_type: str
    size: int
    at: datetime


class Permission(Schema):
    """One act of the lifecycle in this state: `refusal` empty means that you may."""

    act: str
    label: str
    refusal: str
    needs: list[str]


class RiskOut(RiskRow):
    event: int
    assigning_unit: str | None
    assisting: list[str]
    supervising: str | None
    requirements: str
    contact: str
    returns: int
    send_backs: int
    recurrences: int
    outcome_note: str
    referred_to: str
    duplicate_of: str
    answer: str
    plan: dict[str, Any]
    arithmetic: dict[str, Any]
    evidence: list[EvidenceOut]
    said: list[PostOut]
    papers: list[str]
    acts: list[Permission]


class EntryOut(Schema):
    """One entry of the ledger as it is chained: `hash` is sha256 of the previous hash and the canonical JSON of the rest."""

    seq: int
    at: str
    actor: str
    roles: str
    unit: str
    act: str
    subject: str
    from_state: str
    to_state: str
    reason: str
    data: str
    previous: str
    hash: str


class EntryPage(Schema):
    items: list[EntryOut]
    next: int | None


class HeadOut(Schema):
    seq: int
    hash: str


class VerifyOut(HeadOut):
    holds: bool
    broken_at: int | None = None
    sentence: str = ""


class Confirmation(Versioned):
    """The labels as corrected; `problem` is the sentence the sheet carries, the event's title when left out."""

    level: Annotated[int, Field(ge=1, le=3)]
    topic: Word
    need: Word
    problem: Words = ""
    place: Word = ""


class Merging(Reasoned):
    into: Id


class Splitting(Reasoned):
    posts: Annotated[list[Id], Field(min_length=1, max_length=500)]


class SheetFilter(Schema):
    """The filters of the sheet's page; `after` is the `next` of the page before."""

    words: Annotated[str, Field(max_length=80)] = ""
    state: Annotated[str, Field(max_length=12, description="A state, or `open`.")] = ""
    level: Annotated[int, Field(ge=1, le=3)] | None = None
    topic: Annotated[str, Field(max_length=12)] = ""
    unit: Annotated[str, Field(max_length=40)] = ""
    prefecture: Annotated[str, Field(max_length=20)] = ""
    since: date | None = None
    overdue: bool = False
    sort: Annotated[str, Field(pattern="^(|due)$")] = ""


class PaperRow(Schema):
    id: int
    kind: str
    period: str
    revision: int
    computed_at: datetime
    ledger_seq: int
    ledger_hash: str


class SourceOut(Schema):
    source: str
    title: str
    state: str
    reason: str
    last_run: datetime | None
    last_success: datetime | None
    due: bool
    healthy: bool
    hours_blind: float | None


class CoverageOut(Schema):
    sentence: str
    due: int
    run: int
    healthy: int
    blind: int
    sources: list[SourceOut]


class UnitOut(Schema):
    code: str
    name: str
    path: str
    prefecture: str


class Me(Schema):
    username: str
    name: str
    roles: list[str]
    unit: str
    scope: str


class StateOut(Schema):
    state: str
    label: str
    owner: str | None


class MoveOut(Schema):
    act: str
    label: str
    sources: list[str]
    target: str | None
    target_level_3: str | None
    roles: list[str]
    side: str
    needs: list[str]


class LifecycleOut(Schema):
    states: list[StateOut]
    acts: list[MoveOut]


class NoticeOut(Schema):
    id: int
    number: str
    step: str
    text: str
    at: datetime
    read_at: datetime | None
