"""The grid of learning rates and seeds: many trials in one forward beside one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from benchmarks.gate import Gate
from benchmarks.records import Contest, Outcome
from benchmarks.settings import BenchmarkSettings
from benchmarks.sharing import check_losses, contenders, time_trainings
from benchmarks.texts import read_texts
from crossprompt.backbones.encoder import load_backbone
from crossprompt.backbones.settings import BackboneSettings
from crossprompt.prompts.settings import PromptSettings
from crossprompt.settings import Settings
from crossprompt.tasks.intent import IntentTask
from crossprompt.tasks.records import Method, TrainingNumbers
from crossprompt.tasks.settings import TaskSettings
from crossprompt.tasks.shots import prepare_intent_data
from crossprompt.trials.group import train_group
from crossprompt.trials.training import TrialSpec

ENTRY = "benchmarks.grid:run"
AIMS = {64: 1.3, 8: 3.0}
"""By batch size: sharing saves launches, not arithmetic, so small batches gain more."""
LOSS_TOLERANCE = {"float32": 1e-3, "bfloat16": 0.1}


class GridJob(Settings):
    """One contender's work."""

    english: Path
    backbone: str = "mini"
    dtype: Literal["auto", "float32", "bfloat16"] = "auto"
    rates: tuple[float, ...]
    seeds: tuple[int, ...]
    shots: int
    batch_size: int
    updates: int
    dev_utterances: int
    prompt_length: int
    at_most: int | None = None
    """Trials in one forward; None: what memory allows."""

    @property
    def task_settings(self) -> TaskSettings:
        """The budget: no early stop, one look at English dev at the end."""
        return TaskSettings(
            shots=self.shots,
            prompt=PromptSettings(length=self.prompt_length),
            batch_size=self.batch_size,
            max_updates=self.updates,
            evaluate_every=self.updates,
            max_dev_utterances=self.dev_utterances,
            seeds=self.seeds,
        )

    def specs(self) -> list[TrialSpec]:
        """Every rate with every seed, from fresh prompts."""
        return [TrialSpec(Method.FRESH, rate, seed) for rate in self.rates for seed in self.seeds]


def run(options: dict[str, Any], gate: Gate) -> None:
    """Each turn trains the whole grid."""
    job = GridJob.parse(options, "grid")
    backbone = load_backbone(BackboneSettings(name=job.backbone, dtype=job.dtype))
    task = IntentTask(prepare_intent_data(read_texts(job.english), job.dev_utterances), backbone)
    specs = job.specs()

    def train() -> list[TrainingNumbers]:
        return [own.history for own in train_group(task, specs, job.task_settings, job.at_most, progress=False)]

    time_trainings(train, job.updates, backbone.dtype, gate)


def grid_contests(english: Path, settings: BenchmarkSettings) -> Iterator[Contest]:
    """In groups against one by one, per batch size."""
    for batch_size in settings.grid_batch_sizes:
        options = {
            "english": str(english),
            "rates": settings.grid_rates,
            "seeds": settings.grid_seeds,
            "shots": settings.shots,
            "batch_size": batch_size,
            "updates": settings.grid_updates,
            "dev_utterances": settings.grid_dev_utterances,
            "prompt_length": settings.prompt_length,
        }
        size = f"{len(settings.grid_rates)} x {len(settings.grid_seeds)}"
        yield Contest(
            name=f"grid-batch-{batch_size}",
            title=f"Grid of {size} {settings.shots}-shot trials at batch {batch_size}",
            unit="updates",
            rounds=settings.grid_rounds,
            aim=AIMS.get(batch_size),
            contenders=contenders(ENTRY, options),
        )


def check_grid(outcome: Outcome) -> tuple[str, ...]:
    """How far the mean training losses are apart.

    Raises:
        ContestError: Further than :data:`LOSS_TOLERANCE`: then the contenders do not train the same.
    """
    return check_losses(outcome, LOSS_TOLERANCE)
