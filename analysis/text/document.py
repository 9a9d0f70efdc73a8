"""One text, read once: normalised, cut to what weighs, segmented, with the way back to the characters as posted."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain

from analysis.layout import Document
from analysis.text.normalise import Normalised, normalise
from analysis.text.segment import cut

MAX_TITLE = 400
MAX_BODY = 20_000  # what a person would read of one post; a megabyte of text must not hold up a batch


@dataclass(frozen=True, slots=True)
class Reading:
    """`document` for the features; `span` turns positions in its title + newline + body into positions as posted."""

    document: Document
    title: Normalised
    body: Normalised
    body_start: int

    def span(self, start: int, end: int) -> tuple[int, int]:
        """A span of normalised title + newline + body as a span of title + newline + body as given, within one field."""
        edge = len(self.title.text)
        if start < edge:
            return self.title.original(start, min(end, edge))
        first, last = self.body.original(max(start - edge - 1, 0), max(end - edge - 1, 0))
        return self.body_start + first, self.body_start + last

    def whole(self, start: int, end: int) -> tuple[int, int]:
        """A span of normalised title + newline + body, lengthened so that it begins and ends with a word."""
        at = 0
        for word in chain(self.document.title_words, "\n", self.document.body_words):
            after = at + len(word)
            start = at if at < start < after else start
            if after >= end:
                return start, after
            at = after
        return start, end


def read(title: str, body: str) -> Reading:
    """The text as the heads see it: only the first `MAX_TITLE` and `MAX_BODY` characters weigh."""
    head, rest = normalise(title[:MAX_TITLE]), normalise(body[:MAX_BODY])
    document = Document(head.text, rest.text, cut(head.text), cut(rest.text))
    return Reading(document, head, rest, len(title) + 1)
