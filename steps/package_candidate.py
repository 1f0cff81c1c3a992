"""The candidate: prompt, classifiers and answers as one bundle."""

from __future__ import annotations

from typing import Annotated

from datasets import Dataset
from zenml import step

from crossprompt.bundles.bundle import Bundle
from crossprompt.bundles.writing import TaskPart, write_bundle
from crossprompt.comparison.settings import MeasuringSettings
from crossprompt.prompts.file import AlignedPrompt
from crossprompt.tasks.classifier import TunedClassifier
from crossprompt.tasks.intent import IntentTask
from crossprompt.tasks.slots import SlotTask
from infra.home import scratch_folder
from materializers.bundle import MovedBundleMaterializer

SERVED = {task.name: task for task in (IntentTask, SlotTask)}


@step(enable_cache=False, output_materializers={"candidate": MovedBundleMaterializer})
def package_candidate(
    prompt: AlignedPrompt,
    tasks: list[str],
    classifiers: list[tuple[TunedClassifier, ...]],
    answers: list[Dataset],
    settings: MeasuringSettings,
    data: dict[str, str],
    max_tokens: int,
) -> Annotated[Bundle, "candidate"]:
    """Write the bundle; it is moved into the store.

    Args:
        prompt: The aligned prompt.
        tasks: ``intent``, ``slots``.
        classifiers: Of each task.
        answers: Of each task: rows of ``PREDICTION_SCHEMA``.
        settings: Of the tasks.
        data: Fingerprints of what was learned from and tested on, by name.
        max_tokens: Longest text in tokens.

    Raises:
        BundleError: The parts don't fit together.
    """
    slots = settings.slots.model_dump(mode="json")
    parts = [
        TaskPart(
            name=name,
            score_name=SERVED[name].score_name,
            classifiers=own,
            predictions=rows.with_format("arrow")[:],
            settings=slots if name == SlotTask.name else {},
        )
        for name, own, rows in zip(tasks, classifiers, answers, strict=True)
    ]
    learned_from = {**data, "translations": prompt.header.corpus_fingerprint}
    return write_bundle(scratch_folder("candidate"), prompt, parts, data=learned_from, max_tokens=max_tokens)
