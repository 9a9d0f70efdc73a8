"""Fill the empty store of YIDAN_HOME: `python -m tests.bench.make POSTS RISKS [--ledger]`; one person a role, without passwords."""

from __future__ import annotations

import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracker.settings")


def main(posts: int, risks: int, *, ledger: bool = False) -> None:
    """Bring the store to its schema and fill it."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection
    from django.utils import timezone

    from tests.bench.store import BULK, fill
    from tests.factories import make_desk
    from tracker.posts.search import POSTS
    from tracker.risks.selectors import SHEET

    call_command("migrate", verbosity=0)
    fill(make_desk(), posts=posts, risks=risks, now=timezone.now(), ledger=ledger)
    for index in (POSTS, SHEET):
        while index.catch_up(limit=BULK):
            pass
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), ledger="--ledger" in sys.argv)
