"""What can go wrong with a published corpus."""

from __future__ import annotations


class PublishingError(RuntimeError):
    """A published folder is unfinished, altered or can't be pushed; the message says what to do."""
