"""The sheet and what hangs on it. Status columns are written by `risks.services` only."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.db import models

from tracker.accounts.models import Unit
from tracker.posts.models import Event
from tracker.risks.clocks import met
from tracker.risks.lifecycle import OPEN, OUTCOMES, STATES, Outcome, State


class Risk(models.Model):
    """One confirmed risk: one line of the sheet (隐患清单). One event has one risk, beside those withdrawn as listed in error."""

    number = models.CharField(max_length=20, unique=True)
    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="risk_item")
    problem = models.TextField()
    place = models.CharField(max_length=120, blank=True)
    topic = models.CharField(max_length=12)
    need = models.CharField(max_length=12)
    kind = models.CharField(max_length=12)
    level = models.SmallIntegerField()
    signals = models.CharField(max_length=16, blank=True)
    state = models.CharField(max_length=12)
    version = models.PositiveIntegerField(default=1)
    unit = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="handling")
    assigning_unit = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="+")
    assisting = models.ManyToManyField(Unit, related_name="assisting")
    supervising_unit = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="supervising")
    requirements = models.TextField(blank=True)
    contact = models.CharField(max_length=80, blank=True)
    discovered_at = models.DateTimeField()
    listed_at = models.DateTimeField()
    assigned_at = models.DateTimeField(null=True)
    signed_at = models.DateTimeField(null=True)
    submitted_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    sign_due = models.DateTimeField(null=True)
    treat_due = models.DateTimeField(null=True)
    answer_due = models.DateTimeField(null=True)
    arithmetic = models.JSONField(default=dict)
    breaches = models.CharField(max_length=40, blank=True)
    returns = models.PositiveSmallIntegerField(default=0)
    send_backs = models.PositiveSmallIntegerField(default=0)
    recurrences = models.PositiveSmallIntegerField(default=0)
    outcome = models.CharField(max_length=12, blank=True)
    outcome_note = models.TextField(blank=True)
    referred_to = models.CharField(max_length=80, blank=True)
    duplicate_of = models.CharField(max_length=20, blank=True)
    answer = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True)
    hands = models.JSONField(default=list)
    verified_by = models.CharField(max_length=150, blank=True)
    plan = models.JSONField(default=dict)

    class Meta:
        indexes: ClassVar[list[Any]] = [
            # With the key: nothing unassigned has a deadline yet, and a list of those would sort them all.
            models.Index(fields=["state", "treat_due", "id"], name="risk_state_due_id"),
            models.Index(fields=["unit", "state"], name="risk_unit_state"),
            models.Index(fields=["listed_at"], name="risk_listed"),
            models.Index(fields=["place", "-id"], name="risk_place"),
            # What was closed lately is a small part of all that ever was; with the moments by which its pace is reckoned.
            models.Index(
                fields=["closed_at", "listed_at", "discovered_at", "event"],
                name="risk_closed",
                condition=models.Q(state="closed"),
            ),
            # The newest of a field, by which units are proposed; the rest of a long sheet is not read.
            models.Index(fields=["topic", "-id"], name="risk_topic"),
            # What is open is a small part of a sheet that grows for years: lists by deadline walk this and sort nothing.
            models.Index(fields=["treat_due", "id"], name="risk_open_due", condition=models.Q(closed_at__isnull=True)),
        ]
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["event"], condition=~models.Q(state="withdrawn"), name="one_risk_an_event")
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def state_label(self) -> str:
        return str(STATES[State(self.state)].label)

    @property
    def state_colour(self) -> str:
        return STATES[State(self.state)].colour

    @property
    def outcome_label(self) -> str:
        return str(OUTCOMES[Outcome(self.outcome)]) if self.outcome else ""

    def overdue(self, now: datetime) -> bool:
        """Open past the treatment deadline, and nobody applied in time: `selectors.overdue` for one row."""
        late = self.state in OPEN and self.treat_due is not None and self.treat_due < now
        return late and not met(self.treat_due, self.submitted_at)

    @property
    def subject(self) -> str:
        """The ledger's text key."""
        return f"risk:{self.number}"


class Attachment(models.Model):
    """Evidence, stored by digest under YIDAN_HOME/files; `content_type` is what the bytes say, not what the name claims.

    `original` is the digest of the file as it was brought: an image is kept without its metadata, so its own digest differs.
    """

    risk = models.ForeignKey(Risk, on_delete=models.PROTECT, related_name="attachments")
    digest = models.CharField(max_length=64)
    original = models.CharField(max_length=64, blank=True)
    name = models.CharField(max_length=120)
    content_type = models.CharField(max_length=60)
    size = models.PositiveIntegerField()
    by = models.CharField(max_length=150)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[Any]] = [models.UniqueConstraint(fields=["risk", "digest"], name="attached_once")]

    def __str__(self) -> str:
        return self.name


class Extension(models.Model):
    """A unit's request for more working days, and the manager's decision; `granted` is NULL while it is awaited."""

    risk = models.ForeignKey(Risk, on_delete=models.PROTECT, related_name="extensions")
    days = models.PositiveSmallIntegerField()
    reason = models.TextField()
    asked_by = models.CharField(max_length=150)
    asked_at = models.DateTimeField()
    granted = models.BooleanField(null=True)
    decided_by = models.CharField(max_length=150, blank=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["risk"], name="extension_asked", condition=models.Q(granted__isnull=True))
        ]

    def __str__(self) -> str:
        return f"{self.risk_id} +{self.days}"


class NumberSeries(models.Model):
    """The last number given out in a year; locked while the next one is, so numbers are dense and never double."""

    year = models.PositiveSmallIntegerField(primary_key=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.year}: {self.last}"


class DeadlineRule(models.Model):
    """One row of the editable table of periods. `kind` "*" and `level` 0 mean any; the most specific row holds."""

    purpose = models.CharField(max_length=10)
    kind = models.CharField(max_length=12, default="*")
    level = models.SmallIntegerField(default=0)
    amount = models.PositiveSmallIntegerField()
    unit = models.CharField(max_length=16)
    source = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["purpose", "kind", "level"], name="deadline_rule_once")
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.kind} {self.level}: {self.amount} {self.unit}"


class CalendarDay(models.Model):
    """A day that the department itself declares worked or free; it overrides the published arrangement."""

    day = models.DateField(primary_key=True)
    working = models.BooleanField()
    note = models.CharField(max_length=60, blank=True)

    def __str__(self) -> str:
        return f"{self.day} {'work' if self.working else 'free'}"


class SavedView(models.Model):
    """A way of looking at the sheet under a name of one's own: filters, order and columns, as they stand in the address."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="views")
    name = models.CharField(max_length=40)
    query = models.CharField(max_length=1000, blank=True)

    class Meta:
        # The table was made for the pages alone, before the API kept views too.
        db_table = "web_savedview"
        ordering: ClassVar[list[str]] = ["name"]
        constraints: ClassVar[list[Any]] = [models.UniqueConstraint(fields=["owner", "name"], name="saved_view_once")]

    def __str__(self) -> str:
        return self.name
