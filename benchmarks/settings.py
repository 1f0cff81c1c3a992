"""Sizes of the benchmarks."""

from __future__ import annotations

from typing import Self

from pydantic import Field

from crossprompt.settings import Settings


class BenchmarkSettings(Settings):
    """What is measured and how often. The defaults are the sizes of real runs; ``quick`` only shows that all works."""

    rounds: int = Field(default=5, ge=1)
    """Turns of each contender; ratios are medians over them. One more comes before them and does not count."""
    pairs: int = Field(default=128, ge=2)
    """Translation pairs in one alignment update."""
    updates: int = Field(default=4, ge=1)
    """Alignment updates in one turn."""
    ladder_rounds: int = Field(default=3, ge=1)
    ladder_updates: int = Field(default=2, ge=1)
    """Alignment updates in one turn where single choices are compared."""
    prompt_length: int = Field(default=16, ge=1)
    max_window_tokens: int = Field(default=96, ge=8)
    score_utterances: int = Field(default=60, ge=1)
    """Test utterances per locale that are scored."""
    score_classifiers: int = Field(default=2, ge=1)
    """Tuned prompts that score them."""
    grid_rates: tuple[float, ...] = (0.1, 5e-2, 2e-2, 1e-2, 5e-3, 2e-3, 1e-3)
    grid_seeds: tuple[int, ...] = (0, 1, 2, 3, 4)
    grid_batch_sizes: tuple[int, ...] = (64, 8)
    grid_rounds: int = Field(default=3, ge=1)
    grid_updates: int = Field(default=20, ge=1)
    """Updates of each trial in one turn; English dev is looked at once, at their end. A look and the start of a trial
    cost the same in a group and alone, so too few updates would hide what is asked for."""
    grid_dev_utterances: int = Field(default=30, ge=1)
    soft_lengths: tuple[int, ...] = (1, 2, 4, 8, 16, 32)
    """Soft tokens of the prompts on a decoder, each trained with every seed."""
    soft_seeds: tuple[int, ...] = (0, 1, 2, 3)
    cloze_shots: tuple[int, ...] = (1, 4, 16)
    """Examples of each label of translated prompts, each number with every seed of the grid."""
    cloze_pairs: int = Field(default=100, ge=1)
    """Parallel pairs that they read."""
    serve_clients: tuple[int, ...] = (1, 8, 64)
    """How many ask the servers at once, each one utterance after the other."""
    serve_requests: int = Field(default=400, ge=1)
    """Requests in one turn."""
    shots: int = Field(default=5, ge=1)
    large_updates: int = Field(default=10, ge=1)
    """Updates of XLM-R-large's shape in one turn, where there is an accelerator."""

    @classmethod
    def quick(cls) -> Self:
        """Sizes that take seconds; their ratios mean nothing."""
        return cls(
            rounds=1,
            pairs=8,
            updates=1,
            ladder_rounds=1,
            ladder_updates=1,
            grid_rounds=1,
            prompt_length=4,
            score_utterances=4,
            grid_rates=(1e-2, 1e-3),
            grid_seeds=(0, 1),
            grid_batch_sizes=(8,),
            grid_updates=2,
            grid_dev_utterances=10,
            soft_lengths=(1, 3),
            soft_seeds=(0, 1),
            cloze_shots=(1, 2),
            cloze_pairs=6,
            serve_clients=(1, 4),
            serve_requests=12,
            shots=2,
            large_updates=1,
        )
