from __future__ import annotations

from typing import Any

import pytest

from crossprompt.corpora.settings import SourceSettings
from crossprompt.publishing.engines import told_settings
from crossprompt.translation.settings import EngineSettings


def told(**settings: Any) -> dict[str, str]:
    return told_settings(EngineSettings(**settings))


def test_neither_secrets_nor_accounts_nor_places_are_told() -> None:
    options = {
        "base_url": "https://intern.example.org/v1",
        "key_variable": "MY_KEY",
        "notes": "Say du.",
        "project": "ours",
        "model": "large-2026-01-01",
        "temperature": 0.0,
        "locales": ["sw"],
    }
    assert told(name="chat", options=options) == {"model": "large-2026-01-01", "temperature": "0.0"}


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
    assert told(options={"model": model}) == {"model": shown}


def test_a_source_is_told_by_its_title_and_a_file_of_ones_own_not_at_all() -> None:
    assert told(source={"corpus": "cod"}) == {"source": "Cross-lingual Outline-based Dialogue"}
    assert told(source={"location": "/home/somebody/memory.tmx"}) == {"source": "a file that the settings named"}
    assert told_settings(EngineSettings(), SourceSettings(corpus="cod"))["source"].startswith("Cross-lingual")
    assert told() == {}
