from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate


class RisksConfig(AppConfig):
    name = "tracker.risks"
    label = "risks"

    def ready(self) -> None:
        post_migrate.connect(_index, sender=self)


def _index(*, using: str, **_kwargs: Any) -> None:
    """The text index stands beside the tables that migrations make."""
    from tracker.risks.selectors import SHEET

    SHEET.install(connections[using])
