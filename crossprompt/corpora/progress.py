"""Progress bars over bytes, with rate and time left."""

from __future__ import annotations

from typing import Never

from tqdm import tqdm


def byte_bar(description: str, total: int | None, *, enabled: bool, initial: int = 0) -> tqdm[Never]:
    """A bar over ``total`` bytes on standard error; it is redrawn at most once a second, so that log files stay
    short.
    """
    return tqdm(
        desc=description,
        total=total,
        initial=initial,
        unit="B",
        unit_scale=True,
        mininterval=1.0,
        disable=not enabled,
    )
