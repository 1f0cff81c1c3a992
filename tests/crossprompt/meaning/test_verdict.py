from __future__ import annotations

import pytest

from crossprompt.meaning.page import render_section
from crossprompt.meaning.records import LanguageMeaning
from crossprompt.meaning.settings import FloorSettings, MeaningSettings, MeasureSettings
from crossprompt.meaning.verdict import headlines, refuse, screen
from crossprompt.settings import SettingsError
from tests.crossprompt.meaning.made_up import language

LANGUAGES = [language("sw-KE", 30.0, 25.0), language("de-DE"), LanguageMeaning(locale="am-ET", score=None)]


def test_the_worse_direction_is_held_against_the_floor_of_the_language() -> None:
    screening = screen(LANGUAGES, FloorSettings(share=0.28, share_by_locale={"de-DE": 0.7}))
    assert [verdict.locale for verdict in screening.languages] == ["de-DE", "sw-KE"]
    assert [verdict.locale for verdict in screening.below] == ["sw-KE"]
    assert screening.refused == ()
    assert screen(LANGUAGES, FloorSettings(share=0.28, share_by_locale={"sw-KE": None})).below == ()
    assert screen(LANGUAGES, FloorSettings()).below == ()


def test_a_language_under_its_floor_is_refused_only_if_the_settings_say_so() -> None:
    screening = screen(LANGUAGES, FloorSettings(share=0.5, below="refuse"))
    assert [verdict.locale for verdict in screening.refused] == ["sw-KE"]
    assert str(refuse(screening, "/pages/index.html")).startswith(
        "1 of 2 languages are under the floor of the screening of meaning: sw-KE: 25.0 % (20.0 to 30.0) of 200 turns "
        "found, 50 % demanded; read the examples on /pages/index.html."
    )


def test_the_terminal_hears_of_the_least_and_of_those_under_the_floor() -> None:
    assert headlines(screen(LANGUAGES, FloorSettings(share=0.5))) == [
        "Meaning was screened in 2 languages; least in sw-KE: 25.0 % (20.0 to 30.0) of 200 turns found.",
        "Warning, under the floor of meaning: sw-KE: 25.0 % (20.0 to 30.0) of 200 turns found, 50 % demanded",
    ]
    assert headlines(screen([LANGUAGES[2]], FloorSettings())) == []


def test_metrics_are_flat_numbers() -> None:
    found = screen(LANGUAGES, FloorSettings(share=0.5)).metrics()
    assert found["meaning/below_floor"] == 1
    assert (found["meaning/to_english/sw-KE"], found["meaning/from_english/sw-KE"]) == (30.0, 25.0)
    assert (found["meaning/similarity/de-DE"], found["meaning/nearest_similarity/de-DE"]) == (0.75, 0.5)
    assert not any("am-ET" in name for name in found)


def test_the_section_tells_numbers_floors_examples_and_that_it_is_a_screening() -> None:
    page = render_section(screen(LANGUAGES, FloorSettings(share=0.5, below="refuse")), LANGUAGES)
    assert "the backbone mini under an aligned prompt of 16 positions (start-last)" in page
    assert "the backbone hardly knows the language" in page
    assert "Not screened, as they had failed the checks: am-ET." in page
    assert "25.0 % (20.0 to 30.0)" in page
    assert page.count(">left out<") == 1
    assert "Mashua &lt;imechelewa&gt;." in page
    assert "The train is late." in page
    assert render_section(screen([LANGUAGES[2]], FloorSettings()), [LANGUAGES[2]]) == ""


def test_a_language_that_the_prompt_was_not_aligned_with_is_marked() -> None:
    strangers = [language("de-DE", aligned=False)]
    assert "not in the prompt's languages" in render_section(screen(strangers, FloorSettings()), strangers)
    assert "not in the prompt's languages" not in render_section(screen(LANGUAGES, FloorSettings()), LANGUAGES)


def test_the_section_demands_a_prompt_by_name_or_none_in_words() -> None:
    with pytest.raises(SettingsError, match=r"^meaning\.prompt: Field required"):
        MeaningSettings.parse({"turns": 100}, "meaning")
    with pytest.raises(SettingsError, match=r"^meaning\.floor\.share: .*less than or equal to 1 \(got 30\)"):
        MeaningSettings.parse({"prompt": None, "floor": {"share": 30}}, "meaning")
    with pytest.raises(SettingsError, match=r"^meaning\.fewest: .*must be at most turns, which is 20 \(got 50\)"):
        MeaningSettings.parse({"prompt": None, "turns": 20}, "meaning")
    settings = MeaningSettings.parse({"prompt": None, "turns": 100, "seed": 3}, "meaning")
    assert settings.measure() == MeasureSettings(turns=100, seed=3)
    assert type(settings.measure()) is MeasureSettings
