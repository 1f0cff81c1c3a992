"""Every prediction of every classifier in every locale, as a table."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import torch
from datasets import ClassLabel, Dataset, Features, Value, concatenate_datasets
from numpy.typing import NDArray
from tqdm import tqdm

from crossprompt.backbones.encoder import Backbone
from crossprompt.corpora.utterance import ENGLISH
from crossprompt.evaluation.settings import EvaluationSettings
from crossprompt.tasks.batches import inference_batches, inference_tokens, padding_multiple
from crossprompt.tasks.classifier import TunedClassifier
from crossprompt.tasks.file import check_collection
from crossprompt.tasks.heads import IntentHead
from crossprompt.tasks.records import Method
from crossprompt.tasks.shots import TaskDataError, encode_labels, select_rows

logger = logging.getLogger(__name__)

METHODS = tuple(method.value for method in Method)


class EvaluationError(ValueError):
    """The classifiers don't fit the backbone, or the predictions don't fit together."""


def prediction_features(locales: Sequence[str], labels: Sequence[str]) -> Features:
    """The columns of a table of predictions, one row per (method, seed, locale, id).

    ``method``, ``locale``, ``gold`` and ``predicted`` are class labels with their names in the table; ``score`` is the
    probability of the predicted intent.
    """
    return Features(
        {
            "method": ClassLabel(names=list(METHODS)),
            "seed": Value("int64"),
            "locale": ClassLabel(names=list(locales)),
            "id": Value("string"),
            "gold": ClassLabel(names=list(labels)),
            "predicted": ClassLabel(names=list(labels)),
            "score": Value("float32"),
        }
    )


@dataclass(frozen=True, slots=True)
class _LocaleTests:
    """The test utterances of one locale; ``text_of`` leads from each to its text among the distinct ones."""

    locale: str
    ids: list[str]
    gold: tuple[int, ...]
    text_of: list[int]


@dataclass(frozen=True, slots=True)
class _Answers:
    """Predicted labels and their probabilities, both ``[classifiers, distinct texts]``."""

    predicted: NDArray[np.int64]
    scores: NDArray[np.float32]


def predict_locales(
    utterances: Dataset, classifiers: Sequence[TunedClassifier], backbone: Backbone, settings: EvaluationSettings
) -> Dataset:
    """Let each classifier label the test utterances of each locale.

    Each distinct text of all locales is tokenised once and computed once per classifier, in batches of similar length:
    few shapes and hardly any padding, however few utterances a locale has.

    Args:
        utterances: A table of ``UTTERANCE_FEATURES``.
        classifiers: All of one backbone and one list of labels, each (method, seed) once.
        backbone: The one that they were trained on.
        settings: Locales, utterances per locale, tokens per batch.

    Returns:
        A table of :func:`prediction_features`, ordered by locale, then classifier, then id.

    Raises:
        TaskDataError: A locale has no test utterances, an id is there twice, or an intent that English train lacks.
        EvaluationError: English is left out, or the backbone is another one.
    """
    check_collection(classifiers)
    _check_backbone(classifiers, backbone)
    table = utterances.with_format("arrow")[:]
    labels = classifiers[0].labels
    distinct: dict[str, int] = {}
    tests = [_locale_tests(table, name, labels, distinct, settings) for name in evaluated_locales(table, settings)]
    answers = _answer(
        backbone.tokenizer.encode(list(distinct)),
        classifiers,
        backbone,
        settings.tokens_per_batch or inference_tokens(backbone),
    )
    features = prediction_features([locale.locale for locale in tests], labels)
    return concatenate_datasets(
        [_to_dataset(number, locale, answers, classifiers, features) for number, locale in enumerate(tests)]
    )


def evaluated_locales(table: pa.Table, settings: EvaluationSettings) -> tuple[str, ...]:
    """The locales to evaluate, sorted: those of the settings, or all that have test utterances.

    Raises:
        EvaluationError: English is not among them; every table shows the gap to it.
        TaskDataError: A locale of the settings is not in the table.
    """
    is_test = pc.equal(table["partition"], "test")
    present = set(pc.unique(table["locale"].filter(is_test)).to_pylist())
    wanted = present if settings.locales is None else set(settings.locales)
    if wanted - present:
        missing, known = ", ".join(sorted(wanted - present)), ", ".join(sorted(present))
        raise TaskDataError(f"there are no test utterances in {missing}; there are some in {known}")
    if ENGLISH not in wanted:
        raise EvaluationError(f"{ENGLISH} is not evaluated, but each locale is compared with it: add it to the locales")
    return tuple(sorted(wanted))


@torch.inference_mode()
def _answer(
    sequences: Sequence[Sequence[int]],
    classifiers: Sequence[TunedClassifier],
    backbone: Backbone,
    tokens_per_batch: int,
) -> _Answers:
    prompts = [c.prompt.to(backbone.device, backbone.dtype) for c in classifiers]
    heads = [IntentHead.from_state(c.head).to(backbone.device) for c in classifiers]
    size = (len(classifiers), len(sequences))
    answers = _Answers(np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.float32))
    total = len(classifiers) * sum(map(len, sequences))
    with tqdm(total=total, unit="tokens", unit_scale=True, desc="evaluate", mininterval=1.0) as progress:
        multiple = padding_multiple(backbone)
        for batch in inference_batches(sequences, backbone.tokenizer, tokens_per_batch, multiple):
            positions, tokens = list(batch.positions), batch.tokens.to(backbone.device)
            for number, (prompt, head) in enumerate(zip(prompts, heads, strict=True)):
                hidden = backbone.encode(tokens.input_ids, tokens.attention_mask, prompt, first_only=True)
                scores, predicted = head(hidden).softmax(dim=-1).max(dim=-1)
                answers.predicted[number, positions] = predicted.cpu().numpy()
                answers.scores[number, positions] = scores.cpu().numpy()
                progress.update(sum(len(sequences[i]) for i in positions))
    return answers


def _locale_tests(
    table: pa.Table, locale: str, labels: Sequence[str], distinct: dict[str, int], settings: EvaluationSettings
) -> _LocaleTests:
    """One locale's test utterances; texts that are new go into ``distinct``."""
    rows = select_rows(table, locale, "test").slice(0, settings.max_utterances)
    ids = rows["id"].to_pylist()
    gold = encode_labels(rows["intent"].to_pylist(), ids, labels, f"{locale} test")
    text_of = [distinct.setdefault(text, len(distinct)) for text in rows["utt"].to_pylist()]
    return _LocaleTests(locale, ids, gold, text_of)


def _to_dataset(
    number: int, tests: _LocaleTests, answers: _Answers, classifiers: Sequence[TunedClassifier], features: Features
) -> Dataset:
    utterances = len(tests.ids)
    columns = {
        "method": np.repeat([METHODS.index(c.history.method.value) for c in classifiers], utterances),
        "seed": np.repeat([c.history.seed for c in classifiers], utterances),
        "locale": np.full(utterances * len(classifiers), number),
        "id": tests.ids * len(classifiers),
        "gold": np.tile(tests.gold, len(classifiers)),
        "predicted": answers.predicted[:, tests.text_of].ravel(),
        "score": answers.scores[:, tests.text_of].ravel(),
    }
    return Dataset(pa.table(columns, schema=features.arrow_schema))


def _check_backbone(classifiers: Sequence[TunedClassifier], backbone: Backbone) -> None:
    trained_on, given = classifiers[0].backbone, backbone.identity
    if trained_on.fingerprint != given.fingerprint:
        raise EvaluationError(
            f"the classifiers were trained on backbone {trained_on.name!r} ({trained_on.fingerprint[:12]}), "
            f"not on {given.name!r} ({given.fingerprint[:12]})"
        )
