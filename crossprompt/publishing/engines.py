"""What a card tells of an engine: the settings by which people know it, and nothing of whoever ran it."""

from __future__ import annotations

import re
from typing import Final

from crossprompt.corpora.catalogue import find_corpus
from crossprompt.corpora.settings import SourceSettings
from crossprompt.publishing.facts import EngineFacts
from crossprompt.translation.engine import Engine

_TOLD: Final = (
    "model",
    "revision",
    "location",
    "glossary",
    "precision",
    "beam_size",
    "length_penalty",
    "temperature",
    "max_utterances",
    "match",
    "expansion",
    "protect_slots",
)
"""Options that decide a text and name neither an account, nor a place, nor a secret; ``revision`` is a commit."""
_FOLDER: Final = re.compile(r"(?:[/~.\\]|[A-Za-z]:[/\\]|projects/).*[/\\]([^/\\]+)[/\\]?")
"""A path on this machine, or the full name of a model or a glossary in somebody's cloud project."""


def engine_facts(engine: Engine, source: SourceSettings | None = None) -> EngineFacts:
    """What people should know of an engine of the chain.

    Args:
        engine: As it was loaded, so with its defaults.
        source: Where it reads, if the settings name a place other than its own.
    """
    return EngineFacts(
        name=engine.engine_name(),
        title=engine.title,
        revision=engine.revision,
        settings=told_settings(engine, source),
        looks_up=engine.looks_up,
    )


def told_settings(engine: Engine, source: SourceSettings | None = None) -> dict[str, str]:
    """The options that decide a text and may be told, defaults too, and the source by its title."""
    options = {} if engine.options is None else engine.options.model_dump(mode="json")
    told = {name: _shown(options[name]) for name in _TOLD if options.get(name) is not None}
    source = source or engine.default_source
    return told if source is None else {"source": _title(source), **told}


def _shown(value: object) -> str:
    """A model in a folder or in somebody's project by its last name alone."""
    found = _FOLDER.fullmatch(str(value))
    return found[1] if found else str(value)


def _title(source: SourceSettings) -> str:
    return "a file that the settings named" if source.location is not None else find_corpus(source.corpus).title
