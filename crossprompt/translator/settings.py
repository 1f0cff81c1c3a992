"""Settings of prompts that are translated, and of what they are compared with (paper 003, METHODS section 2)."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, field_validator, model_validator

from crossprompt.corpora.settings import NliCorpusSettings, ParaphraseSettings
from crossprompt.settings import Settings, all_different
from crossprompt.tasks.settings import TaskSettings

Placement = Literal["prefix", "midfix", "suffix", "endfix"]

NLI_WORDS = {"contradiction": "wrong", "entailment": "right", "neutral": "maybe"}
"""The verbalizer of Zhao and Schütze, whose few-shot splits the paper takes; the paper names none."""


class PromptEncoderSettings(Settings):
    """What makes the English prompt of its trained vectors (paper 003, section III-A: an LSTM and an MLP)."""

    kind: Literal["lstm", "none"] = "lstm"
    """``none``: the trained vectors are the prompt."""
    layers: int = Field(default=2, ge=1)
    """Of the LSTM, which runs in both directions with half the width each, as P-tuning has it."""
    init_std: float = Field(default=1.0, gt=0)
    """The vectors start from N(0, std²)."""


class TranslatorSettings(Settings):
    """What makes the other languages' prompt of the English one (paper 003, equation 4 and figure 4)."""

    kind: Literal["linear", "lstm", "transformer", "own", "shared"] = "linear"
    """``own``: no translator, the other languages have a prompt of their own, made like the English one; ``shared``:
    all languages have the English one."""
    layers: Literal[1, 2] = 2
    """Linear with 2: d to 2d, ReLU, back to d, with biases."""
    heads: int = Field(default=4, ge=1)
    """Of the Transformer's attention."""


class ContenderSettings(Settings):
    """One way to learn, whole; the defaults are MPT as the paper has it but for what a small frozen backbone needs."""

    method: Literal["fine-tuning", "soft-prompt", "templates", "translator"] = "translator"
    """FT: a head on ``<s>``; SP: one soft prompt for all languages; PCT: templates in each language; MPT."""
    tune_backbone: bool = False
    """Train the backbone with the prompt. The paper does not say; its learning rate of 4e-5 suits a backbone and moves
    no prompt. FT and PCT have nothing else to train, so they always do."""
    placement: Placement = "suffix"
    """Where the prompt stands (paper 003, equation 9)."""
    length: int = Field(default=4, ge=1, le=256)
    prompt_encoder: PromptEncoderSettings = PromptEncoderSettings()
    translator: TranslatorSettings = TranslatorSettings()
    english_prompt: Literal["source", "target"] = "source"
    """Which prompt English tests are read with; the paper says of other languages alone that it is Transl(p_S)."""
    alpha: float = Field(default=0.5, ge=0, le=1)
    """Weight of the cross-entropy; the rest is the symmetric divergence's (paper 003, equation 8)."""
    probabilities: Literal["vocabulary", "labels"] = "vocabulary"
    """Over what the label words' probabilities are normalised in the cross-entropy (paper 003, equation 2: all words).
    """
    auxiliary: Literal["external", "unlabelled"] = "external"
    """Parallel pairs for the divergence: PAWS-15, or XNLI's own development set without its labels."""
    pairs: int | None = Field(default=500, ge=1)
    """How many of them, the first so many as they were drawn; None: all."""
    pairs_per_update: int | None = Field(default=None, ge=1)
    """None: as many as labelled examples, which with few of them is less than a batch."""
    learning_rate: float = Field(default=1e-3, gt=0)
    epochs: int = Field(default=50, ge=1)
    """Passes, in batches of ``batch_size``, over the training examples or over the pairs, whichever are more: the paper
    gives larger auxiliary corpora fewer epochs "to keep training time consistent". Where ``pairs_per_update`` is less,
    as many updates read a part of the pairs."""
    max_updates: int | None = Field(default=None, ge=1)
    """At most so many, whatever the epochs; None: no limit."""
    updates: int | None = Field(default=None, ge=1)
    """Just so many, whatever the epochs: to give a contender the updates that another has."""
    batch_size: int = Field(default=24, ge=1)
    weight_decay: float = Field(default=0.01, ge=0)
    warmup_share: float = Field(default=0.0, ge=0, lt=1)
    decay: Literal["linear", "none"] = "linear"
    dropout: float = Field(default=0.1, ge=0, lt=1)
    """Of a backbone that is tuned, and of FT's head."""
    looks: int = Field(default=10, ge=1)
    """How often English dev is looked at; the best state is kept."""

    @property
    def tunes_backbone(self) -> bool:
        """Whether the backbone is trained."""
        return self.tune_backbone or self.method in ("fine-tuning", "templates")

    @property
    def aligns(self) -> bool:
        """Whether parallel pairs are read."""
        return self.method == "translator" and self.alpha < 1

    def training(self, examples: int, pairs: int) -> TaskSettings:
        """The budget of one training.

        Args:
            examples: Labelled ones.
            pairs: Parallel ones that it may read.
        """
        rows = max(examples, pairs if self.aligns else 0)
        updates = self.updates or self.epochs * -(-rows // self.batch_size)
        updates = min(updates, self.max_updates or updates)
        return TaskSettings(
            shots=None,
            head_dropout=self.dropout,
            batch_size=self.batch_size,
            max_updates=updates,
            evaluate_every=max(1, updates // self.looks),
            patience=self.looks + 1,
            warmup_share=self.warmup_share,
            decay=self.decay,
            weight_decay=self.weight_decay,
            seeds=(0,),
        )


class ShotSettings(Settings):
    """Where the few labelled examples come from, for training and for development (paper 003, section IV-A)."""

    source: Literal["published", "drawn"] = "published"
    """``published``: the splits of Zhao and Schütze, the same for every seed; ``drawn``: each seed draws both from
    XNLI's English development set."""


class AuxiliarySettings(Settings):
    """The parallel corpus: English pairs of sentences, each with its translation into one language (PAWS-15)."""

    source: Literal["parallel", "engine"] = "parallel"
    """``parallel``: PAWS-X's own rows, in the languages that it has; ``engine``: translated by the corpus factory's
    chain of engines, into any language."""
    corpus: ParaphraseSettings = ParaphraseSettings()
    pairs: int = Field(default=500, ge=1)
    languages: Annotated[tuple[str, ...], AfterValidator(all_different)] | None = None
    """None: those of the test but English; with ``parallel``, as far as PAWS-X has them."""
    seed: int = 0
    """Draws the pairs and their languages."""


class CellSettings(Settings):
    """So many shots, and who competes with them."""

    shots: int = Field(ge=1)
    """Of each label, for training and as many for development."""
    contenders: Annotated[tuple[str, ...], Field(min_length=1), AfterValidator(all_different)]


class PromptStudySettings(Settings):
    """What is measured: contenders by name, each with its changes to the method, on how many shots."""

    data: NliCorpusSettings = NliCorpusSettings()
    shots: ShotSettings = ShotSettings()
    auxiliary: AuxiliarySettings = AuxiliarySettings()
    verbalizer: dict[str, str] = Field(default_factory=lambda: dict(NLI_WORDS))
    """For each label one word of one token, the same in all languages."""
    method: ContenderSettings = ContenderSettings()
    contenders: dict[str, dict[str, Any]] = Field(default_factory=lambda: dict[str, dict[str, Any]](MPT={}))
    """What each changes in ``method``."""
    cells: Annotated[tuple[CellSettings, ...], Field(min_length=1)] = (CellSettings(shots=4, contenders=("MPT",)),)
    seeds: Annotated[tuple[int, ...], Field(min_length=1), AfterValidator(all_different)] = (1, 2, 3, 4, 5)
    max_tests: int | None = Field(default=None, ge=1)
    """Test pairs per language, the first by id; None: all."""

    @field_validator("cells")
    @classmethod
    def _once_each(cls, cells: tuple[CellSettings, ...]) -> tuple[CellSettings, ...]:
        all_different(tuple(cell.shots for cell in cells))
        return cells

    @model_validator(mode="after")
    def _all_there(self) -> Self:
        asked = {name for cell in self.cells for name in cell.contenders}
        if missing := sorted(asked - self.contenders.keys()):
            raise ValueError(f"cells: no contender {missing[0]!r}; there are {', '.join(self.contenders)}")
        return self

    def contender(self, name: str) -> ContenderSettings:
        """The whole settings of a contender.

        Raises:
            SettingsError: It changes something that there is not, or to a value that is not valid.
        """
        values, changes = self.method.model_dump(), self.contenders[name]
        nested = {
            part: {**values[part], **changes.get(part, {})}
            for part in ("prompt_encoder", "translator")
            if isinstance(changes.get(part, {}), dict)
        }
        return ContenderSettings.parse({**values, **changes, **nested}, f"study.contenders.{name}")

    def shots_of(self, name: str) -> tuple[int, ...]:
        """The shots that a contender is measured with, in the order of the cells."""
        return tuple(cell.shots for cell in self.cells if name in cell.contenders)

    @property
    def measured(self) -> tuple[str, ...]:
        """The contenders of all cells, in the order in which they are defined."""
        return tuple(name for name in self.contenders if self.shots_of(name))
