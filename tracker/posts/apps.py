from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate


class PostsConfig(AppConfig):
    name = "tracker.posts"
    label = "posts"

    def ready(self) -> None:
        post_migrate.connect(_index, sender=self)


def _index(*, using: str, **_kwargs: Any) -> None:
    """The text index stands beside the tables that migrations make."""
    from tracker.posts.search import POSTS

    POSTS.install(connections[using])
