"""Hostile text for every free field of the store: markup, bidi controls, emoji, formulas, length."""

from __future__ import annotations

from typing import Final

from django.db.models import CharField, Model, TextField

SCRIPT: Final = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>{{ 7*7 }}{% debug %}"
BIDI: Final = "\u202e\u2066反过来\u200f\u0600" + "a\u0301" * 40
EMOJI: Final = "👩‍👩‍👧‍👦🏳️‍🌈\U0001f9d1\u200d\U0001f692" * 8
FORMULA: Final = '=HYPERLINK("http://evil.example","点我")'
TEXTS: Final = {
    "script": SCRIPT, "bidi": BIDI, "emoji": EMOJI, "formula": FORMULA, "long": "桥" * 100_000, "unbroken": "W" * 100_000,
}  # fmt: skip
# All of it at once, short enough that a page stays one that a person would read.
EVERYTHING: Final = f"{SCRIPT}<b style=color:red onclick=alert(1)>{BIDI[:20]}{EMOJI[:20]}{FORMULA}{'W' * 160}"
# Columns of codes: what stands there comes out of a list.
CODES: Final = {
    "code", "path", "username", "password", "topic", "need", "kind", "state", "signals", "outcome", "decision", "digest", "revision", "signature",
    "content_type", "purpose", "unit", "query", "number", "key", "recipient", "step", "email", "first_name", "last_name", "breaches", "verified_by", "duplicate_of", "original",
}  # fmt: skip


def poison(model: type[Model], text: str) -> None:
    """`text`, as far as it fits, into every free column of every row."""
    changes = {
        field.name: text[: field.max_length or len(text)]
        for field in model._meta.concrete_fields
        if isinstance(field, CharField | TextField) and field.name not in CODES and not field.choices and not field.unique
    }  # fmt: skip
    model.objects.update(**changes)
