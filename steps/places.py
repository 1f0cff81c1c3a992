"""Where a step finds its sources: paths, addresses and data bases, which are no part of its cache key."""

from __future__ import annotations

from typing import Any

from zenml import get_step_context

PLACES = "places"
"""The key under which the pipeline puts them into a step's ``extra``."""


def given_place(name: str) -> Any:
    """The place called ``name`` that the pipeline gave to the running step.

    Raises:
        KeyError: The pipeline gave none of this name.
    """
    places = get_step_context().step_run.config.extra.get(PLACES, {})
    if name not in places:
        raise KeyError(f"the pipeline gave this step no {name!r}; it gave {sorted(places)}")
    return places[name]
