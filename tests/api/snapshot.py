"""Writes the description of the API as programs may rely on it: `python -m tests.api.snapshot`."""

from __future__ import annotations

import json
import os
from pathlib import Path


def as_text() -> str:
    from tracker.api.urls import description

    return json.dumps(description(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracker.settings")
    import django

    django.setup()
    Path(__file__).with_name("openapi.json").write_text(as_text(), encoding="utf-8")
