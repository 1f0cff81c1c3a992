from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from crossprompt.corpora.settings import SourceSettings
from crossprompt.publishing.engines import engine_facts, told_settings
from crossprompt.settings import Settings
from crossprompt.translation.engine import Engine, engine_class, engine_names, load_engine
from crossprompt.translation.engines.pseudo import PseudoEngine
from crossprompt.translation.settings import EngineSettings


class Invented(Settings):
    """Options of all engines at once."""

    model: str = "large"
    project: str = "ours"
    notes: str = "Say du."
    glossary: str | None = None


class InventedEngine(PseudoEngine):
    """An engine with these options."""

    def __init__(self, **values: Any) -> None:
        super().__init__()
        self._invented = Invented(**values)

    @property
    def options(self) -> Any:
        return self._invented


def told(name: str, **options: Any) -> dict[str, str]:
    return told_settings(load_engine(EngineSettings(name=name, options=options)))


def test_neither_secrets_nor_accounts_nor_places_are_told() -> None:
    chat = {
        "base_url": "https://intern.example.org/v1",
        "key_variable": "MY_KEY",
        "notes": "Say du.",
        "model": "large-2026-01-01",
        "locales": ["sw"],
    }
    assert told("chat", **chat) == {"model": "large-2026-01-01", "temperature": "0.0", "max_utterances": "50"}
    google = {"project": "ours", "endpoint": "https://proxy.example.org"}
    assert told("google", **google) == {"model": "general/nmt", "location": "global"}


def test_defaults_that_decide_a_text_are_told(tmp_path: Path) -> None:
    assert told("pseudo") == {"expansion": "0.3", "protect_slots": "False"}
    assert told("memory", match="exact")["match"] == "exact"
    commit = "0a" * 20
    assert told("nmt", model="somebody/nllb-tiny", revision=commit) == {
        **{"model": "somebody/nllb-tiny", "revision": commit, "precision": "float32"},
        **{"beam_size": "4", "length_penalty": "1.0"},
    }


@pytest.mark.parametrize(
    ("model", "shown"),
    [
        ("general/nmt", "general/nmt"),
        ("somebody/nllb-tiny", "somebody/nllb-tiny"),
        ("/home/somebody/models/nllb", "nllb"),
        ("~/models/nllb/", "nllb"),
        ("./nllb", "nllb"),
        ("../models/nllb", "nllb"),
        ("C:\\models\\nllb", "nllb"),
        ("C:/models/nllb", "nllb"),
        ("projects/ours/locations/us-central1/models/dialogues", "dialogues"),
    ],
)
def test_a_model_in_a_place_of_ones_own_is_told_by_its_name(model: str, shown: str) -> None:
    assert told_settings(InventedEngine(model=model, glossary=model)) == {"model": shown, "glossary": shown}


def test_a_source_is_told_by_its_title_and_a_file_of_ones_own_not_at_all() -> None:
    def source(**values: Any) -> str:
        return told_settings(PseudoEngine(), SourceSettings(**values))["source"]

    assert source(corpus="cod") == "Cross-lingual Outline-based Dialogue"
    assert source(location="/home/somebody/memory.tmx") == "a file that the settings named"
    assert "source" not in told_settings(PseudoEngine())


@pytest.mark.parametrize("name", engine_names())
def test_every_engine_says_what_it_is(name: str) -> None:
    kind = engine_class(name)
    assert kind.title != Engine.title
    facts = engine_facts(PseudoEngine())
    assert (facts.name, facts.title, facts.looks_up) == ("pseudo", PseudoEngine.title, False)
