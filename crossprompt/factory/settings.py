"""Settings of the corpus factory."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from crossprompt.corpora.settings import Split
from crossprompt.factory.prices import PricedEngineSettings
from crossprompt.settings import Settings, all_different


class LinkSettings(PricedEngineSettings):
    """One engine of a chain."""

    ledger: bool | None = None
    """Whether its calls go through the ledger. None: if the engine is paid, or slow as a model on this machine is;
    False is refused for a paid one. Engines that look texts up or make them at once are asked again instead: that is
    faster than a commit per call, and they give the same again."""


def _each_engine_once(chain: tuple[LinkSettings, ...]) -> tuple[LinkSettings, ...]:
    """A validator: rows, accounts and cards know an engine by its name alone."""
    names = [link.name for link in chain]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"an engine may be in the chain once; there is more than one {' and '.join(twice)}")
    return chain


class DispatchSettings(Settings):
    """How calls are sent, repeated and given up. Nothing here changes a text, so nothing here is part of a unit's key;
    what ``retry_failed`` sends again alone counts in a step's."""

    workers: int = Field(default=8, ge=1, le=256)
    """Calls under way at the same time, of one process; at most these are lost by a kill."""
    max_attempts: int = Field(default=6, ge=1)
    """Attempts at a call whose failure may pass; then it stays pending, and the next run takes it up."""
    content_attempts: int = Field(default=2, ge=1)
    """Attempts at a call whose reply does not fit; then its halves are sent."""
    first_wait_seconds: float = Field(default=1.0, ge=0)
    """Before the second attempt; doubled each time, with jitter."""
    longest_wait_seconds: float = Field(default=120.0, gt=0)
    """Longest wait before an attempt; a service that asks for more ends the run, which can be taken up later."""
    circuit_failures: int = Field(default=20, ge=1)
    """Failed attempts in succession, of all workers of a process, after which a service counts as down; so many
    dialogues refused in succession count as a wrong setting, and stay pending."""
    retry_failed: bool = False
    """Send calls again that failed for good in an earlier run, in each run for as long as it is set and such calls are
    left; the steps of their languages run anew. What that brings stays when it is taken away: the steps of these
    languages then run once more, from the ledger alone, and nothing is sent."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.first_wait_seconds > self.longest_wait_seconds:
            raise ValueError("first_wait_seconds may not exceed longest_wait_seconds")
        return self


class FactorySettings(Settings):
    """What is translated into which languages, by which engines in turn, and for how much at most."""

    chain: Annotated[tuple[LinkSettings, ...], AfterValidator(_each_engine_once)] = Field(
        default=(LinkSettings(),), min_length=1
    )
    """The first engine is asked first; what it lacks goes to the next. No engine is there twice."""
    locales: Annotated[tuple[str, ...], AfterValidator(all_different)] = ()
    """BCP-47 tags; empty: every locale that the first engine offers."""
    splits: Annotated[tuple[Split, ...], AfterValidator(all_different)] = ("train", "dev", "test")
    max_utterances_per_call: int = Field(default=100, ge=1, le=100)
    """Most utterances of one call (paper 001, section 3); an engine's own limits may be narrower."""
    missing: Literal["refuse", "skip"] = "skip"
    """A dialogue that no engine of the chain can translate whole: stop, or leave it out and count it."""
    budget: float | None = Field(default=None, ge=0)
    """Dollars that all calls in the ledger together may cost, of this run and all before, calls under way included.
    The ledger is one file of one machine: another machine has a ledger of its own, so it spends a budget of its own and
    pays again for the same calls. Characters are known beforehand; of engines that bill tokens it is as good as their
    bound (``link.TokenBound``); an engine whose bill has no bound (``link.OpenBill``) is refused with a budget."""
    dispatch: DispatchSettings = DispatchSettings()
