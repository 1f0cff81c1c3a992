"""What a chat baseline gives: answers with their scores, how they could be read, and what they cost."""

from __future__ import annotations

from enum import StrEnum

from crossprompt.corpora.utterance import ENGLISH
from crossprompt.records import Record
from crossprompt.tasks.task import ScoredAnswers

NO_ENDPOINT = "no endpoint configured"


class Reading(StrEnum):
    """How an answer could be read, from strict to not at all."""

    EXACT = "exact"
    """A label, or the utterance with its slots marked, character by character."""
    NORMALISED = "normalised"
    """The same but for letter case, blanks, quotes and the like; or slots that had to be looked for."""
    MENTIONED = "mentioned"
    """A sentence that names just one intent."""
    UNPARSABLE = "unparsable"
    """Nothing of that; counted as wrong."""


class Usage(Record):
    """Tokens as the endpoint counted them, over all answers of a cell: those asked for in this run and before."""

    calls: int
    """Distinct questions: equal utterances are asked once."""
    input_tokens: int
    output_tokens: int
    uncounted: int
    """Calls of which the endpoint gave no tokens."""
    dollars: float | None
    """At the prices of the settings; None: a price is unknown."""


class CostEstimate(Record):
    """What is still to be asked and may cost, before the first call; how tokens are estimated says ``chat.cost``."""

    calls: int
    """Questions that the cache does not answer."""
    cached: int
    input_tokens: int
    output_tokens: int
    """At most: every answer as long as it may be."""
    dollars: float | None
    """None: a price is unknown."""

    def __str__(self) -> str:
        price = "at unknown prices" if self.dollars is None else f"about ${self.dollars:,.4f}"
        return (
            f"{self.calls:,} calls ({self.cached:,} answers are there), estimated at {self.input_tokens:,} tokens read "
            f"and at most {self.output_tokens:,} written: {price}"
        )


class ChatLocale(Record):
    """The answers of one locale and how they came out."""

    answers: ScoredAnswers
    """``unparsable`` where an answer could not be read."""
    readings: dict[Reading, int]
    finishes: dict[str, int]
    """Answers by the reason why they ended: ``stop``, ``length`` (cut off), ``content_filter`` (refused)."""
    unlocated: int
    """Slots whose value is not in the utterance; each counts as a wrong span."""


class ChatCell(Record):
    """One task with so many shots, over all locales."""

    task: str
    """``intent`` or ``slots``."""
    shots: int
    """Per intent or per prompt, as the settings say; 0: zero-shot."""
    score_name: str
    locales: tuple[ChatLocale, ...]
    usage: Usage

    @property
    def average(self) -> float:
        """The mean of the locales' scores, in percent."""
        return sum(locale.answers.score for locale in self.locales) / max(1, len(self.locales))

    @property
    def english(self) -> float | None:
        """The score in English in percent; None if it was not asked."""
        return next((own.answers.score for own in self.locales if own.answers.locale == ENGLISH), None)


class ChatResult(Record):
    """All cells of one model; the same, whether answers were asked for now or came from the cache."""

    not_run: str | None = None
    """Why there are no cells; None: there are."""
    model: str | None = None
    answered_by: tuple[str, ...] = ()
    """The names that the endpoint gave for what answered, such as a dated version."""
    ids: tuple[str, ...] = ()
    """The utterances asked, in every locale."""
    seed: int = 0
    shots_per: str = "intent"
    cells: tuple[ChatCell, ...] = ()
