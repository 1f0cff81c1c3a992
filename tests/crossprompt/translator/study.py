"""A study on the packaged samples and a tiny random encoder, for tests of the room."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from datasets import Dataset

from crossprompt.backbones.encoder import Backbone
from crossprompt.comparison.results import ResultFolder
from crossprompt.corpora.pawsx import ingest_pawsx
from crossprompt.corpora.settings import NliCorpusSettings, ParaphraseSettings, SourceSettings
from crossprompt.corpora.xnli import ingest_xnli
from crossprompt.translator.auxiliary import parallel_corpus
from crossprompt.translator.measuring import Bench
from crossprompt.translator.settings import AuxiliarySettings, PromptStudySettings

WORDS = {"contradiction": "no", "entailment": "ok", "neutral": "may"}
CONTENDERS: dict[str, dict[str, Any]] = {
    "MPT": {},
    "SP": {"method": "soft-prompt"},
    "PCT": {"method": "templates"},
    "FT": {"method": "fine-tuning"},
    "MPT-tuned": {"tune_backbone": True},
    "MPT-length-3": {"length": 3},
    "MPT-own": {"translator": {"kind": "own"}},
    "MPT-shared": {"translator": {"kind": "shared"}},
    "MPT-target": {"english_prompt": "target"},
    "MPT-alpha-1": {"alpha": 1},
    "MPT-unlabelled": {"auxiliary": "unlabelled"},
}


@lru_cache(maxsize=1)
def pairs() -> Dataset:
    """XNLI's sample: en, de, es."""
    return ingest_xnli(NliCorpusSettings(source=SourceSettings(corpus="sample-nli")), progress=False).pairs


@lru_cache(maxsize=1)
def paraphrases() -> Dataset:
    """PAWS-X's sample: en, de, es."""
    settings = ParaphraseSettings(source=SourceSettings(corpus="sample-paraphrases"), max_quarantined_share=0.1)
    return ingest_pawsx(settings, progress=False).pairs


@lru_cache(maxsize=1)
def auxiliary() -> Dataset:
    """Four parallel pairs."""
    return parallel_corpus(paraphrases(), AuxiliarySettings(pairs=4))


def settings(*names: str, shots: tuple[int, ...] = (1, 2), **changes: Any) -> PromptStudySettings:
    """A study of these contenders with each of these shots."""
    values = {
        "verbalizer": WORDS,
        "method": {"length": 2, "max_updates": 4, "looks": 2, "batch_size": 3, "dropout": 0.0},
        "contenders": CONTENDERS,
        "cells": [{"shots": number, "contenders": names} for number in shots],
        "seeds": (1, 2),
    }
    return PromptStudySettings.parse({**values, **changes}, "study")


def bench(backbone: Backbone, folder: Path, study: PromptStudySettings, code: str = "1") -> Bench:
    """Where the study is measured."""
    return Bench(backbone, pairs(), auxiliary(), study, ResultFolder(folder), code)
