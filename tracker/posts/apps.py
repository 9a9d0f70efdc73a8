from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate
from django.utils import timezone


class PostsConfig(AppConfig):
    name = "tracker.posts"
    label = "posts"

    def ready(self) -> None:
        post_migrate.connect(_beside, sender=self)


def _beside(*, using: str, **_kwargs: Any) -> None:
    """The text index stands beside the tables that migrations make, and on PostgreSQL a table of this month's posts among them."""
    from tracker.posts.months import month_begin, parted
    from tracker.posts.search import POSTS

    POSTS.install(connections[using])
    if parted(using=using):
        month_begin(timezone.now(), using=using)
