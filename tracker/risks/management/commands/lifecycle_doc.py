"""Write docs/lifecycle.md from the table."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand

from tracker.risks.diagram import page


class Command(BaseCommand):
    """Write the page beside the code it describes: run it after every change of the table."""

    help = "Write docs/lifecycle.md from the lifecycle table."
    requires_system_checks = ()

    def handle(self, *_args: object, **_options: object) -> None:
        """Replace the page whole."""
        path = Path(settings.BASE_DIR).parent / "docs" / "lifecycle.md"
        path.write_text(page(), encoding="utf-8")
        self.stdout.write(str(path))
