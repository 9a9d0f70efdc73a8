"""Poisons a store that `seed` has filled: hostile text in every free field, addresses that must not be linked."""

from __future__ import annotations

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracker.settings")


def main() -> None:
    import django

    django.setup()
    from django.utils import timezone

    from tests.hostile import EVERYTHING, poison
    from tracker.accounts.models import Unit, User
    from tracker.accounts.selectors import actor_of
    from tracker.intake.models import CrawlRun, SourceState
    from tracker.notify.models import Notice
    from tracker.posts.models import Event, Post, Sighting
    from tracker.risks.lifecycle import Act
    from tracker.risks.models import Attachment, CalendarDay, DeadlineRule, Risk, SavedView
    from tracker.risks.services import risk_note

    now = timezone.now()
    dispatcher = actor_of(User.objects.get(username="dispatcher"), now)
    for risk in Risk.objects.exclude(state__in=("closed", "withdrawn")):
        risk_note(act=Act.COMMENT, risk=risk.pk, version=risk.version, actor=dispatcher, now=now, reason=EVERYTHING)
    for model in (Post, Event, Risk, Unit, User, Attachment, Notice, SavedView, CalendarDay, DeadlineRule):
        poison(model, EVERYTHING)
    for runs in (CrawlRun, SourceState):
        runs.objects.update(reason=EVERYTHING)
    Post.objects.update(body=f"{EVERYTHING}护栏断了\n{EVERYTHING}")
    Post.objects.filter(pk__in=Post.objects.order_by("pk")[:2].values("pk")).update(body="桥" * 100_000)
    unsafe = (
        "javascript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "https://board.example/t/1",
        "//x.example",
    )
    for rank, seen in enumerate(Sighting.objects.order_by("pk")):
        Sighting.objects.filter(pk=seen.pk).update(url=unsafe[rank % len(unsafe)])


if __name__ == "__main__":
    main()
