"""The command line: thin commands over the same services; heavy imports inside each command, so `--help` answers at once."""

from __future__ import annotations

from tracker.cli.app import main

__all__ = ["main"]
