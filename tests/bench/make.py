"""Fill the empty store of YIDAN_HOME: `python -m tests.bench.make POSTS RISKS [--ledger]`; one person a role, without passwords."""

from __future__ import annotations

import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracker.settings")


def main(posts: int, risks: int, *, ledger: bool = False) -> None:
    """Bring the store to its schema and fill it."""
    import django

    django.setup()
    from django.apps import apps
    from django.core.management import call_command
    from django.core.management.color import no_style
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
        # The rows brought their keys along: the next one comes after them.
        for statement in connection.ops.sequence_reset_sql(no_style(), apps.get_models(include_auto_created=True)):
            cursor.execute(statement)
        cursor.execute("ANALYZE")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), ledger="--ledger" in sys.argv)
