"""How a source text is found in a translation memory: as it stands, or without differences that change no meaning."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from threading import Lock
from typing import Final

_QUOTES: Final = str.maketrans(dict.fromkeys("‘’‚‛′ʼ`´", "'") | dict.fromkeys("“”„‟″«»", '"'))
_ENDS: Final = ".!…?。！？"
_QUESTIONS: Final = frozenset("?？")


def normalise_source(text: str) -> str:
    """``text`` without differences in Unicode form, quotes, letter case, blanks and its full stop.

    In this order: to Unicode form NFC; case folded (so ``ß`` is ``ss``); typographic quotes and apostrophes to plain
    ones; to NFC again; each run of white space (any that Unicode knows, no-break ones too) to one blank, none at the
    ends; and the marks ``. ! … ?`` at the end, full-width ones too, taken off. If a question mark is among these, one
    stays: a question never matches a statement. Numbers and all other punctuation count.
    """
    folded = unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold().translate(_QUOTES))
    words = " ".join(folded.split())
    body = words.rstrip(_ENDS + " ")
    return f"{body}?" if _QUESTIONS.intersection(words[len(body) :]) else body


@dataclass(frozen=True, slots=True)
class Candidate:
    """A target, and the id of its unit."""

    tuid: str
    target: str


class MemoryIndex:
    """The units of one locale by source text; may be used by several threads. The normalised texts are made at the
    first look-up that needs them.
    """

    def __init__(self, units: Iterable[tuple[str, Candidate]]) -> None:
        """Take pairs of source text and candidate, in the file's order."""
        self._exact: dict[str, list[Candidate]] = {}
        for source, candidate in units:
            self._exact.setdefault(source, []).append(candidate)
        self._normalised: dict[str, list[Candidate]] | None = None
        self._lock = Lock()

    def exact(self, text: str, own_ids: Collection[str]) -> str | None:
        """The target of this very text: of a unit in ``own_ids`` if there is one among several, else of the first."""
        found = self._exact.get(text, ())
        own = _of(own_ids, found)
        return next((candidate.target for candidate in found), None) if own is None else own

    def normalised(self, text: str, own_ids: Collection[str]) -> str | None:
        """The target of texts that are the same once normalised.

        Of several targets only that of a unit in ``own_ids`` will do: between others nobody could choose. A text that
        normalises to nothing is not looked for.
        """
        key = normalise_source(text)
        if not key.strip("?"):
            return None
        found = self._by_normalised().get(key, ())
        own, targets = _of(own_ids, found), {candidate.target for candidate in found}
        return targets.pop() if own is None and len(targets) == 1 else own

    def _by_normalised(self) -> dict[str, list[Candidate]]:
        with self._lock:
            if self._normalised is None:
                self._normalised = {}
                for source, candidates in self._exact.items():
                    self._normalised.setdefault(normalise_source(source), []).extend(candidates)
            return self._normalised


def _of(own_ids: Collection[str], candidates: Iterable[Candidate]) -> str | None:
    """The target of the first unit that is in ``own_ids``."""
    return next((candidate.target for candidate in candidates if candidate.tuid in own_ids), None)
