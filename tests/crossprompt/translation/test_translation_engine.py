"""Engines are found by name, one module each; adding one is adding a file."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from datasets import Dataset

import crossprompt.translation.engines as engines_package
from crossprompt.settings import SettingsError
from crossprompt.translation.engine import (
    EngineError,
    Failure,
    engine_class,
    engine_locales,
    engine_module,
    engine_names,
    load_engine,
)
from crossprompt.translation.settings import EngineSettings, TranslationSettings
from crossprompt.translation.translate import translate_dialogues

SHOUTING = '''
"""An engine that shouts."""

from typing import ClassVar, Self

from crossprompt.translation.engine import Engine, EngineFolders, TranslationCall, TranslationReply
from crossprompt.translation.rows import Nature
from crossprompt.translation.settings import EngineSettings


class ShoutingEngine(Engine):
    nature: ClassVar[Nature] = Nature.TRANSLATED

    @classmethod
    def from_settings(cls, settings: EngineSettings, folders: EngineFolders) -> Self:
        return cls()

    @property
    def revision(self) -> str:
        return "1"

    def locales(self) -> tuple[str, ...]:
        return ("en-XA",)

    def translate(self, call: TranslationCall) -> TranslationReply:
        return TranslationReply(tuple(turn.utterance.upper() for turn in call.turns))
'''


@pytest.fixture
def extra_engines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder whose modules count as engines; imports of them are undone."""
    monkeypatch.setattr(engines_package, "__path__", [*engines_package.__path__, str(tmp_path)])
    yield tmp_path
    for name in ("shouting", "twofold"):
        sys.modules.pop(f"{engines_package.__name__}.{name}", None)


def test_the_engines_of_the_package() -> None:
    assert {"chat", "corpus", "memory", "pseudo"} <= set(engine_names())
    assert engine_class("memory").engine_name() == "memory"
    assert engine_module("pseudo") == "crossprompt.translation.engines.pseudo"


def test_an_unknown_engine_lists_the_valid_names() -> None:
    with pytest.raises(SettingsError, match=r"no engine 'oracle'; there are chat, corpus, .*memory, .*pseudo"):
        load_engine(EngineSettings(name="oracle"))


def test_adding_an_engine_is_adding_a_file(extra_engines: Path, park_table: Dataset) -> None:
    (extra_engines / "shouting.py").write_text(SHOUTING)
    settings = TranslationSettings(engine=EngineSettings(name="shouting"))
    engine = load_engine(settings.engine)
    assert engine_locales(settings) == ("en-XA",)
    rows = translate_dialogues(park_table, "en-XA", engine, settings)
    assert rows["target"][0] == "IS ELM PARK OPEN?"
    assert set(rows["engine"]) == {"shouting"}


def test_a_module_with_no_single_engine_is_refused(extra_engines: Path) -> None:
    (extra_engines / "twofold.py").write_text('"""Empty."""\n')
    with pytest.raises(TypeError, match="exactly one engine class"):
        load_engine(EngineSettings(name="twofold"))


def test_an_engine_is_imported_without_the_others() -> None:
    program = (
        "import sys\nfrom crossprompt.translation.engine import engine_class\nengine_class('pseudo')\n"
        "names = [n for n in sys.modules if n.startswith('crossprompt.translation.engines.')]\nprint(*names)"
    )
    root = Path(__file__).resolve().parents[3]
    done = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["crossprompt.translation.engines.pseudo"]


def test_locales_of_the_settings_are_checked_against_the_engine() -> None:
    assert engine_locales(TranslationSettings(locales=("sw-KE", "de-DE", "sw-KE"))) == ("sw-KE", "de-DE")
    assert len(engine_locales(TranslationSettings())) == 51
    with pytest.raises(
        SettingsError, match=r"translation\.locales: the memory engine does not offer 'qu-PE'; it has af-ZA"
    ):
        engine_locales(TranslationSettings(locales=("qu-PE",)))


def test_only_transient_failures_are_worth_a_second_try() -> None:
    assert EngineError(Failure.TRANSIENT, "rate_limit", "too many calls", retry_after=2.5).retryable
    assert not EngineError(Failure.FATAL, "no_key", "the key is wrong").retryable
    assert not EngineError(Failure.DIALOGUE, "not_in_memory", "no text").retryable
