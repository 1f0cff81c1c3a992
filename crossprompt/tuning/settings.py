"""Settings of the learning-rate study."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from crossprompt.settings import Settings, all_different

DATABASE = "optuna.db"
"""The study's SQLite database in the project's home, where no other storage is named."""


class TuningSettings(Settings):
    """The grid of learning rates (METHODS section 1), tried once each for either prompt."""

    learning_rates: Annotated[
        tuple[Annotated[float, Field(gt=0)], ...], Field(min_length=1), AfterValidator(all_different)
    ] = (0.1, 5e-2, 2e-2, 1e-2, 5e-3, 2e-3, 1e-3)
    seeds: Annotated[tuple[int, ...], Field(min_length=1), AfterValidator(all_different)] = (0, 1, 2)
    """A trial's value is its mean English-dev accuracy over these seeds. One alone takes a lucky training at a large
    rate for a good rate (lab notes, 2026-11-22)."""
    storage: str | None = None
    """An SQLAlchemy address; None: SQLite in the project's home. Secrets are ZenML's, named as ``{{secret.key}}``; the
    step that connects fills them in. (ZenML fills ``${VARIABLE}`` in where a run is started, and keeps the result.)"""
    trials_at_once: int | None = Field(default=None, ge=1)
    """Points that a process tries at once, at most; None: as many as memory holds, which leaves workers on other
    machines the fewer. Rounding depends on which are trained together."""
    heartbeat_seconds: int = Field(default=10, ge=1)
    """How often a running trial shows that it lives; one that hasn't for twice as long counts as dead."""
    max_retries: int = Field(default=3, ge=0)
    """How often a trial whose process died is started again."""
