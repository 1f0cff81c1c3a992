"""The learning-rate study of both methods with real trainings, on a tiny backbone."""

from __future__ import annotations

import json
from pathlib import Path

import torch

from crossprompt.tasks.intent import IntentTask
from crossprompt.tasks.shots import prepare_intent_data
from crossprompt.tuning.records import TuningResult
from crossprompt.tuning.settings import TuningSettings
from crossprompt.tuning.study import tune_learning_rate
from tests.crossprompt.backbones.tiny import load_tiny, save_tiny
from tests.crossprompt.sample_task import QUICK, sample_utterances

RESULTS = ("numbers.json",)
TUNING = TuningSettings(learning_rates=(1e-1, 1e-2), seeds=(0,), heartbeat_seconds=1)
SETTINGS = QUICK.model_copy(update={"max_updates": 4, "evaluate_every": 2})


def prepare(folder: Path) -> tuple[IntentTask, torch.Tensor]:
    backbone = load_tiny(save_tiny(folder / "backbone"))
    aligned = torch.randn(backbone.prompt_shape(4).sizes, generator=torch.Generator().manual_seed(3))
    return IntentTask(prepare_intent_data(sample_utterances(), QUICK.max_dev_utterances), backbone), aligned


def run(ready: tuple[IntentTask, torch.Tensor], folder: Path) -> None:
    task, aligned = ready
    result = tune_learning_rate(task, aligned, TUNING, SETTINGS, folder, code_version="1")
    (folder / RESULTS[0]).write_text(json.dumps(numbers(result), indent=1), encoding="utf-8")


def numbers(result: TuningResult) -> list[object]:
    """All that must not depend on what happened on the way."""
    return [
        {
            "study": study.study_name,
            "best": [study.best_learning_rate, study.best_value],
            "trials": [
                [
                    trial.learning_rate,
                    trial.value,
                    [history.model_dump(mode="json", exclude={"seconds"}) for history in trial.histories],
                ]
                for trial in study.trials
            ],
        }
        for study in result.studies
    ]
