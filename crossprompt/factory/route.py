"""The way of a dialogue through a chain of engines: what one lacks goes to the next.

The way is the same whether calls are sent, or all replies are read from the ledger: who walks it brings the function
that gives a call's targets. So rows do not depend on when, in which order or by how many workers calls were made.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from crossprompt.corpora.dialogue import Dialogue, Turn
from crossprompt.factory.link import Link
from crossprompt.translation.engine import TranslationCall, TranslationReply

Send = Callable[[Link, TranslationCall], TranslationReply]
"""Gives the reply to a call of one link, checked one for one. Raises ``EngineError``: ``CONTENT`` sends halves,
``DIALOGUE`` the dialogue to the next engine; all else ends the walk.
"""


@dataclass(frozen=True, slots=True)
class Piece:
    """One turn: its source as the target was written against it, the target, and the link that gave it."""

    source: Turn
    target: str
    link: Link


@dataclass(frozen=True, slots=True)
class Missing:
    """A dialogue that the chain can't translate whole: the last engine's short reason, and a sentence."""

    reason: str
    detail: str


def translate_dialogue(dialogue: Dialogue, locale: str, chain: Sequence[Link], send: Send) -> list[Piece] | Missing:
    """All turns of ``dialogue`` in order, or why there are none.

    Each engine that offers ``locale`` is asked for the turns that those before it lack. An engine that needs whole
    dialogues is asked for all of them, and then gives all or none.

    Raises:
        EngineError: What ``send`` raised and another engine can't mend.
    """
    raise NotImplementedError
