"""What translating gives beside the rows: how much was covered, and what was left out and why."""

from __future__ import annotations

from collections import Counter

from crossprompt.records import Record
from crossprompt.translation.rows import Nature


class SkippedDialogue(Record):
    """A dialogue without a translation: a short stable reason, and a sentence."""

    split: str
    dialogue_id: str
    reason: str
    detail: str


class TranslationCoverage(Record):
    """One locale. ``dialogues = covered + len(skipped)``."""

    locale: str
    engine: str
    revision: str
    nature: Nature
    dialogues: int
    """Dialogues of the wanted splits."""
    covered: int
    utterances: int
    """Rows given: all turns of the covered dialogues."""
    characters: int
    """Source characters (code points) in all calls, also for dialogues skipped in the end: what paid engines bill."""
    calls: int
    skipped: tuple[SkippedDialogue, ...] = ()

    @property
    def reasons(self) -> dict[str, int]:
        """Skipped dialogues by reason."""
        return dict(sorted(Counter(item.reason for item in self.skipped).items()))
