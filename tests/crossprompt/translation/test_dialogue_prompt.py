"""What a chat model is told: numbered turns with the rest of the dialogue around them."""

from __future__ import annotations

import json

import pytest

from crossprompt.corpora.dialogue import Dialogue
from crossprompt.locales.languages import LocaleError
from crossprompt.translation.dialogue_prompt import language_phrase, message_of, response_schema, wording
from crossprompt.translation.engine import TranslationCall


def test_the_turns_to_translate_are_numbered_and_the_others_are_context(park_dialogue: Dialogue) -> None:
    message = message_of(TranslationCall(park_dialogue, "sw-KE", 1, 3))
    assert json.loads(message.rpartition("\n")[2]) == {
        "turns": [
            {"speaker": "USER", "text": "Is Elm Park open?"},
            {"number": 1, "speaker": "SYSTEM", "text": "Yes, until 9 pm."},
            {"number": 2, "speaker": "USER", "text": "Good, thanks."},
            {"speaker": "SYSTEM", "text": "You're welcome."},
        ]
    }
    assert "into Swahili, written in the Latin script, as used in Kenya. " in message


def test_calls_of_a_locale_begin_alike(park_dialogue: Dialogue) -> None:
    first, second = (message_of(TranslationCall(park_dialogue, "sw-KE", n, n + 1)) for n in (0, 3))
    assert first.rpartition("\n")[0] == second.rpartition("\n")[0]
    assert first != second


def test_notes_stand_in_the_instruction_as_they_are(park_dialogue: Dialogue) -> None:
    call = TranslationCall(park_dialogue, "de-DE", 0, 1)
    notes = 'Say {du}, never "Sie".'
    assert f"\n{notes}\nReply with JSON" in message_of(call, f" {notes}\n")
    assert message_of(call, "  ") == message_of(call)


@pytest.mark.parametrize(
    ("locale", "phrase"),
    [
        ("sr", "Serbian, written in the Cyrillic script"),
        ("sr-Latn-RS", "Serbian (Latin), as used in Serbia"),
        ("zh-TW", "Chinese (Traditional), as used in Taiwan"),
        ("zh-Hans", "Chinese (Simplified)"),
        ("pt-BR", "Portuguese, written in the Latin script, as used in Brazil"),
        ("ja-JP", "Japanese, as used in Japan"),
        ("my-MM", "Burmese, written in the Myanmar script, as used in Myanmar (Burma)"),
    ],
)
def test_a_language_is_told_with_its_script_and_territory(locale: str, phrase: str) -> None:
    assert language_phrase(locale) == phrase


def test_a_tag_of_no_language_is_refused(park_dialogue: Dialogue) -> None:
    with pytest.raises(LocaleError, match="xx-XX"):
        message_of(TranslationCall(park_dialogue, "xx-XX", 0, 1))


def test_the_wording_covers_instruction_notes_and_schema() -> None:
    assert wording() == wording()
    assert wording() != wording("Be brief.")
    assert json.loads(wording().rpartition("\n")[2]) == response_schema()
