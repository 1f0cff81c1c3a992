"""Fingerprints of tensors."""

from __future__ import annotations

import hashlib

import torch
from torch import Tensor


def fingerprint_tensor(values: Tensor) -> str:
    """Hex SHA-256 of a tensor's type, shape and bytes, on whatever device it is."""
    digest = hashlib.sha256(f"{values.dtype} {list(values.shape)}".encode())
    digest.update(values.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()
