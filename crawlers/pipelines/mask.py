"""Masks every text of a post before anything after it in the process can write it."""

from __future__ import annotations

import dataclasses

from crawlers.masking import mask
from crawlers.records import Post


class MaskPipeline:
    """The one way from a spider to the spool; it cannot be switched off by a source."""

    def process_item(self, item: Post) -> Post:
        """The post with masked title, body and reply."""
        return masked(item)


def masked(post: Post) -> Post:
    """`post` with personal data taken out of every text in it; for every door, not only the crawl."""
    reply = post.reply
    if reply is not None:
        reply = dataclasses.replace(reply, text=mask(reply.text), organisation=mask(reply.organisation))
    return dataclasses.replace(post, title=mask(post.title), body=mask(post.body), reply=reply)
