"""Settings of the validation gate."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from crossprompt.quality.checks import CheckName, Severity
from crossprompt.settings import Settings


class ValidationSettings(Settings):
    """How good translations must be, and what happens to a language that is not."""

    min_accepted_share: float = Field(default=0.9, ge=0, le=1)
    """A language of which a smaller share of rows passes every critical check has failed. In a corpus the share is of
    all turns of the splits asked for: those of dialogues that no engine could translate have failed, too.
    """
    min_accepted_share_by_locale: dict[str, float] = Field(default_factory=dict)
    """Exceptions for single locales."""
    failed_locale: Literal["stop", "drop"] = "stop"
    """Stop the run with a message, or leave the language out of everything that follows."""
    max_length_ratio: float = Field(default=4.0, gt=1)
    """Longest target for its source and shortest, in characters, scaled by what is usual for the locale."""
    severities: dict[CheckName, Severity] = Field(default_factory=dict)
    """Other severities than the catalogue's (``crossprompt.quality.checks``); only critical checks quarantine a row."""
    examples_per_check: int = Field(default=5, ge=0, le=100)
    """Failing rows shown per check and locale."""
    data_docs_pages: int = Field(default=60, ge=0)
    """Most locales that get a Data Docs page of their own, by tag; the summary page has all of them."""
