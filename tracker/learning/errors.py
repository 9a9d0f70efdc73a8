"""Why a step of learning is not taken."""

from __future__ import annotations


class LearningRefused(Exception):
    """A model is not built or not promoted; the message is the sentence for the person."""
