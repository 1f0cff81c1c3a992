import pytest

from crossprompt.quality.language import identify, identify_dialogue, labels_of_locale, margins, score

GERMAN = [
    "Guten Tag, ich suche einen Tisch für heute Abend.",
    "Gern, für wie viele Personen?",
    "Für vier, bitte.",
    "Ok.",
]
DANISH = ["Hej, jeg vil gerne bestille et bord til i aften.", "Ja, hvor mange personer er I?", "Fire, tak.", "Ok."]
BOKMAL = [
    "Hei, jeg vil gjerne bestille et bord til i kveld, hva er ledig?",
    "Hvor mange blir dere, og når vil dere komme?",
    "Vi er fire, takk, og helst etter åtte.",
    "Det går fint, dere er hjertelig velkomne.",
]


def refused(texts: list[str], locale: str) -> list[bool]:
    found = identify_dialogue(dict(enumerate(texts)), locale)
    return [found[turn].margin > 0 for turn in sorted(found)]


def test_a_right_dialogue_passes_with_its_short_turns() -> None:
    assert refused(GERMAN, "de-DE") == [False] * 4
    assert refused(DANISH, "da-DK") == [False] * 4
    assert refused(BOKMAL, "nb-NO") == [False] * 4


def test_a_dialogue_of_a_close_language_is_refused_whole() -> None:
    assert refused(DANISH, "nb-NO") == [True] * 4
    assert refused(BOKMAL, "da-DK") == [True] * 4


def test_one_english_turn_in_a_right_dialogue_is_refused_alone() -> None:
    texts = [*GERMAN, "I would like to book a table for tonight, please."]
    assert refused(texts, "de-DE") == [False, False, False, False, True]


def test_blank_turns_are_left_out() -> None:
    assert identify_dialogue({0: "  "}, "de-DE") == {}
    assert set(identify_dialogue({0: GERMAN[0], 3: ""}, "de-DE")) == {0}


def test_labels_follow_the_identifier_where_codes_differ() -> None:
    assert labels_of_locale("nb-NO") == ("no", "nn")
    assert labels_of_locale("fil-PH") == labels_of_locale("tl-PH") == ("tl",)
    assert "zh" in labels_of_locale("zh-TW")
    assert labels_of_locale("haw-US") == ()


def test_an_unknown_language_is_an_error() -> None:
    with pytest.raises(ValueError, match="haw-US"):
        margins(score("Aloha"), "haw-US")


def test_long_text_is_identified() -> None:
    assert identify(" ".join(GERMAN)) == "de"
