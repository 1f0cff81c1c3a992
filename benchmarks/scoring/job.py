"""What every contender of the scoring is given: the same texts, and the same tuned prompts and heads."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from datasets import Dataset

from benchmarks.texts import read_texts
from benchmarks.untrained import untrained
from crossprompt.backbones.encoder import Backbone
from crossprompt.backbones.settings import BackboneSettings
from crossprompt.prompts.deep import DeepPrompt
from crossprompt.prompts.settings import PromptSettings
from crossprompt.settings import Settings
from crossprompt.storage.atomic import write_text_atomic
from crossprompt.tasks.classifier import TunedClassifier
from crossprompt.tasks.heads import IntentHead
from crossprompt.tasks.records import Method
from crossprompt.training.randomness import torch_generator


class ScoringJob(Settings):
    """One contender's work."""

    tests: Path
    answers: Path
    """Where it writes its answers: per classifier the positions of the intents, in the order of the tests."""
    backbone: str = "mini"
    classifiers: int = 2
    prompt_length: int = 16
    dtype: Literal["auto", "float32", "bfloat16"] = "auto"
    attention: Literal["auto", "eager", "sdpa"] = "auto"
    rows: int | None = None
    """Rows per batch of the peer; None: as many as the project's batches have on average."""

    @property
    def backbone_settings(self) -> BackboneSettings:
        """The frozen encoder as this contender wants it."""
        return BackboneSettings(name=self.backbone, dtype=self.dtype, attention=self.attention)

    def read_tests(self) -> Dataset:
        """Test utterances of all locales."""
        return read_texts(self.tests)

    def make_classifiers(self, backbone: Backbone, labels: Sequence[str]) -> list[TunedClassifier]:
        """Prompts and heads as they are before any training: what they answer does not matter to their speed."""
        return [_untrained(backbone, tuple(labels), self.prompt_length, seed) for seed in range(self.classifiers)]

    def write_answers(self, answers: Sequence[Sequence[int]]) -> None:
        """For the comparison after the contest."""
        write_text_atomic(self.answers, json.dumps([list(map(int, own)) for own in answers]))


def intents(tests: Dataset) -> list[str]:
    """Those of the tests, sorted."""
    return sorted(set(tests["intent"]))


def _untrained(backbone: Backbone, labels: tuple[str, ...], length: int, seed: int) -> TunedClassifier:
    prompt = DeepPrompt.fresh(
        backbone.prompt_shape(length), PromptSettings(length=length), torch_generator(seed, "prompt")
    )
    head = IntentHead.fresh(backbone.width, len(labels), 0.0, torch_generator(seed, "head"))
    return untrained(backbone, Method.FRESH, seed, prompt.values.detach(), head, labels)
