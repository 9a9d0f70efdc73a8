"""Fills the store at YIDAN_HOME with decided events: run by test_model_commands in a process of its own."""

from __future__ import annotations

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracker.settings")

if __name__ == "__main__":
    import django

    django.setup()
    from tests.integration.test_learning_store import decide_many

    decide_many()
