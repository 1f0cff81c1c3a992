"""Stop when a run no longer gets better."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class EarlyStopping:
    """Follows a score that should rise; ``best_position`` is where it was best (the first of equals)."""

    patience: int
    best_score: float = float("-inf")
    best_position: int = -1
    looks_without_gain: int = 0

    def update(self, score: float, position: int) -> bool:
        """Take the score at ``position`` into account; True if it is a new best one."""
        if score > self.best_score:
            self.best_score, self.best_position, self.looks_without_gain = score, position, 0
            return True
        self.looks_without_gain += 1
        return False

    @property
    def exhausted(self) -> bool:
        """Whether ``patience`` looks have passed without a better score."""
        return self.looks_without_gain >= self.patience
