"""Takes an uploaded file into memory or not at all: what must never reach the disk unmasked must not lie in a temporary file either."""

from __future__ import annotations

# ruff: noqa: ARG002, N803 - the signature is Django's
from typing import Any, Final

from django.core.files.uploadhandler import MemoryFileUploadHandler

LIMIT: Final = 5_000_000  # bytes: some ten thousand work orders; more goes through `yidan import`


class InMemory(MemoryFileUploadHandler):
    """Drops a request's files when the request is larger than the limit."""

    def handle_raw_input(
        self, input_data: Any, META: Any, content_length: int, boundary: Any, encoding: Any = None
    ) -> None:
        """Decide by the length of the whole request."""
        self.activated = content_length <= LIMIT
