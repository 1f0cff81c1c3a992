"""Settings of the alignment stage."""

from __future__ import annotations

from pydantic import Field, ValidationInfo, field_validator

from crossprompt.prompts.settings import PromptSettings
from crossprompt.settings import Settings, all_different


class AlignmentSettings(Settings):
    """How an aligned prompt is learned (paper 001, sections 4 and 5.3)."""

    prompt: PromptSettings = PromptSettings()
    epochs: int = Field(default=10, ge=1)
    max_steps: int | None = Field(default=None, ge=1)
    """Stop after this many updates, whatever the epochs say."""
    batch_size: int = Field(default=64, ge=2)
    """Translation pairs per update; the other pairs of the batch are the negatives."""
    micro_batch_size: int | None = Field(default=None, ge=1)
    """Pairs whose activations are kept at once, rounded to whole chunks of 64 sequences; None: all of the batch. The
    negatives are still those of the whole batch and the gradient is the same (``alignment.gradients``), in the memory
    of a micro-batch and the time of one more forward. With several processes: of each."""
    processes: int = Field(default=1, ge=1)
    """Processes that share every batch, each with a GPU of its own or a part of the CPU's cores (docs/machines.md)."""
    machines: int = Field(default=1, ge=1)
    """On how many machines they are; with more than one, the run says which command the others are to start."""
    gathered_negatives: bool = False
    """With several processes: whether the negatives of a pair are all other pairs of the batch. Then the loss is that
    of one process, and so is the result, up to rounding. Otherwise they are those of the same process: fewer negatives,
    and another loss."""
    learning_rate: float = Field(default=3e-2, gt=0)
    """Adam's peak rate. The default suits the packaged backbone; the paper takes 1e-3 on XLM-R-large (appendix C)."""
    warmup_share: float = Field(default=0.1, ge=0, lt=1)
    temperature: float = Field(default=0.05, gt=0)
    mask_share: float = Field(default=0.15, gt=0, lt=1)
    mlm_weight: float = Field(default=1.0, ge=0)
    contrastive_weight: float = Field(default=1.0, ge=0)
    """A term whose weight is 0 is not computed: ``contrastive_weight: 0`` is the ablation "MLM only"."""
    min_window: int = Field(default=1, ge=1)
    max_window: int = Field(default=4, ge=1)
    """Consecutive turns in one sequence, drawn anew per epoch."""
    max_window_tokens: int = Field(default=128, ge=8)
    monolingual_share: float = Field(default=0.0, ge=0, lt=1)
    """English-only windows that join the masked-LM term, as a share of the batch size."""
    utterance_pairs: bool = False
    """Whether training utterances of the task corpus, parallel by id and without their labels, are pairs too."""
    languages: tuple[str, ...] | None = None
    """Align English with these only: BCP-47 tags such as ``sw``, which also finds ``sw-KE``. None: with all there
    are."""
    checkpoint_every: int = Field(default=50, ge=1)
    """Updates between two checkpoints."""
    seed: int = 0

    @field_validator("processes")
    @classmethod
    def _equal_parts(cls, processes: int, info: ValidationInfo) -> int:
        batch = info.data.get("batch_size", processes)
        if batch % processes:
            raise ValueError(f"must divide batch_size, which is {batch}: each process takes equally many pairs")
        return processes

    @field_validator("machines")
    @classmethod
    def _equal_machines(cls, machines: int, info: ValidationInfo) -> int:
        processes = info.data.get("processes", machines)
        if processes % machines:
            raise ValueError(f"must divide processes, which are {processes}: each machine starts equally many")
        return machines

    @field_validator("gathered_negatives")
    @classmethod
    def _some_negatives(cls, gathered: bool, info: ValidationInfo) -> bool:
        if not gathered and info.data.get("batch_size", 2) // info.data.get("processes", 1) < 2:
            raise ValueError("must be true where a process has a single pair: it would have no negatives")
        return gathered

    @field_validator("contrastive_weight")
    @classmethod
    def _something_to_learn(cls, weight: float, info: ValidationInfo) -> float:
        if weight == 0 and info.data.get("mlm_weight") == 0:
            raise ValueError("must be over 0 where mlm_weight is 0: there would be nothing to learn")
        return weight

    @field_validator("languages")
    @classmethod
    def _some_and_different(cls, languages: tuple[str, ...] | None) -> tuple[str, ...] | None:
        if languages == ():
            raise ValueError("must name a language; leave it out to align with all there are")
        return None if languages is None else all_different(languages)

    @field_validator("max_window")
    @classmethod
    def _not_under_the_smallest(cls, largest: int, info: ValidationInfo) -> int:
        smallest = info.data.get("min_window", 1)
        if largest < smallest:
            raise ValueError(f"must be at least min_window, which is {smallest}")
        return largest


class PairSettings(Settings):
    """How pairs of conversation and of other text are made comparable (paper 001, ablation of the pair source)."""

    languages: tuple[str, ...] | None = None
    """BCP-47 tags; None: all that both sources have."""
    max_window: int = Field(default=4, ge=1)
    """Consecutive turns of a dialogue in one pair: from one to this many, as in the alignment."""
    max_joined: int = Field(default=6, ge=1)
    """Single utterances in one pair: from one to this many, as they are much shorter than written sentences."""
    bin_tokens: int = Field(default=4, ge=1)
    """Pairs are matched if their English sides, and their other sides, differ by less than this many tokens."""
    max_pairs_per_language: int | None = Field(default=None, ge=1)
    seed: int = 0
