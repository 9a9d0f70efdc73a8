"""What `yidan doctor` finds, one thing at a time."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: is it well, and a sentence that says what to do if not."""

    well: bool
    sentence: str
