"""Voices part when their week is over: what was equal stays equal within one event, where it is counted, and nowhere else.

The key that made them is destroyed then (`crawlers.voices`), so they cannot be made again; with this they cannot be followed from one
event to another either. Nothing shows a voice to anybody.
"""

from __future__ import annotations

import secrets
from datetime import datetime, time, timedelta
from typing import Final

from django.db import transaction

from crawlers.api import SHANGHAI
from tracker.posts.models import Post

PARTED: Final = "~"  # what a voice that has parted begins with, as no hash does
CHUNK: Final = 2000


def voices_part(*, now: datetime) -> int:
    """Give the voices of posts found before this week another value for each event; returns how many posts. Safe to repeat."""
    today = now.astimezone(SHANGHAI).date()
    monday = datetime.combine(today - timedelta(days=today.weekday()), time(), SHANGHAI)
    waiting = Post.objects.filter(discovered_at__lt=monday).exclude(voice="").exclude(voice__startswith=PARTED)
    done = 0
    while pairs := list(waiting.order_by("event", "voice").values_list("event", "voice").distinct()[:CHUNK]):
        with transaction.atomic():
            for event, voice in pairs:
                new = f"{PARTED}{secrets.token_hex(8)[:15]}" if event else ""
                done += waiting.filter(event=event, voice=voice).update(voice=new)
    return done
