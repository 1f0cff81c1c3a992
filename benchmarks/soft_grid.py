"""Soft prompts of several lengths and seeds on a frozen decoder: in one group, one by one, and with whole forwards."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, Literal

import torch
from tokenizers.processors import TemplateProcessing
from transformers import XGLMConfig, XGLMForCausalLM

from benchmarks.gate import Gate
from benchmarks.records import Contender, Contest, Outcome
from benchmarks.settings import BenchmarkSettings
from benchmarks.sharing import ALONE, check_losses, contenders, time_trainings
from benchmarks.texts import read_texts
from crossprompt.backbones.decoder import Decoder
from crossprompt.backbones.decoder_tokenizer import DecoderTokenizer
from crossprompt.backbones.loading import load_tokenizer, locate_backbone
from crossprompt.backbones.records import BackboneIdentity
from crossprompt.backbones.settings import BackboneSettings
from crossprompt.cloze.label_words import LabelWords
from crossprompt.corpora.utterance import ENGLISH
from crossprompt.prompts.reparameterized import uniform_table
from crossprompt.settings import Settings
from crossprompt.soft_prompts.topics import TopicTask, topic_rows
from crossprompt.tasks.records import TrainingNumbers
from crossprompt.tasks.settings import TaskSettings
from crossprompt.tasks.shots import prepare_intent_data
from crossprompt.trials.group import train_together
from crossprompt.trials.soft import SoftTrial

ENTRY = "benchmarks.soft_grid:run"
AIM = 1.3
"""Of a group over the same trials one by one, as for deep prompts at large batches: texts are read once either way."""
LOSS_TOLERANCE = {"float32": 1e-3}


class SoftGridJob(Settings):
    """One contender's work."""

    english: Path
    lengths: tuple[int, ...]
    seeds: tuple[int, ...]
    shots: int
    batch_size: int
    updates: int
    dev_utterances: int
    at_most: int | None = None
    """Trials in one forward; None: what memory allows."""
    texts: Literal["once", "always"] = "once"
    """Whether a text is read once, or in the forward of each update."""

    @property
    def task_settings(self) -> TaskSettings:
        """The budget: no early stop, one look at English dev at the end."""
        return TaskSettings(
            shots=self.shots,
            batch_size=self.batch_size,
            head_dropout=0.0,
            max_updates=self.updates,
            evaluate_every=self.updates,
            max_dev_utterances=self.dev_utterances,
            seeds=self.seeds,
        )

    def trials(self, decoder: Decoder) -> list[SoftTrial]:
        """Every length with every seed."""
        data = prepare_intent_data(topic_rows(read_texts(self.english)), self.dev_utterances, ENGLISH)
        words = LabelWords(data.labels, data.labels, tuple(range(100, 100 + len(data.labels))))
        return [
            SoftTrial(
                name=f"length {length}, seed {seed}",
                task=TopicTask(data, decoder, words, length),
                settings=self.task_settings,
                learning_rate=5e-3,
                seed=seed,
                make_prompt=partial(uniform_table, length, decoder.width, 0.5),
            )
            for length in self.lengths
            for seed in self.seeds
        ]


def run(options: dict[str, Any], gate: Gate) -> None:
    """Each turn trains every length with every seed."""
    job = SoftGridJob.parse(options, "soft_grid")
    decoder = random_decoder()
    if job.texts == "always":
        decoder.forget_texts()
    trials = job.trials(decoder)

    def train() -> list[TrainingNumbers]:
        return [own.numbers for own in train_together(trials, job.at_most, progress=False)]

    time_trainings(train, job.updates, decoder.dtype, gate)


def random_decoder() -> Decoder:
    """``mini-decoder``'s shape with random weights, on which speed does not depend, and ``mini``'s pieces."""
    config = XGLMConfig(
        vocab_size=24_100,
        d_model=192,
        num_layers=6,
        attention_heads=4,
        ffn_dim=768,
        max_position_embeddings=258,
        dropout=0.0,
        attention_dropout=0.0,
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = XGLMForCausalLM(config)
    tokenizer = load_tokenizer(locate_backbone(BackboneSettings()))
    start = (tokenizer.bos_token, tokenizer.bos_token_id)
    tokenizer.backend_tokenizer.post_processor = TemplateProcessing(single=f"{start[0]} $A", special_tokens=[start])
    identity = BackboneIdentity(name="random", revision=None, fingerprint="0" * 64)
    return Decoder(model, DecoderTokenizer(tokenizer, 128), identity)


def soft_grid_contests(english: Path, settings: BenchmarkSettings) -> Iterator[Contest]:
    """In groups against one by one, and against one by one with the texts in every forward."""
    options = {
        "english": str(english),
        "lengths": settings.soft_lengths,
        "seeds": settings.soft_seeds,
        "shots": settings.shots,
        "batch_size": 8,
        "updates": settings.grid_updates,
        "dev_utterances": settings.grid_dev_utterances,
    }
    yield Contest(
        name="soft-grid",
        title=f"{len(settings.soft_lengths)} lengths x {len(settings.soft_seeds)} seeds of soft prompts at batch 8",
        unit="updates",
        rounds=settings.grid_rounds,
        aim=AIM,
        contenders=(
            *contenders(ENTRY, options),
            Contender(
                name="one by one, texts read always", entry=ENTRY, options={**options, **ALONE, "texts": "always"}
            ),
        ),
    )


def check_soft_grid(outcome: Outcome) -> tuple[str, ...]:
    """How far the mean training losses are apart.

    Raises:
        ContestError: Further than :data:`LOSS_TOLERANCE`: then the contenders do not train the same.
    """
    return check_losses(outcome, LOSS_TOLERANCE)
