"""A bundle that is trained for a second on the packaged sample: it answers badly, but as a real one does."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import pyarrow as pa
import torch

from crossprompt.bundles.bundle import Bundle
from crossprompt.bundles.predictions import answer_rows
from crossprompt.bundles.writing import TaskPart, write_bundle
from crossprompt.prompts.file import AlignedPrompt, PromptHeader
from crossprompt.tasks.classifier import TunedClassifier
from crossprompt.tasks.heads import Head, IntentHead, TokenHead
from crossprompt.tasks.records import Method
from crossprompt.tasks.settings import SlotSettings
from crossprompt.tasks.slot_data import prepare_slot_data
from crossprompt.tasks.slots import SlotTask
from crossprompt.tasks.task import Task
from crossprompt.trials.group import train_group
from crossprompt.trials.training import TrialSpec
from tests.crossprompt.sample_task import QUICK, mini, sample_task, sample_utterances

SLOTS = SlotSettings(character_split=("zh-CN",))
LOCALES = ("de-DE", "en-US", "sw-KE")
TESTED = 6
_TRAINING = QUICK.model_copy(update={"max_updates": 2, "shots": 1})
_RATE = 0.02


@lru_cache(maxsize=1)
def slot_task() -> SlotTask:
    return SlotTask(prepare_slot_data(sample_utterances(), QUICK.max_dev_utterances), mini(), SLOTS)


TASKS = {"intent": (sample_task, IntentHead), "slots": (slot_task, TokenHead)}


@lru_cache(maxsize=4)
def aligned_prompt(seed: int = 0) -> AlignedPrompt:
    shape = mini().prompt_shape(QUICK.prompt.length)
    values = torch.randn(shape.sizes, generator=torch.Generator().manual_seed(seed))
    header = PromptHeader(
        backbone=mini().identity,
        shape=shape,
        dtype="float32",
        languages=("de", "sw"),
        corpus_fingerprint="c" * 64,
        steps=0,
        seed=seed,
        settings={},
        created_by="tests",
    )
    return AlignedPrompt(values, header)


@lru_cache(maxsize=8)
def classifiers(name: str, seed: int = 0) -> tuple[TunedClassifier, ...]:
    """The aligned and the fresh one of a task."""
    task, _ = TASKS[name]
    specs = [
        TrialSpec(Method.ALIGNED, _RATE, seed, aligned_prompt(seed).values),
        TrialSpec(Method.FRESH, _RATE, seed),
    ]
    return train_group(task(), specs, _TRAINING, progress=False)


def answers_of(name: str, classifier: TunedClassifier):
    """What the task itself answers with a classifier, for the first test utterances of each locale."""
    task, head = TASKS[name]

    def encode(ids, mask):
        return mini().encode(ids, mask, classifier.prompt)

    return task().answer(encode, _head(head, classifier), _tests(task()))


def make_bundle(
    folder: Path, seed: int = 0, tasks: Sequence[str] = ("intent", "slots"), *, fresh: bool = True
) -> Bundle:
    parts = [_part(name, classifiers(name, seed)[: 2 if fresh else 1]) for name in tasks]
    return write_bundle(
        folder, aligned_prompt(seed), parts, data={"utterances": "u" * 64}, max_tokens=mini().max_tokens
    )


def _part(name: str, own: Sequence[TunedClassifier]) -> TaskPart:
    rows = [answer_rows(answers_of(name, one), one.history.method, one.history.seed) for one in own]
    settings = SLOTS.model_dump(mode="json") if name == "slots" else {}
    score = {"intent": "accuracy", "slots": "F1"}[name]
    return TaskPart(name, score, own, pa.concat_tables(rows), settings)


def _head(kind: type[IntentHead] | type[TokenHead], classifier: TunedClassifier) -> Head:
    return kind.from_state(classifier.head)


def _tests(task: Task):
    return task.tests(sample_utterances().with_format("arrow")[:], LOCALES, TESTED)
