"""Judge a backbone on dev sets: how well it predicts each language, and what prompts make of it in few shots."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as compute
import torch
from datasets import Dataset, Features
from torch.nn import functional

from crossprompt.alignment.corpus import build_parallel_corpus
from crossprompt.alignment.masking import Vocabulary, mask_tokens
from crossprompt.alignment.objective import select_positions
from crossprompt.alignment.trainer import align_prompt
from crossprompt.backbones.encoder import Backbone
from crossprompt.corpora.dialogue import DIALOGUE_FEATURES
from crossprompt.corpora.utterance import ENGLISH
from crossprompt.pretraining.records import BackboneJudgement, MethodScore
from crossprompt.pretraining.settings import JudgeSettings
from crossprompt.tasks.classifier import TunedClassifier
from crossprompt.tasks.intent import IntentTask
from crossprompt.tasks.records import Method
from crossprompt.tasks.shots import prepare_intent_data, select_rows
from crossprompt.tasks.task import Test
from crossprompt.training.randomness import numpy_generator
from crossprompt.translation.rows import TRANSLATION_FEATURES
from crossprompt.trials.answering import make_ready
from crossprompt.trials.group import train_group
from crossprompt.trials.training import TrialSpec

_LOSS_ROWS = 64


def judge_backbone(
    backbone: Backbone, utterances: Dataset, settings: JudgeSettings, folder: Path, progress: bool = True
) -> BackboneJudgement:
    """Align a prompt on train utterances, tune on English shots, and score on the dev utterances of every locale.

    Args:
        backbone: To be judged.
        utterances: Rows of ``UTTERANCE_FEATURES``. Of test, no row is looked at.
        settings: How much of everything.
        folder: For the checkpoints of the alignment.
        progress: Show bars.

    Raises:
        CorpusError: No train utterance is there in two languages.
        TaskDataError: A locale has no dev utterances, or English has none to train on.
    """
    begin = time.monotonic()
    seen = utterances.with_format("arrow")[:]
    seen = seen.filter(compute.not_equal(seen["partition"], "test"))
    locales = sorted(set(compute.unique(seen["locale"]).to_pylist()))
    classifiers, task = _tune(backbone, Dataset(seen), settings, folder, progress)
    tests = task.tests(_dev_as_test(seen), locales, settings.dev_utterances)
    scores = {method: _score(task, [c for c in classifiers if c.history.method is method], tests) for method in Method}
    return BackboneJudgement(
        backbone=backbone.identity.fingerprint,
        shots=settings.task.shots,
        losses={locale: _dev_loss(backbone, seen, locale, settings) for locale in locales},
        aligned=scores[Method.ALIGNED],
        fresh=scores[Method.FRESH],
        seconds=time.monotonic() - begin,
    )


def _tune(
    backbone: Backbone, utterances: Dataset, settings: JudgeSettings, folder: Path, progress: bool
) -> tuple[tuple[TunedClassifier, ...], IntentTask]:
    """A classifier for each method and seed."""
    dialogues, translations = (_empty(features) for features in (DIALOGUE_FEATURES, TRANSLATION_FEATURES))
    corpus = build_parallel_corpus(dialogues, translations, utterances, settings.alignment)
    prompt, _ = align_prompt(corpus, backbone, settings.alignment, folder, progress)
    task = IntentTask(prepare_intent_data(utterances, settings.task.max_dev_utterances), backbone)
    starts = {Method.ALIGNED: prompt.values, Method.FRESH: None}
    specs = [TrialSpec(m, settings.learning_rate, seed, starts[m]) for m in Method for seed in settings.task.seeds]
    return train_group(task, specs, settings.task, progress=progress), task


def _empty(features: Features) -> Dataset:
    return Dataset(features.arrow_schema.empty_table())


def _dev_as_test(table: pa.Table) -> pa.Table:
    """The dev rows in the place of test rows, which ``table`` has none of."""
    dev = table.filter(compute.equal(table["partition"], "dev"))
    place = dev.schema.get_field_index("partition")
    return dev.set_column(place, "partition", pa.array(["test"] * dev.num_rows))


def _score(task: IntentTask, classifiers: Sequence[TunedClassifier], tests: Sequence[Test]) -> MethodScore:
    found: dict[str, list[float]] = {test.locale: [] for test in tests}
    for classifier in classifiers:
        for answers in task.answer(*make_ready(task, classifier), tests):
            found[answers.locale].append(answers.score)
    return MethodScore(
        english=tuple(found[ENGLISH]),
        average=tuple(float(value) for value in np.mean(list(found.values()), axis=0)),
        locales={locale: tuple(values) for locale, values in found.items()},
    )


@torch.inference_mode()
def _dev_loss(backbone: Backbone, table: pa.Table, locale: str, settings: JudgeSettings) -> float:
    """Mean cross-entropy at masked places of a locale's dev utterances; the masks are the same for every backbone."""
    texts = select_rows(table, locale, "dev").slice(0, settings.loss_utterances)["utt"].to_pylist()
    tokenizer = backbone.tokenizer
    vocabulary = Vocabulary.of(tokenizer.vocabulary_size, tokenizer.mask_id, tokenizer.special_ids)
    total, count = 0.0, 0
    for first in range(0, len(texts), _LOSS_ROWS):
        batch = tokenizer.batch(texts[first : first + _LOSS_ROWS])
        generator = numpy_generator(0, "dev mask", locale, first)
        masked = mask_tokens(batch.input_ids.numpy(), vocabulary, settings.mask_share, generator)
        ids, places, targets = (
            torch.from_numpy(array).to(backbone.device)
            for array in (masked.input_ids, masked.positions, masked.targets)
        )
        hidden = backbone.encode(ids, batch.attention_mask.to(backbone.device))
        logits = backbone.masked_lm_logits(select_positions(hidden, places)).float()
        total += float(functional.cross_entropy(logits, targets, reduction="sum"))
        count += len(targets)
    return total / count
