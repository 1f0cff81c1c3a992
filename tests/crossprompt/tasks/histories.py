"""The history of a training that never was, for tests of what is made of trainings."""

from __future__ import annotations

from typing import Any

from crossprompt.tasks.records import Method, TrainingHistory


def history(method: Method = Method.FRESH, seed: int = 0, **changes: Any) -> TrainingHistory:
    """Of no update and no look, unless ``changes`` say otherwise."""
    values = {"learning_rate": 0.01, "points": (), "best_update": 0, "best_dev_accuracy": 0.0, "updates": 0}
    values |= {"stopped_early": False, "seconds": 1.0}
    return TrainingHistory.model_validate({"method": method, "seed": seed, **values, **changes})
