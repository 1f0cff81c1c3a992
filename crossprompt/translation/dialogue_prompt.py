"""What a chat model is told about a call: a dialogue as JSON, in which the turns to translate have numbers.

The instruction comes first and is the same for all calls of a locale, so that endpoints that keep prefixes can. The
message's last line is the dialogue.
"""

from __future__ import annotations

import json
from typing import Any, Final

from crossprompt.corpora.dialogue import Dialogue, Speaker, Turn
from crossprompt.locales.languages import describe_locale
from crossprompt.translation.engine import TranslationCall

_INSTRUCTION: Final = """\
You translate what a person and a voice assistant say to each other. The last line of this message is a dialogue in \
English, written as JSON: its turns in order, with the speaker and the text. Translate the text of every turn that has \
a number into {language}. The turns without a number are there so that you understand the others; leave them out.
Write what people would really say in such a dialogue, and let a speaker address the other in the same way throughout. \
Keep names, and everything that says when, where, how many or how much. Write each translation for its own turn alone: \
join no turns and divide none. Add no notes, no quotation marks and no markup.
{notes}\
Reply with JSON and nothing else, in this form, one entry for each numbered turn, in the same order and with its \
number: {form}
"""

_FORM: Final = '{"translations": [{"number": 1, "text": "..."}]}'

_PROBE: Final = TranslationCall(
    Dialogue("", "", (), (Turn(Speaker.USER, "a"), Turn(Speaker.SYSTEM, "b"))), "am-ET", 1, 2
)
"""A call whose message shows every word of the wording."""


def message_of(call: TranslationCall, notes: str = "") -> str:
    """The message for ``call``; its turns are numbered from 1, in order.

    Args:
        call: What is to be translated.
        notes: Further instructions, such as the form of address or terms to use; empty: none.

    Raises:
        LocaleError: The call's locale names no language.
    """
    extra = f"{notes.strip()}\n" if notes.strip() else ""
    instruction = _INSTRUCTION.format(language=language_phrase(call.locale), notes=extra, form=_FORM)
    turns = [_turn(call, place, turn) for place, turn in enumerate(call.dialogue.turns)]
    return f"{instruction}\n{json.dumps({'turns': turns}, ensure_ascii=False)}"


def language_phrase(locale: str) -> str:
    """The language of ``locale`` in words: ``Serbian, written in the Cyrillic script, as used in Serbia``.

    The script is always told, unless the language's name holds it already (``Chinese (Traditional)``, ``Japanese``);
    the territory where the tag has one.

    Raises:
        LocaleError: The tag names no language.
    """
    found = describe_locale(locale)
    parts = [found.english_name]
    if found.script_name not in found.english_name and "(" not in found.english_name:
        parts.append(f"written in the {found.script_name} script")
    if (territory := found.territory_name) is not None:
        parts.append(f"as used in {territory}")
    return ", ".join(parts)


def response_schema() -> dict[str, Any]:
    """The JSON schema of a reply, for endpoints that hold a model to one."""
    entry = {
        "type": "object",
        "properties": {"number": {"type": "integer"}, "text": {"type": "string"}},
        "required": ["number", "text"],
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "properties": {"translations": {"type": "array", "items": entry}},
        "required": ["translations"],
        "additionalProperties": False,
    }


def wording(notes: str = "") -> str:
    """A text that changes whenever what models are told changes, for revisions."""
    return f"{message_of(_PROBE, notes)}\n{json.dumps(response_schema(), sort_keys=True)}"


def _turn(call: TranslationCall, place: int, turn: Turn) -> dict[str, Any]:
    said = {"speaker": turn.speaker.value, "text": turn.utterance}
    return {"number": place - call.start + 1, **said} if call.start <= place < call.stop else said
