"""The way of a dialogue through a chain of engines: what one lacks goes to the next.

The way is the same whether calls are sent, or all replies are read from the ledger: who walks it brings the function
that gives a call's targets. So rows do not depend on when, in which order or by how many workers calls were made.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from crossprompt.corpora.dialogue import Dialogue, Turn
from crossprompt.factory.calls import halves, split_calls
from crossprompt.factory.link import Link
from crossprompt.translation.engine import EngineError, Failure, TranslationCall, TranslationReply

Send = Callable[[Link, TranslationCall], TranslationReply]
"""Gives the reply to a call of one link, checked one for one. Raises ``EngineError``: after ``CONTENT`` halves are
sent, after ``DIALOGUE`` the turns go to the next engine; all else ends the walk.
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

    Each engine is asked for the turns that those before it lack. An engine that needs whole dialogues is asked for all
    of them, and then gives all or none: its texts belong together.

    Args:
        dialogue: What to translate.
        locale: A locale that all links offer.
        chain: The engines in turn.
        send: See ``Send``.

    Raises:
        EngineError: What ``send`` raised and another engine can't mend.
    """
    walk = _Walk(dialogue, locale, send)
    for link in chain:
        (walk.ask_whole if link.engine.needs_whole_dialogue else walk.ask)(link)
        if not walk.lacking:
            break
    return walk.outcome()


class _Walk:
    """One dialogue's pieces so far."""

    def __init__(self, dialogue: Dialogue, locale: str, send: Send) -> None:
        self._dialogue, self._locale, self._send = dialogue, locale, send
        self._pieces: list[Piece | None] = [None] * len(dialogue.turns)
        self._missing = Missing("no_engine", f"no engine of the chain offers {locale}")

    @property
    def lacking(self) -> list[int]:
        """The turns without a target."""
        return [number for number, piece in enumerate(self._pieces) if piece is None]

    def outcome(self) -> list[Piece] | Missing:
        """All pieces, or what the last engine said."""
        pieces = [piece for piece in self._pieces if piece is not None]
        return pieces if len(pieces) == len(self._pieces) else self._missing

    def ask(self, link: Link) -> None:
        """Fill in what ``link`` has of the turns that are lacking."""
        for call in self._calls(link, self.lacking):
            self._ask(link, call)

    def ask_whole(self, link: Link) -> None:
        """Take all turns from ``link``, or none."""
        calls = self._calls(link, range(len(self._pieces)))
        if len(calls) > 1:
            length, longest = len(self._pieces), link.limits.utterances
            self._lack(link, "too_long", f"it has {length} turns, a call may hold {longest}, and it is needed whole")
            return
        for call in calls:
            whole = _Walk(self._dialogue, self._locale, self._send)
            whole._take(link, call)
            if whole.lacking:
                self._missing = whole._missing
            else:
                self._pieces = whole._pieces

    def _calls(self, link: Link, wanted: Sequence[int]) -> list[TranslationCall]:
        try:
            return split_calls(self._dialogue, self._locale, link.limits, wanted)
        except EngineError as error:
            self._lack(link, error.reason, str(error))
            return []

    def _ask(self, link: Link, call: TranslationCall) -> None:
        """Take what ``call`` gives; in halves if the engine gives nothing that fits."""
        parts = halves(call)
        if self._take(link, call) is not Failure.CONTENT or parts is None:
            return
        for part in parts:
            self._ask(link, part)

    def _take(self, link: Link, call: TranslationCall) -> Failure | None:
        """Take what ``call`` gives; the failure if it gives nothing."""
        try:
            reply = self._send(link, call)
        except EngineError as error:
            if error.failure not in (Failure.CONTENT, Failure.DIALOGUE):
                raise
            self._lack(link, error.reason, str(error))
            return error.failure
        sources = reply.sources or call.turns
        for number, (source, target) in enumerate(zip(sources, reply.targets, strict=True), start=call.start):
            if target is None:
                self._lack(link, "missing_target", f"turn {number} has no target: {source.utterance!r}")
            else:
                self._pieces[number] = Piece(source, target, link)
        return None

    def _lack(self, link: Link, reason: str, detail: str) -> None:
        self._missing = Missing(reason, f"{link.name}: {detail}")
