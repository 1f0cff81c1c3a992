"""Several processes that learn one prompt: each computes a part of every batch, then they add up their gradients.

Started by ``torchrun`` or ``accelerate launch``, whose environment variables say who is who. Processes of one machine
or of several talk by NCCL if they compute on GPUs, else by gloo.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor

PATIENCE = timedelta(minutes=10)
"""So long a process waits for the others in one exchange; meanwhile they may have to tokenise the corpus."""

_BYTES = 128


class ProcessesError(RuntimeError):
    """Several processes can't learn one prompt: one of them failed, or they would not compute the same."""


class PeerLostError(ProcessesError):
    """Another process of the group ended in the middle of an exchange; what it died of only that one knows."""


@dataclass(frozen=True, slots=True)
class ProcessGroup:
    """The processes that share each batch, as one of them sees it.

    Attributes:
        rank: This process's number, from 0; number 0 alone writes.
        size: How many there are.
        device: What this process computes on, and exchanges from.
    """

    rank: int
    size: int
    device: torch.device

    @property
    def writes(self) -> bool:
        """Whether this process is the one that writes checkpoints and shows progress."""
        return self.rank == 0

    def gather(self, rows: Tensor) -> Tensor:
        """The rows of all processes, ``[size * rows, ...]``: the first of each, then the second of each, and so on.

        A gradient at the result goes back to the process that a row came from: there, the gradients of all
        processes' losses at its rows are added up.

        Args:
            rows: ``[rows, ...]``, equally many in each process.
        """
        gathered: Tensor = _Gather.apply(rows, self)  # type: ignore[no-untyped-call]  # torch leaves it untyped
        return gathered.transpose(0, 1).flatten(0, 1)

    def add_up(self, tensor: Tensor) -> Tensor:
        """The sum of the processes' tensors of one shape; the same bits in each process."""
        total = tensor.detach().clone()
        with _exchange():
            dist.all_reduce(total)
        return total

    def everyones(self, tensor: Tensor) -> list[Tensor]:
        """The processes' tensors of one shape, in order of their numbers."""
        parts = [torch.empty_like(tensor) for _ in range(self.size)]
        with _exchange():
            dist.all_gather(parts, tensor)
        return parts

    def agree(self, what: str, value: str) -> None:
        """Check that all processes have the same ``value``, of at most 128 bytes.

        Raises:
            ProcessesError: They have not; the message says of ``what``.
        """
        values = self._everyones(value)
        if strangers := [rank for rank, other in enumerate(values) if other != values[0]]:
            raise ProcessesError(
                f"{what} of process {strangers[0]} is not that of process 0 ({values[strangers[0]]}, not {values[0]}): "
                "all processes must have the same code, libraries, configuration and files"
            )

    def first_ones(self, value: str) -> str:
        """The ``value`` that process 0 has."""
        return self._everyones(value)[0]

    def _everyones(self, value: str) -> list[str]:
        """As bytes of equal number: torch's exchange of objects would unpickle what it receives."""
        own = torch.tensor(list(value.encode().ljust(_BYTES, b"\0")), dtype=torch.uint8, device=self.device)
        return [bytes(part.tolist()).rstrip(b"\0").decode() for part in self.everyones(own)]


class _Gather(torch.autograd.Function):
    """``[rows, ...]`` of each process to ``[size, rows, ...]`` in each."""

    @staticmethod
    def forward(ctx: Any, rows: Tensor, group: ProcessGroup) -> Tensor:
        ctx.group = group
        return torch.stack(group.everyones(rows.contiguous()))

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        group: ProcessGroup = ctx.group
        return group.add_up(gradients[0].contiguous())[group.rank], None


@contextmanager
def join_group(size: int, device: torch.device) -> Iterator[ProcessGroup]:
    """The group that this process was started for, until the block ends.

    Args:
        size: How many processes there are to be.
        device: What this process computes on.

    Raises:
        ProcessesError: It was not started by torchrun or the like, or for another number of processes.
        PeerLostError: The others did not come.
    """
    started = os.environ.get("WORLD_SIZE")
    if started is None or "RANK" not in os.environ:
        raise ProcessesError("this process belongs to no group: start it by torchrun (docs/machines.md)")
    if int(started) != size:
        raise ProcessesError(
            f"{started} processes were started, but the alignment is to be shared by {size}: nodes times processes per "
            "node must be alignment.processes"
        )
    with _exchange():
        dist.init_process_group("nccl" if device.type == "cuda" else "gloo", timeout=PATIENCE)
    yield ProcessGroup(dist.get_rank(), dist.get_world_size(), device)
    # not after an error: to part in order one would wait for processes that may be gone
    dist.destroy_process_group()


@contextmanager
def _exchange() -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:  # all that gloo, NCCL and their store raise is one
        first = str(error).strip().partition("\n")[0]
        raise PeerLostError(f"the processes lost each other: {first}") from error
