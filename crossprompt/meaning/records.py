"""What the screening of meaning says. All shares and intervals are in percent, as in ``crossprompt.retrieval``."""

from __future__ import annotations

from crossprompt.records import Record
from crossprompt.retrieval.records import RetrievalScore


class Instrument(Record):
    """What was measured with: without it the numbers say nothing."""

    backbone: str
    prompt: str | None
    """SHA-256 of the prompt's file; None: no prompt."""
    prompt_length: int | None
    pooling: str
    """Such as ``start-last``."""


class TurnMeaning(Record):
    """A turn with a low score, for people to read."""

    split: str
    dialogue_id: str
    turn: int
    source: str
    target: str
    similarity: float
    """Cosine of the translation and its own source."""
    nearest: str
    """The other English turn that is nearest to the translation."""
    nearest_similarity: float


class MeaningScore(Record):
    """One language. A turn is found if nothing is nearer to it than its own other side."""

    instrument: Instrument
    aligned: bool
    """Whether the prompt was aligned with this language."""
    turns: int
    """Turns that were drawn, which are the candidates, too."""
    to_english: RetrievalScore
    """Translations that find their source."""
    from_english: RetrievalScore
    """Sources that find their translation, or another with the same text."""
    similarity: float
    """Mean cosine of a translation and its own source."""
    nearest_similarity: float
    """Mean cosine of a translation and the nearest other source."""
    confidence: float

    @property
    def found(self) -> RetrievalScore:
        """The worse of both directions. An engine that always says the same is right in every turn from English."""
        return min(self.to_english, self.from_english, key=lambda score: score.accuracy)


class LanguageMeaning(Record):
    """What a language's step gives."""

    locale: str
    score: MeaningScore | None
    """None: the language had failed the checks of translations before."""
    examples: tuple[TurnMeaning, ...] = ()
    """The lowest first: those whose source is least nearer than the nearest other."""


class MeaningVerdict(Record):
    """A language that was measured, and what was demanded of it."""

    locale: str
    score: MeaningScore
    required: float | None
    """In percent; None: nothing."""
    refused: bool = False
    """Whether it is left out for this."""

    @property
    def below(self) -> bool:
        """Whether it is under the floor."""
        return self.required is not None and self.score.found.accuracy < self.required


class MeaningScreening(Record):
    """All languages that were measured, in order of their tags."""

    languages: tuple[MeaningVerdict, ...]

    @property
    def below(self) -> tuple[MeaningVerdict, ...]:
        """Languages under their floor."""
        return tuple(verdict for verdict in self.languages if verdict.below)

    @property
    def refused(self) -> tuple[MeaningVerdict, ...]:
        """Languages that are left out."""
        return tuple(verdict for verdict in self.languages if verdict.refused)

    def metrics(self) -> dict[str, float]:
        """Flat numbers for a tracker, such as ``meaning/to_english/sw``."""
        values: dict[str, float] = {"meaning/below_floor": len(self.below)}
        for verdict in self.languages:
            score, locale = verdict.score, verdict.locale
            values[f"meaning/to_english/{locale}"] = score.to_english.accuracy
            values[f"meaning/from_english/{locale}"] = score.from_english.accuracy
            values[f"meaning/similarity/{locale}"] = score.similarity
            values[f"meaning/nearest_similarity/{locale}"] = score.nearest_similarity
        return values
