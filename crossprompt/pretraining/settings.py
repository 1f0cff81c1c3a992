"""Settings of a pre-training: which text, which vocabulary, which model, which objectives, how long."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from crossprompt.alignment.settings import AlignmentSettings
from crossprompt.corpora.settings import SourceSettings
from crossprompt.settings import Settings, all_different
from crossprompt.tasks.settings import TaskSettings
from crossprompt.training.device import DtypeName


class TextSettings(Settings):
    """Where the text comes from. Only training partitions are ever read."""

    utterances: SourceSettings = SourceSettings(corpus="massive")
    """Parallel utterances in the MASSIVE layout."""
    locales: tuple[str, ...] | None = None
    """Of the utterances; None: all."""
    dialogues: SourceSettings | None = SourceSettings(corpus="sgd")
    """English dialogues in SGD's layout; None: none."""
    sentences: SourceSettings | None = SourceSettings(corpus="sib-200")
    """Parallel sentences in SIB-200's layout, in the languages of the utterances; None: none."""


class VocabularySettings(Settings):
    """The unigram tokenizer."""

    pieces: int = Field(default=24_000, ge=300)
    """Wanted size, special tokens and bytes included; more where the required characters alone need more."""
    max_texts_per_language: int = Field(default=3_000, ge=100)
    """Texts of one language that the tokenizer is trained on, so that none crowds out the others. On 2 CPU cores 3,000
    take minutes, and all texts of 52 languages a quarter of an hour and more."""
    words: Annotated[tuple[str, ...], AfterValidator(all_different)] = ()
    """Words that must be single pieces behind a blank: a decoder answers with one of them."""


class ModelSettings(Settings):
    """The shape of an XLM-R encoder, or of an XGLM decoder."""

    kind: Literal["encoder", "decoder"] = "encoder"
    layers: int = Field(default=6, ge=1)
    width: int = Field(default=256, ge=8)
    heads: int = Field(default=4, ge=1)
    inner: int = Field(default=1024, ge=8)
    """Width of the feed-forward block."""
    positions: int = Field(default=258, ge=16)
    """Position embeddings; the first two are the padding's and unused, as in XLM-R. A decoder's are sinusoids, which
    are not learned."""
    embedding_deviation: float = Field(default=0.02, gt=0)
    """Standard deviation of the word embeddings at the start. What they start from (``objectives.parallel_embeddings``)
    lasts the longer the larger they are beside their updates."""

    @property
    def max_tokens(self) -> int:
        """Longest sequence."""
        return self.positions - 2

    @model_validator(mode="after")
    def _heads_divide_width(self) -> Self:
        if self.width % self.heads:
            raise ValueError(f"width {self.width} can't be divided among {self.heads} heads")
        return self


class ObjectiveSettings(Settings):
    """The mixture of objectives in each batch, in shares of its rows, and what the masked ones mask."""

    masked_lm: float = Field(default=0.3, ge=0, le=1)
    """One text, masked."""
    translation_lm: float = Field(default=0.3, ge=0, le=1)
    """A text and its translation in one row, both masked (TLM: Conneau and Lample 2019)."""
    bottleneck: float = Field(default=0.4, ge=0, le=1)
    """The translation restored from what it shows and the other text's last ``<s>`` alone (after RetroMAE, Xiao et
    al. 2022)."""
    causal_lm: float = Field(default=0.0, ge=0, le=1)
    """One text, each token from those before it; for decoders, as the next one."""
    causal_translation: float = Field(default=0.0, ge=0, le=1)
    """A text and its translation in one row, each token from those before it."""
    causal_meaning: float = Field(default=0.0, ge=0, le=1)
    """One text, whose end tells words of its translation: a decoder's bottleneck. Nothing else is told of its row."""
    meaning_pieces: int = Field(default=16, ge=1)
    """Pieces of the translation that the end of a text tells at most; the rarer a piece is, the sooner it is drawn."""
    masked_lm_mask: float = Field(default=0.2, gt=0, lt=1)
    translation_lm_mask: float = Field(default=0.3, gt=0, lt=1)
    bottleneck_source_mask: float = Field(default=0.15, gt=0, lt=1)
    """Of the text behind ``<s>``."""
    bottleneck_mask: float = Field(default=0.6, gt=0, lt=1)
    """Of the translation that is to be restored."""
    parallel_embeddings: float = Field(default=0.7, ge=0, le=1)
    """How much of each embedding's start comes from the ids in whose translations its piece stands
    (``pretraining.parallel``), as a share of its variance; the rest is random."""
    pivot_share: float = Field(default=0.4, ge=0, le=1)
    """Share of the pairs that have English on one side by rule; the others are two languages by chance."""
    dialogue_share: float = Field(default=0.15, ge=0, le=1)
    """Of the rows with one text: windows of consecutive turns of English dialogues."""
    max_window: int = Field(default=4, ge=1)
    """Turns of such a window."""
    sentence_share: float = Field(default=0.04, ge=0, le=1)
    """Of the rows with one text and of the pairs: sentences instead of utterances."""
    max_tokens: int = Field(default=96, ge=8)
    """Longest text in a row of its own, special tokens included."""
    max_pair_tokens: int = Field(default=64, ge=8)
    """Longest side of a pair."""

    @model_validator(mode="after")
    def _shares_make_one(self) -> Self:
        total = self.masked + self.causal
        if abs(total - 1) > 1e-6:
            raise ValueError(
                "masked_lm, translation_lm, bottleneck, causal_lm, causal_translation and causal_meaning must add up "
                f"to 1, not {total:g}"
            )
        return self

    @property
    def masked(self) -> float:
        """Share of the rows that an encoder learns from."""
        return self.masked_lm + self.translation_lm + self.bottleneck

    @property
    def causal(self) -> float:
        """Share of the rows that a decoder learns from."""
        return self.causal_lm + self.causal_translation + self.causal_meaning

    @property
    def uses_pairs(self) -> bool:
        """Whether any translation is known to be one."""
        pairs = self.translation_lm + self.bottleneck + self.causal_translation + self.causal_meaning
        return pairs + self.parallel_embeddings > 0


class TrainingSettings(Settings):
    """The optimizer and its schedule."""

    max_steps: int = Field(default=10_000, ge=1)
    """Updates of the whole run; the schedule follows them."""
    max_hours: float | None = Field(default=None, gt=0)
    """Stop after so much time, with a checkpoint from which a later call goes on."""
    batch_rows: int = Field(default=256, ge=2)
    learning_rate: float = Field(default=1e-3, gt=0)
    """Of AdamW at its peak."""
    embedding_rate: float = Field(default=1.0, ge=0)
    """The word embeddings' rate, as a multiple of ``learning_rate``: the smaller, the more they keep of their start."""
    warmup_share: float = Field(default=0.06, ge=0, lt=1)
    final_share: float = Field(default=0.05, ge=0, le=1)
    """The cosine ends at this share of the peak."""
    weight_decay: float = Field(default=0.01, ge=0)
    """Of the weight matrices; not of biases, norms and embeddings."""
    beta2: float = Field(default=0.98, gt=0, lt=1)
    clip_norm: float = Field(default=1.0, gt=0)
    checkpoint_every: int = Field(default=500, ge=1)
    dtype: DtypeName = "auto"
    """Of the products; the weights and their updates are float32."""
    seed: int = Field(default=0, ge=0)


class PretrainingSettings(Settings):
    """What decides the model beside text and tokenizer."""

    model: ModelSettings = ModelSettings()
    objectives: ObjectiveSettings = ObjectiveSettings()
    training: TrainingSettings = TrainingSettings()

    @model_validator(mode="after")
    def _objectives_fit_the_model(self) -> Self:
        wrong = self.objectives.causal if self.model.kind == "encoder" else self.objectives.masked
        if wrong:
            masked, causal = (
                "masked_lm, translation_lm and bottleneck",
                "causal_lm, causal_translation and causal_meaning",
            )
            theirs = masked if self.model.kind == "encoder" else causal
            raise ValueError(f"a model of kind {self.model.kind!r} learns from {theirs} alone: set the others to 0")
        return self


class JudgeSettings(Settings):
    """How a backbone is judged: on dev sets alone, so that the test sets stay unseen until methods are compared."""

    enabled: bool = True
    loss_utterances: int = Field(default=200, ge=1)
    """Dev utterances of each language for the masked-LM loss."""
    mask_share: float = Field(default=0.15, gt=0, lt=1)
    dev_utterances: int = Field(default=100, ge=1)
    """Dev utterances of each locale that are classified."""
    alignment: AlignmentSettings = AlignmentSettings(
        utterance_pairs=True, max_steps=400, batch_size=128, max_window_tokens=96, checkpoint_every=100
    )
    task: TaskSettings = TaskSettings(
        shots=15, batch_size=64, max_updates=200, evaluate_every=20, max_dev_utterances=500, seeds=(0, 1)
    )
    learning_rate: float = Field(default=1e-2, gt=0)
    """Of prompt and head, for both methods."""


class PackageSettings(Settings):
    """What becomes of the backbone."""

    name: str = Field(default="mini", pattern=r"^[a-z0-9][a-z0-9._-]*$")
    """Of its folder below ``backbones/`` in the project's home."""
    max_bytes: int = Field(default=30_000_000, ge=1)
    """Its files may not be larger together."""
