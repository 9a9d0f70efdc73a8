"""Why a backup or a restore does not go on; str() is the sentence for the user."""

from __future__ import annotations


class BackupRefused(RuntimeError):
    """Nothing has been overwritten; the message says what to do."""
