"""Where a step finds its sources: paths, addresses and data bases, which are no part of its cache key."""

from __future__ import annotations

import json
from typing import Any, TypeVar

from zenml import get_step_context

from crossprompt.backbones.settings import BackboneSettings
from crossprompt.corpora.errors import SourceError
from crossprompt.corpora.records import CorpusSummary
from crossprompt.corpora.settings import (
    DialogueSettings,
    NliCorpusSettings,
    ParaphraseSettings,
    SentenceSettings,
    SourceSettings,
    TatoebaSettings,
    UtteranceSettings,
)

PLACES = "places"
"""The key under which the pipeline puts them into a step's ``extra``, as JSON: ZenML drops None from mappings there."""

CorpusSettings = TypeVar(
    "CorpusSettings",
    DialogueSettings,
    UtteranceSettings,
    SentenceSettings,
    TatoebaSettings,
    NliCorpusSettings,
    ParaphraseSettings,
)


def given_place(name: str) -> Any:
    """The place called ``name`` that the pipeline gave to the running step.

    Raises:
        KeyError: The pipeline gave none of this name.
    """
    places = json.loads(get_step_context().step_run.config.extra.get(PLACES, "{}"))
    if name not in places:
        raise KeyError(f"the pipeline gave this step no {name!r}; it gave {sorted(places)}")
    return places[name]


def with_given_source(settings: CorpusSettings) -> CorpusSettings:
    """The settings of a corpus with the place of its source put back in."""
    return settings.model_copy(update={"source": SourceSettings.parse(given_place("source"), "source")})


def with_given_backbone(settings: BackboneSettings) -> BackboneSettings:
    """The settings of a backbone with the place where it lies as its name."""
    return settings.model_copy(update={"name": given_place("backbone")})


def check_unchanged(summary: CorpusSummary, fingerprint: str) -> None:
    """Check that what was read is what the cache key speaks of.

    Raises:
        SourceError: The source changed after the run was laid out.
    """
    if summary.fingerprint != fingerprint:
        raise SourceError(f"{summary.corpus}: {summary.location} changed while the run was under way; run again")
