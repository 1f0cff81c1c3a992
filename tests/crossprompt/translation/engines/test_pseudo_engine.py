"""Pseudo-localised text looks foreign, keeps what it must, and turns back exactly."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossprompt.corpora.dialogue import Dialogue
from crossprompt.settings import SettingsError
from crossprompt.translation.engine import TranslationCall, load_engine
from crossprompt.translation.engines.pseudo import PseudoEngine, PseudoOptions
from crossprompt.translation.settings import EngineSettings

SPECIAL = st.sampled_from("⟦⟧…~⁅⁆⧵áÉ e\u0301aZ9")
RANGES = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)).map(lambda pair: tuple(sorted(pair))), max_size=4)


@given(st.text(st.one_of(st.characters(exclude_categories=["Cs"]), SPECIAL)), RANGES, st.floats(0, 3))
def test_restoring_gives_back_the_original(text: str, kept: list[tuple[int, int]], expansion: float) -> None:
    engine = PseudoEngine(PseudoOptions(expansion=expansion))
    inside = [(min(start, len(text)), min(stop, len(text))) for start, stop in kept]
    assert engine.restore(engine.disguise(text, inside)) == text


def test_it_looks_foreign_and_longer_and_keeps_numbers() -> None:
    assert PseudoEngine(PseudoOptions(expansion=0.5)).disguise("At 7:30 pm") == "⟦Áţ 7:30 ṕṁ…~~~~~⟧"


def test_slot_values_stay_if_asked(park_dialogue: Dialogue) -> None:
    call = TranslationCall(park_dialogue, "sw-KE", 0, 1)
    assert "Elm Park" in str(PseudoEngine(PseudoOptions(protect_slots=True)).translate(call).targets[0])
    assert "Elm Park" not in str(PseudoEngine().translate(call).targets[0])


def test_overlapping_values_are_kept_as_one() -> None:
    disguised = PseudoEngine(PseudoOptions(expansion=0)).disguise("abcdef", [(3, 5), (1, 4)])
    assert disguised == "⟦á⁅bcde⁆ƒ…⟧"


@pytest.mark.parametrize("text", ["", "plain", "⟦no tail⟧", "⟦…not padding⟧", "⟦…"])
def test_other_texts_are_not_restored(text: str) -> None:
    with pytest.raises(ValueError, match="not a pseudo-localised text"):
        PseudoEngine.restore(text)


def test_any_valid_tag_will_do_but_no_invalid_one() -> None:
    engine = load_engine(EngineSettings(name="pseudo", options={"locales": ["sw-KE", "de-de"]}))
    assert engine.locales() == ("de-DE", "sw-KE")
    assert engine.offers("qu-PE")
    assert not engine.offers("no such tag")
    with pytest.raises(SettingsError, match=r"translation\.engine\.options\.locales"):
        load_engine(EngineSettings(name="pseudo", options={"locales": ["!!"]}))


def test_the_revision_follows_the_options() -> None:
    assert PseudoEngine().revision == PseudoEngine().revision
    assert PseudoEngine(PseudoOptions(protect_slots=True)).revision != PseudoEngine().revision
