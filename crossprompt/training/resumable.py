"""The loop of every training that is long enough to be killed: it goes on from its last checkpoint."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping

from torch import Tensor, nn
from torch.optim import Optimizer

from crossprompt.training.checkpoint import Checkpoint, CheckpointStore
from crossprompt.training.guard import NonFiniteError

MOMENTS = ("exp_avg", "exp_avg_sq", "step")
"""What Adam keeps of a parameter."""


class ResumableRun(ABC):
    """The state of a training, fresh or from a checkpoint.

    Attributes:
        step: Updates that are done.
    """

    def __init__(self) -> None:
        """At its very beginning; the clock runs from now on."""
        self.step = 0
        self._earlier_seconds = 0.0
        self._begun = time.monotonic()

    @property
    def seconds(self) -> float:
        """Wall time over all sessions."""
        return self._earlier_seconds + time.monotonic() - self._begun

    @abstractmethod
    def save(self, store: CheckpointStore, finished: bool = False) -> None:
        """Write a checkpoint."""

    def go_on_from(self, checkpoint: Checkpoint) -> None:
        """Take over the step and the time of ``checkpoint``, whose info has ``seconds``."""
        self.step = checkpoint.step
        self._earlier_seconds = float(checkpoint.info["seconds"])

    def updates(self, total: int, every: int, store: CheckpointStore, update: Callable[[], None]) -> Iterator[None]:
        """Make one update after the other, up to ``total``; yields after each. A checkpoint is written at the end.

        Args:
            total: Updates of the whole training.
            every: So many lie between two checkpoints.
            store: Where to.
            update: Makes one; ``step`` counts it when it is done.

        Raises:
            NonFiniteError: From ``update``; the state before it was saved.
        """
        while self.step < total:
            try:
                update()
            except NonFiniteError:
                self.save(store)
                raise
            self.step += 1
            yield
            if self.step % every == 0 and self.step < total:
                self.save(store)
        self.save(store, finished=True)


def adam_moments(optimizer: Optimizer, parameter: nn.Parameter) -> dict[str, Tensor]:
    """What Adam keeps of ``parameter``, by name; nothing before its first update."""
    return {name: value for name, value in optimizer.state.get(parameter, {}).items() if name in MOMENTS}


def restore_moments(optimizer: Optimizer, parameter: nn.Parameter, moments: Mapping[str, Tensor | None]) -> None:
    """Give Adam what :func:`adam_moments` gave; nothing if there was nothing."""
    if all(moments.get(name) is not None for name in MOMENTS):
        optimizer.state[parameter] = {name: moments[name] for name in MOMENTS}
