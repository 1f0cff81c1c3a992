"""What serving raises on purpose."""

from __future__ import annotations


class ServingError(RuntimeError):
    """The service can't start or go on; the message says why and what to do."""


class ModelMismatchError(ServingError):
    """Classifiers, prompts and backbone do not belong together."""


class QueueFullError(RuntimeError):
    """As much is waiting as may wait; ``retry_after`` says in how many seconds there is probably room."""

    def __init__(self, retry_after: int) -> None:
        self.retry_after = retry_after
        super().__init__(f"too much is waiting to be computed: try again in {retry_after} s")


class NotServingError(RuntimeError):
    """The service is starting or has stopped, so it takes no work."""
