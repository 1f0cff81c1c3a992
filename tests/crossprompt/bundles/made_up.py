"""A small bundle of invented parts, on the packaged backbone's name but not its size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pyarrow as pa
import torch

from crossprompt.backbones.records import BackboneIdentity, PromptShape
from crossprompt.bundles.bundle import Bundle
from crossprompt.bundles.predictions import PREDICTION_SCHEMA
from crossprompt.bundles.writing import TaskPart, write_bundle
from crossprompt.prompts.file import AlignedPrompt, PromptHeader
from crossprompt.tasks.classifier import TunedClassifier
from crossprompt.tasks.records import Method
from tests.crossprompt.tasks.histories import history

IDENTITY = BackboneIdentity(name="mini", revision=None, fingerprint="f" * 64)
SHAPE = PromptShape(layers=1, heads=2, length=3, head_dim=2)
LABELS = ("lamp_on", "lamp_off")
DATA = {"dialogues": "d" * 64, "utterances": "u" * 64}
NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
UTTERANCES = 40


def make_prompt(languages: Sequence[str], seed: int = 0) -> AlignedPrompt:
    header = PromptHeader(
        backbone=IDENTITY,
        shape=SHAPE,
        dtype="float32",
        languages=tuple(sorted(languages)),
        corpus_fingerprint="c" * 64,
        steps=5,
        seed=seed,
        settings={},
        created_by="tests",
    )
    return AlignedPrompt(torch.randn(SHAPE.sizes, generator=torch.Generator().manual_seed(seed)), header)


def make_classifier(method: Method = Method.ALIGNED, seed: int = 0, dev: float = 50.0) -> TunedClassifier:
    generator = torch.Generator().manual_seed(seed)
    head = {"output.weight": torch.randn(2, 4, generator=generator), "output.bias": torch.zeros(2)}
    return TunedClassifier(
        torch.randn(SHAPE.sizes, generator=generator),
        head,
        LABELS,
        history(method, seed, best_dev_accuracy=dev),
        IDENTITY,
    )


def make_rows(right: Mapping[str, Sequence[bool]], method: Method = Method.ALIGNED, seed: int = 0) -> pa.Table:
    """Predictions that are right or wrong as told, by locale."""
    rows = [
        {
            "method": method.value,
            "seed": seed,
            "locale": locale,
            "id": str(number),
            "gold": LABELS[0],
            "predicted": LABELS[0 if hit else 1],
            "score": 0.75,
            "numerator": int(hit),
            "denominator": 1,
        }
        for locale, hits in right.items()
        for number, hit in enumerate(hits)
    ]
    return pa.Table.from_pylist(rows, schema=PREDICTION_SCHEMA)


def hits(share: float, seed: int = 0, size: int = UTTERANCES) -> list[bool]:
    """As many right answers as ``share`` says, in an order that ``seed`` draws."""
    answers = [number < round(share * size) for number in range(size)]
    Random(seed).shuffle(answers)
    return answers


def make_bundle(
    folder: Path, languages: Sequence[str] = ("de-DE",), scores: Mapping[str, float] | None = None, seed: int = 0
) -> Bundle:
    """A bundle with one task, right in each locale as often as ``scores`` say."""
    right = {locale: hits(share) for locale, share in (scores or {"en-US": 0.9, "de-DE": 0.7}).items()}
    part = TaskPart("intent", "accuracy", [make_classifier(seed=seed)], make_rows(right, seed=seed))
    return write_bundle(folder, make_prompt(languages, seed), [part], data=DATA, max_tokens=64, created=NOON)
