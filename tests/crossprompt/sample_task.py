"""The packaged sample as an intent task on ``mini``, for tests that train."""

from __future__ import annotations

import json
from functools import lru_cache
from importlib import resources

from datasets import Dataset

from crossprompt.backbones.encoder import Backbone, load_backbone
from crossprompt.backbones.settings import BackboneSettings
from crossprompt.corpora.utterance import UTTERANCE_FEATURES
from crossprompt.prompts.settings import PromptSettings
from crossprompt.tasks.intent import IntentTask
from crossprompt.tasks.settings import TaskSettings
from crossprompt.tasks.shots import prepare_intent_data

QUICK = TaskSettings(
    shots=2,
    prompt=PromptSettings(length=4),
    batch_size=8,
    max_updates=6,
    evaluate_every=2,
    max_dev_utterances=10,
    seeds=(0, 1),
)
"""A few updates: enough to see that something is the same or not."""


@lru_cache(maxsize=1)
def sample_utterances() -> Dataset:
    """All utterances of the sample in en-US, de-DE and sw-KE."""
    folder = resources.files("crossprompt.assets") / "sample/massive/1.1/data"
    lines = [
        line
        for locale in ("de-DE", "en-US", "sw-KE")
        for line in (folder / f"{locale}.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    rows = [{name: json.loads(line)[name] for name in UTTERANCE_FEATURES} for line in lines]
    return Dataset.from_list(rows, features=UTTERANCE_FEATURES)


@lru_cache(maxsize=1)
def mini() -> Backbone:
    """The packaged backbone in float32."""
    return load_backbone(BackboneSettings(dtype="float32"))


@lru_cache(maxsize=1)
def sample_task() -> IntentTask:
    """English train and ten utterances of dev."""
    return IntentTask(prepare_intent_data(sample_utterances(), QUICK.max_dev_utterances), mini())
