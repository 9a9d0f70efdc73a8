"""What the machine says of a post, as the columns of its row."""

from __future__ import annotations

from analysis.records import Assessment


def said_columns(said: Assessment) -> dict[str, object]:
    """Column → value."""
    return {
        "transport": said.transport,
        "risk": said.risk,
        "flagged": said.flagged,
        "topic": said.topic,
        "need": said.need,
        "level": said.level,
        "signals": "".join(said.signals),
        "places": list(said.places),
        "why": said.to_dict()["why"],
        "model": said.model,
        "sure": [round(chance, 3) for chance in said.sure],
    }
