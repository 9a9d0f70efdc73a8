"""An understanding without a model: a post is a risk when it says 隐患, and its event is its first word."""

from __future__ import annotations

from dataclasses import dataclass

from analysis.records import Assessment, Explanation


@dataclass(frozen=True)
class Match:
    event: str
    signature: bytes


class FakeUnderstanding:
    """Counts what it is asked, and forgets its events when told to."""

    def __init__(self):
        self.events = {}
        self.assessed = 0
        self.forgotten = 0

    def assess(self, texts):
        self.assessed += len(texts)
        return [self._say(text) for text in texts]

    def _say(self, text):
        full = f"{text.title}\n{text.body}"
        at = full.find("隐患")
        why = (Explanation("隐患", 1.5, at, at + 2),) if at >= 0 else ()
        transport = "路" in full
        return Assessment(
            transport=0.9 if transport else 0.1, risk=0.8 if why else 0.1, flagged=bool(why) and transport,
            topic="road" if transport else "-", need="complain", level=2 if why and transport else 0, signals=("S",),
            places=("青川市",), why=why, model="fake",
        )  # fmt: skip

    def catch_up(self, before):
        pass

    def match(self, posts):
        events = [self.events.setdefault(text.title.split()[0], text.id) for text, _said in posts]
        return [Match(event, event.encode()) for event in events]

    def forget(self):
        self.forgotten += 1
        self.events.clear()
