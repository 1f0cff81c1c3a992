"""Numbers of a language that nobody measured, and invented turns."""

from __future__ import annotations

from typing import Any

import torch
from datasets import Dataset

from crossprompt.backbones.records import BackboneIdentity, PromptShape
from crossprompt.corpora.arrow import dataset_from_rows
from crossprompt.meaning.records import Instrument, LanguageMeaning, MeaningScore, TurnMeaning
from crossprompt.prompts.file import AlignedPrompt, PromptHeader
from crossprompt.retrieval.records import RetrievalScore
from crossprompt.translation.rows import TRANSLATION_FEATURES

INSTRUMENT = Instrument(backbone="mini", prompt="ab" * 32, prompt_length=16, pooling="start-last")
EXAMPLE = TurnMeaning(
    split="train",
    dialogue_id="1_00007",
    turn=3,
    source="The boat is late.",
    target="Mashua <imechelewa>.",
    similarity=0.25,
    nearest="The train is late.",
    nearest_similarity=0.5,
)


def share(accuracy: float) -> RetrievalScore:
    return RetrievalScore(accuracy=accuracy, low=max(0.0, accuracy - 5), high=min(100.0, accuracy + 5))


def score(to_english: float = 80.0, from_english: float = 70.0, **changes: Any) -> MeaningScore:
    values = {
        "instrument": INSTRUMENT,
        "aligned": True,
        "turns": 200,
        "to_english": share(to_english),
        "from_english": share(from_english),
        "similarity": 0.75,
        "nearest_similarity": 0.5,
        "confidence": 0.95,
    }
    return MeaningScore(**{**values, **changes})


def language(locale: str, to_english: float = 80.0, from_english: float = 70.0, **changes: Any) -> LanguageMeaning:
    return LanguageMeaning(locale=locale, score=score(to_english, from_english, **changes), examples=(EXAMPLE,))


def turns(texts: list[tuple[str, str | None]], locale: str = "de-DE") -> Dataset:
    """Rows of pairs of source and target, four turns a dialogue."""
    rows = [
        {
            "split": "train",
            "dialogue_id": f"1_{number // 4:05d}",
            "turn": number % 4,
            "locale": locale,
            "speaker": ("USER", "SYSTEM")[number % 2],
            "source": source,
            "target": target,
            "slots": [],
            "engine": "memory",
            "nature": "translated",
        }
        for number, (source, target) in enumerate(texts)
    ]
    return dataset_from_rows(rows, TRANSLATION_FEATURES)


def zero_prompt(backbone: BackboneIdentity, shape: PromptShape, languages: tuple[str, ...] = ()) -> AlignedPrompt:
    """A prompt of zeros that was never learned."""
    header = PromptHeader(
        backbone=backbone,
        shape=shape,
        dtype="float32",
        languages=languages,
        corpus_fingerprint="0" * 64,
        steps=0,
        seed=0,
        settings={},
        created_by="a test",
    )
    return AlignedPrompt(torch.zeros(shape.sizes), header)
