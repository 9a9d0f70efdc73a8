"""What every page needs: who is looking, and with which roles."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest


def desk(request: HttpRequest) -> dict[str, Any]:
    """Template variables of every page."""
    return {"actor": getattr(request, "actor", None)}
