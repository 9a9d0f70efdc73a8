"""Crawls that people start from the desk: they go before the scheduled ones, and are neither lost nor done twice.

A wish is a row; the scheduler takes the oldest and starts it on a thread of its own, so that it waits for no scheduled crawl.
"""

from __future__ import annotations

from datetime import datetime

from crawlers.api import Source
from tracker.intake.models import CrawlWish


def wish_crawl(*, source: Source, by: str, now: datetime) -> None:
    """Ask for a crawl of `source`; asking again before it has started changes nothing."""
    CrawlWish.objects.get_or_create(source=source.name, defaults={"asked_by": by, "asked_at": now})


def wish_next() -> str:
    """The source whose wish is the oldest; empty when there is none."""
    return CrawlWish.objects.order_by("asked_at").values_list("source", flat=True).first() or ""


def wish_done(*, source: str, asked_before: datetime) -> None:
    """Take the wish away after its crawl; one made since its start stays."""
    CrawlWish.objects.filter(source=source, asked_at__lte=asked_before).delete()
