"""Posts, sightings, events, verdicts. There is no author column, and no search by person."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class Decision(models.TextChoices):
    """What an analyst made of an event."""

    PENDING = "pending", _("待研判")
    CONFIRMED = "confirmed", _("已列单")
    DISMISSED = "dismissed", _("不列单")
    MERGED = "merged", _("已并入另一件")


class Event(models.Model):
    """All posts about one concrete problem at one place or object, whoever and whenever.

    Labels are those of the gravest post; `harm` orders the queue (see `posts.harm`). `version` guards against two analysts
    deciding at once. `merged_into` is the event that took this one's posts over, and takes those that still come.

    `heat` 0..100 and the `numbers` it comes from are those of its newest post (`analysis.heat`). `queued` is what waits for an
    analyst once pending: what the machine flagged, and what was drawn from below the threshold to find its misses; a drawn one
    stands in the queue by the harm `drawn`, so that its place does not tell.
    """

    title = models.CharField(max_length=200)
    place = models.CharField(max_length=120, blank=True)
    topic = models.CharField(max_length=12, default="-")
    need = models.CharField(max_length=12, default="complain")
    level = models.SmallIntegerField(default=0)
    signals = models.CharField(max_length=16, blank=True)
    risk = models.FloatField(default=0)
    harm = models.FloatField(default=0)
    heat = models.FloatField(default=0)
    numbers = models.JSONField(default=dict)
    alarmed_at = models.DateTimeField(null=True)
    flagged = models.BooleanField(default=False)
    drawn = models.FloatField(null=True)
    queued = models.GeneratedField(
        expression=models.Q(flagged=True) | models.Q(drawn__isnull=False),  # type: ignore[arg-type] # as documented
        output_field=models.BooleanField(),
        db_persist=True,
    )
    posts_count = models.PositiveIntegerField(default=0)
    opened_at = models.DateTimeField()
    last_at = models.DateTimeField()
    decision = models.CharField(max_length=10, choices=Decision.choices, default=Decision.PENDING)
    version = models.PositiveIntegerField(default=1)
    merged_into = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="merged")

    class Meta:
        indexes: ClassVar[list[Any]] = [
            models.Index(
                fields=["-harm", "id"],
                name="event_queue",
                condition=models.Q(queued=True, decision="pending"),
            ),
            # Few events are merged: an index of all of them says that half the table shares one value, and is not used.
            models.Index(fields=["merged_into"], name="event_merged", condition=models.Q(merged_into__isnull=False)),
            # Of the confirmed alone: an index of every decision offers itself for the queue too, and then sorts all of it.
            models.Index(fields=["topic", "-id"], name="event_cases", condition=models.Q(decision="confirmed")),
            # With what the hottest are found by, so that only those few are read.
            models.Index(fields=["-last_at", "heat", "decision", "id"], name="event_warm"),
        ]

    def __str__(self) -> str:
        return self.title


class Post(models.Model):
    """One public post, masked, with what the machine says of it. Stored once however many boards carry it.

    `voice` is equal for posts of one person in one week at one host, without saying who (`crawlers.voices`); what is a week old is equal
    within its event only (`posts.voices`). `erased_at` is when its words went, by their age or on request; its digest stays, so that they do not come back.
    """

    title = models.TextField()
    body = models.TextField()
    published_at = models.DateTimeField(null=True)
    discovered_at = models.DateTimeField()
    digest = models.CharField(max_length=64, db_index=True)
    revision = models.CharField(max_length=64)
    reply = models.TextField(blank=True)
    reply_by = models.CharField(max_length=120, blank=True)
    replied_at = models.DateTimeField(null=True)
    likes = models.PositiveIntegerField(default=0)
    event = models.ForeignKey(Event, null=True, on_delete=models.PROTECT, related_name="posts")
    signature = models.BinaryField(default=b"")
    voice = models.CharField(max_length=16, blank=True, default="", db_default="")
    transport = models.FloatField(default=0)
    risk = models.FloatField(default=0)
    flagged = models.BooleanField(default=False)
    topic = models.CharField(max_length=12, default="-")
    need = models.CharField(max_length=12, default="complain")
    level = models.SmallIntegerField(default=0)
    signals = models.CharField(max_length=16, blank=True)
    places = models.JSONField(default=list)
    why = models.JSONField(default=list)
    model = models.CharField(max_length=60, blank=True)
    sure = models.JSONField(null=True)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar[list[Any]] = [
            # With what the posts of a day are counted by, so that counting them reads no text.
            models.Index(fields=["discovered_at", "published_at", "flagged"], name="post_counted"),
            models.Index(fields=["published_at"], name="post_published"),
        ]

    def __str__(self) -> str:
        return self.title


class Sighting(models.Model):
    """Where a post was seen: a source, its key there, its public address, and since when the source no longer has it."""

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="sightings")
    source = models.CharField(max_length=60)
    key = models.CharField(max_length=200)
    url = models.TextField()
    revision = models.CharField(max_length=64)
    seen_at = models.DateTimeField()
    gone_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [models.UniqueConstraint(fields=["source", "key"], name="sighting_once")]

    def __str__(self) -> str:
        return f"{self.source}:{self.key}"


class Verdict(models.Model):
    """One decision of an analyst on an event, kept because models learn from it; `machine` is what the machine had said."""

    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="verdicts")
    decision = models.CharField(max_length=10, choices=Decision.choices)
    reason = models.TextField(blank=True)
    labels = models.JSONField(default=dict)
    machine = models.JSONField(default=dict)
    by = models.CharField(max_length=150)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.event_id} {self.decision}"


class Burst(models.Model):
    """One alarm: an event's posts burst, with the numbers that made it one, as they stood then."""

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="bursts")
    at = models.DateTimeField(db_index=True)
    numbers = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.event_id} {self.at:%Y-%m-%d}"


class Statement(models.Model):
    """What the department stated on one matter (`kind`), when and why; the newest of a kind holds."""

    kind = models.CharField(max_length=20)
    values = models.JSONField(default=dict)
    by = models.CharField(max_length=150)
    at = models.DateTimeField()
    reason = models.TextField()

    class Meta:
        indexes: ClassVar[list[Any]] = [models.Index(fields=["kind", "-id"], name="statement_in_force")]

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%Y-%m-%d}"
