"""What a card tells of an engine: the settings by which people know it, and nothing of whoever ran it."""

from __future__ import annotations

import re
from typing import Final

from crossprompt.corpora.catalogue import find_corpus
from crossprompt.corpora.settings import SourceSettings
from crossprompt.translation.settings import EngineSettings

_TOLD: Final = (
    "model",
    "revision",
    "location",
    "precision",
    "beam_size",
    "temperature",
    "match",
    "expansion",
    "protect_slots",
)
"""Options that decide a text and name neither an account, nor a place, nor a secret."""
_FOLDER: Final = re.compile(r"(?:[/~.\\]|[A-Za-z]:[/\\]|projects/).*[/\\]([^/\\]+)[/\\]?")
"""A path on this machine, or the full name of a model in somebody's cloud project."""


def told_settings(settings: EngineSettings, default_source: SourceSettings | None = None) -> dict[str, str]:
    """The options that were set and may be told, and the source by its title.

    Args:
        settings: Of the engine.
        default_source: What the engine reads where the settings name no source.
    """
    told = {name: _shown(settings.options[name]) for name in _TOLD if settings.options.get(name) is not None}
    source = settings.source or default_source
    return told if source is None else {"source": _title(source), **told}


def _shown(value: object) -> str:
    """A model in a folder or in somebody's project by its last name alone."""
    found = _FOLDER.fullmatch(str(value))
    return found[1] if found else str(value)


def _title(source: SourceSettings) -> str:
    return "a file that the settings named" if source.location is not None else find_corpus(source.corpus).title
