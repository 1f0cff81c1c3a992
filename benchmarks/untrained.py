"""Classifiers that were never trained: speed does not depend on what they have learned."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from crossprompt.backbones.encoder import Backbone
from crossprompt.tasks.classifier import TunedClassifier
from crossprompt.tasks.heads import LinearHead
from crossprompt.tasks.records import Method, TrainingHistory


def untrained(
    backbone: Backbone, method: Method, seed: int, prompt: Tensor, head: LinearHead, labels: Sequence[str]
) -> TunedClassifier:
    """A classifier of this prompt and head, with the history of no update."""
    history = TrainingHistory(
        method=method,
        seed=seed,
        learning_rate=0.0,
        points=(),
        best_update=0,
        best_dev_accuracy=0.0,
        updates=0,
        stopped_early=False,
        seconds=0.0,
    )
    return TunedClassifier(prompt, head.state_dict(), tuple(labels), history, backbone.identity)
