"""The screening of one language: its turns as vectors, found or not found among those of English."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from datasets import Dataset
from torch import Tensor

from crossprompt.backbones.encoder import Backbone
from crossprompt.locales.languages import describe_locale
from crossprompt.meaning.errors import MeaningError
from crossprompt.meaning.records import Instrument, LanguageMeaning, MeaningScore, TurnMeaning
from crossprompt.meaning.sample import Row, pair_up, sample_turns
from crossprompt.meaning.settings import MeasureSettings
from crossprompt.prompts.file import AlignedPrompt
from crossprompt.retrieval.closeness import Closeness, measure_closeness
from crossprompt.retrieval.embeddings import embed_sentences
from crossprompt.retrieval.records import LanguageRetrieval, RetrievalAnswers
from crossprompt.retrieval.retrieval import find_translations, index_pairs
from crossprompt.retrieval.scores import score_retrieval


def measure_meaning(
    rows: Dataset,
    locale: str,
    backbone: Backbone,
    prompt: AlignedPrompt | None,
    settings: MeasureSettings,
    *,
    prompt_digest: str | None = None,
    progress: bool = True,
) -> LanguageMeaning:
    """Retrieve each drawn translation among all drawn English turns, and back (paper 001, section 5, on own text).

    It is a screening: a low share may also mean that the backbone hardly knows the language, or that turns say much the
    same. No row is judged by it.

    Args:
        rows: ``TRANSLATION_FEATURES`` of the language, those that passed the checks.
        locale: Its BCP-47 tag.
        backbone: The frozen encoder.
        prompt: Learned on this backbone; None: the plain backbone.
        settings: Draw, pooling, intervals, examples.
        prompt_digest: SHA-256 of the prompt's file, to be told beside the numbers.
        progress: Show a bar.

    Raises:
        MeaningError: There are too few turns with different source texts.
        PromptFileError: The prompt was learned on another backbone.
        PoolingError: The pooling wants a layer that the backbone has not.
    """
    if prompt is not None:
        prompt.check_fits(backbone.identity, backbone.prompt_shape(prompt.header.shape.length))
    turns = sample_turns(rows, settings.turns, settings.seed)
    if len(turns) < settings.fewest:
        raise MeaningError(
            f"{locale} has {len(turns)} accepted turns with different source texts, too few to screen their meaning "
            f"(meaning.fewest is {settings.fewest}): translate more, set fewest lower, or remove the section meaning"
        )
    values = None if prompt is None else prompt.values
    retrieved, closeness = compare_turns(turns, locale, backbone, values, settings, progress=progress)
    score = MeaningScore(
        instrument=_instrument(backbone, prompt, prompt_digest, settings),
        aligned=prompt is not None and _is_among(locale, prompt.header.languages),
        turns=len(turns),
        to_english=retrieved.to_english,
        from_english=retrieved.from_english,
        similarity=float(closeness.own.mean()),
        nearest_similarity=float(closeness.nearest_other.mean()),
        confidence=settings.confidence,
    )
    return LanguageMeaning(locale=locale, score=score, examples=_lowest(turns, closeness, settings.examples))


def compare_turns(
    turns: Sequence[Row],
    locale: str,
    backbone: Backbone,
    prompt: Tensor | None,
    settings: MeasureSettings,
    *,
    progress: bool = True,
) -> tuple[LanguageRetrieval, Closeness]:
    """Both directions of the retrieval, and how near each translation is to its own source, in the order of the turns.

    Args:
        turns: As :func:`crossprompt.meaning.sample.sample_turns` gives them.
        locale: Their language.
        backbone: The frozen encoder.
        prompt: A deep prompt ``[layers, 2, heads, P, head_dim]``, or None.
        settings: Pooling, batches, intervals.
        progress: Show a bar.

    Raises:
        PoolingError: The pooling wants a layer that the backbone has not.
        ValueError: There are fewer than two turns, or the prompt doesn't fit the backbone.
    """
    retrieval, pairs = settings.retrieval(), pair_up(turns, locale)
    texts, (places,) = index_pairs(pairs)
    (vectors,) = embed_sentences(texts, backbone, prompt, retrieval, progress=progress)
    vectors = vectors.to(backbone.device)
    answers = RetrievalAnswers(
        pooling=settings.pooling.name,
        prompt_length=None if prompt is None else int(prompt.shape[-2]),
        languages=(find_translations(places, vectors, retrieval.block_rows),),
    )
    english, other = (vectors[torch.from_numpy(side).to(vectors.device)] for side in (places.english, places.other))
    (found,) = score_retrieval(answers, pairs, retrieval).languages
    return found, measure_closeness(other, english, retrieval.block_rows)


def _instrument(
    backbone: Backbone, prompt: AlignedPrompt | None, digest: str | None, settings: MeasureSettings
) -> Instrument:
    return Instrument(
        backbone=backbone.identity.name,
        prompt=digest,
        prompt_length=None if prompt is None else prompt.header.shape.length,
        pooling=settings.pooling.name,
    )


def _is_among(locale: str, languages: Sequence[str]) -> bool:
    """Whether one of the tags is of the same language, whatever its territory."""
    return describe_locale(locale).language in {describe_locale(tag).language for tag in languages}


def _lowest(turns: Sequence[Row], closeness: Closeness, count: int) -> tuple[TurnMeaning, ...]:
    """The turns whose own source is least nearer than the nearest other one."""
    order = np.argsort(closeness.own - closeness.nearest_other, kind="stable")[:count]
    return tuple(
        TurnMeaning(
            **turns[at],
            similarity=float(closeness.own[at]),
            nearest=turns[int(closeness.other[at])]["source"],
            nearest_similarity=float(closeness.nearest_other[at]),
        )
        for at in order.tolist()
    )
