"""How near translations are to their own sources, and to the nearest other one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional


@dataclass(frozen=True, slots=True)
class Closeness:
    """Cosines of each row with its own partner and with the nearest of the others, all ``[n]``."""

    own: NDArray[np.float64]
    nearest_other: NDArray[np.float64]
    other: NDArray[np.int64]
    """Which one the nearest other is."""


def measure_closeness(x: Tensor, y: Tensor, block_rows: int) -> Closeness:
    """Compare each row of ``x`` with the row of ``y`` at the same place, and with all others.

    Args:
        x: ``[n, width]``.
        y: ``[n, width]``, on the same device.
        block_rows: Rows of ``x`` that are compared at once: ``block_rows`` times ``n`` cosines are held.

    Raises:
        ValueError: There are fewer than two pairs, or sides of different sizes.
    """
    if x.shape != y.shape or len(x) < 2:
        raise ValueError(f"closeness takes two sides of the same size, two pairs or more, not {x.shape} and {y.shape}")
    x, y = functional.normalize(x.float(), dim=-1), functional.normalize(y.float(), dim=-1)
    nearest, other = [], []
    for start in range(0, len(x), block_rows):
        cosines = x[start : start + block_rows] @ y.T
        rows = torch.arange(len(cosines), device=x.device)
        cosines[rows, start + rows] = -torch.inf
        values, places = cosines.max(dim=1)
        nearest.append(values)
        other.append(places)
    return Closeness(_numbers((x * y).sum(dim=1)), _numbers(torch.cat(nearest)), torch.cat(other).cpu().numpy())


def _numbers(values: Tensor) -> NDArray[np.float64]:
    return values.double().cpu().numpy()
