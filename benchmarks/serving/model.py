"""The model that is served: prompts and heads as they are before any training, which answer as fast as trained ones."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
from torch import Tensor

from benchmarks.texts import Texts, read_texts
from benchmarks.untrained import untrained
from crossprompt.backbones.encoder import Backbone, load_backbone
from crossprompt.backbones.settings import BackboneSettings
from crossprompt.bundles.bundle import Bundle
from crossprompt.bundles.predictions import PREDICTION_SCHEMA
from crossprompt.bundles.writing import TaskPart, write_bundle
from crossprompt.corpora.utterance import ENGLISH
from crossprompt.prompts.deep import DeepPrompt
from crossprompt.prompts.file import AlignedPrompt, PromptHeader, created_by
from crossprompt.prompts.settings import PromptSettings
from crossprompt.tasks.classifier import TunedClassifier
from crossprompt.tasks.heads import IntentHead, LinearHead, TokenHead
from crossprompt.tasks.records import Method
from crossprompt.tasks.settings import SlotSettings
from crossprompt.tasks.slot_data import prepare_slot_data
from crossprompt.training.randomness import torch_generator


def make_bundle(texts: Texts, prompt_length: int, folder: Path) -> Bundle:
    """A bundle of both tasks on ``mini``, with the labels that English has among ``texts``."""
    backbone = load_backbone(BackboneSettings(dtype="float32"))
    slots = prepare_slot_data(read_texts(texts.english))
    tasks: dict[str, tuple[type[LinearHead], Sequence[str]]] = {
        "intent": (IntentHead, slots.intents.labels),
        "slots": (TokenHead, slots.labels),
    }
    parts = [_part(name, _untrained(backbone, head, labels, prompt_length)) for name, (head, labels) in tasks.items()]
    return write_bundle(
        folder, _prompt(backbone, prompt_length), parts, data={"texts": texts.source}, max_tokens=backbone.max_tokens
    )


def _untrained(backbone: Backbone, kind: type[LinearHead], labels: Sequence[str], length: int) -> TunedClassifier:
    head = kind.fresh(backbone.width, len(labels), 0.0, torch_generator(0, "head", kind.__name__))
    return untrained(backbone, Method.ALIGNED, 0, _values(backbone, length), head, labels)


def _part(name: str, classifier: TunedClassifier) -> TaskPart:
    """With the one row that a bundle must have of each of its classifiers."""
    row = {"method": Method.ALIGNED.value, "seed": 0, "locale": ENGLISH, "id": "0", "gold": None, "score": None}
    rows = pa.Table.from_pylist([{**row, "predicted": "", "numerator": 0, "denominator": 1}], schema=PREDICTION_SCHEMA)
    settings = SlotSettings().model_dump(mode="json") if name == "slots" else {}
    return TaskPart(name, "none", [classifier], rows, settings)


def _prompt(backbone: Backbone, length: int) -> AlignedPrompt:
    header = PromptHeader(
        backbone=backbone.identity,
        shape=backbone.prompt_shape(length),
        dtype="float32",
        languages=(),
        corpus_fingerprint="",
        steps=0,
        seed=0,
        settings={},
        created_by=created_by(),
    )
    return AlignedPrompt(_values(backbone, length), header)


def _values(backbone: Backbone, length: int) -> Tensor:
    shape, generator = backbone.prompt_shape(length), torch_generator(0, "prompt")
    return DeepPrompt.fresh(shape, PromptSettings(length=length), generator).values.detach()
