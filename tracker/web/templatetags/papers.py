"""What a kind of paper is called, in templates."""

from __future__ import annotations

from django import template

from tracker.web.papers_page import LABELS

register = template.Library()


@register.filter
def paper_label(kind: str) -> str:
    """周报 for `weekly`."""
    return str(LABELS.get(kind, kind))
