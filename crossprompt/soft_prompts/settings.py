"""Settings of soft prompts on decoders (paper 002, METHODS section 3)."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from crossprompt.settings import Settings, all_different
from crossprompt.tasks.settings import TaskSettings

SIB200_WORDS = {
    "entertainment": "entertainment",
    "geography": "geography",
    "health": "health",
    "politics": "politics",
    "science/technology": "science",
    "sports": "sports",
    "travel": "travel",
}
"""English verbalizers of SIB-200's topics: the topic's name, or its first word."""

Lengths = Annotated[tuple[Annotated[int, Field(ge=1)], ...], Field(min_length=1), AfterValidator(all_different)]


class CellSettings(Settings):
    """Soft prompts of several lengths that are trained on so many examples in one way."""

    shots: int | None = Field(default=8, ge=1)
    """Per topic; None: all of English train."""
    lengths: Lengths = (8,)
    frozen: bool = True
    """Whether the model is left as it is; else its parameters are trained with the prompt."""
    reparameterized: bool = False
    """Whether the prompt is made by a small network while it is trained."""

    @property
    def name(self) -> str:
        """Such as ``8_frozen`` or ``all_tuned_reparameterized``."""
        ways = ("frozen" if self.frozen else "tuned", "reparameterized" if self.reparameterized else "")
        return "_".join(filter(None, (str(self.shots or "all"), *ways)))

    def contender(self, length: int) -> str:
        """What prompts of this ``length`` are called in results, see :func:`contender_name`."""
        return contender_name(length, frozen=self.frozen, reparameterized=self.reparameterized)


def contender_name(length: int, *, frozen: bool = True, reparameterized: bool = False) -> str:
    """Such as ``SPT-8``, ``SPT-8-reparameterized`` or ``SPT-8-tuned``."""
    ways = ("reparameterized" if reparameterized else "", "" if frozen else "tuned")
    return "-".join(filter(None, (f"SPT-{length}", *ways)))


class MeasuringSettings(Settings):
    """How every cell is trained and tested."""

    languages: tuple[str, ...] | None = None
    """BCP-47 tags of those that are tested, as the table has them; None: all."""
    english: str = "en"
    """The language that is learned on."""
    seeds: Annotated[tuple[int, ...], Field(min_length=1), AfterValidator(all_different)] = (0, 1, 2, 3)
    """Each draws its own examples, batches and prompt."""
    epochs: int = Field(default=20, ge=1)
    batch_size: int = Field(default=8, ge=1)
    learning_rate: float = Field(default=5e-3, gt=0)
    """Of the prompt where the model is frozen; of AdamW at its start, from where it falls to 0."""
    tuned_learning_rate: float = Field(default=5e-4, gt=0)
    """Of prompt and model where both are trained. The paper's pages name one rate; at 5e-3 a whole model diverges."""
    weight_decay: float = Field(default=0.01, ge=0)
    warmup_share: float = Field(default=0.0, ge=0, lt=1)
    dropout: float = Field(default=0.0, ge=0, lt=1)
    """Of a model that is tuned, while it is."""
    keep: Literal["best", "last"] = "best"
    """Which epoch's prompt is kept: the one best on English dev (the first of equals), or the last."""
    init_range: float = Field(default=0.5, gt=0)
    """Fresh soft tokens are drawn from U(-range, range), in the unit of the embedding table."""
    loss: Literal["vocabulary", "labels"] = "vocabulary"
    """Over what the word of the true topic must be probable: the whole vocabulary, or the topics' words alone."""
    verbalizer: dict[str, str] = Field(default_factory=lambda: dict(SIB200_WORDS))
    """An English word for each topic, one token of the model's."""
    max_sentences: int | None = Field(default=None, ge=1)
    """Test sentences per language, the first by id; None: all."""
    max_dev_sentences: int | None = Field(default=None, ge=1)
    """Of English dev at each look."""

    def training(self, cell: CellSettings, examples: int) -> TaskSettings:
        """The budget of one training on ``examples`` examples: a look at English dev after each epoch, none is spared.

        With ``keep: last`` there is one look, at the end.
        """
        updates_per_epoch = -(-examples // min(self.batch_size, examples))
        total = self.epochs * updates_per_epoch
        return TaskSettings(
            shots=cell.shots,
            head_dropout=0.0,
            batch_size=self.batch_size,
            max_updates=total,
            evaluate_every=updates_per_epoch if self.keep == "best" else total,
            patience=self.epochs,
            warmup_share=self.warmup_share,
            decay="linear",
            weight_decay=self.weight_decay,
            max_dev_utterances=self.max_dev_sentences,
            seeds=self.seeds,
        )

    @model_validator(mode="after")
    def _english_is_not_tested_out(self) -> Self:
        if self.languages is not None and self.english not in self.languages:
            raise ValueError(f"languages must hold {self.english!r}: transfer is measured against it")
        return self
