"""New languages beside old ones: which pairs a prompt is trained on when it learns more without forgetting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from pydantic import Field

from crossprompt.alignment.corpus import ParallelCorpus
from crossprompt.alignment.turns import IntArray
from crossprompt.locales.languages import written_language
from crossprompt.settings import Settings
from crossprompt.training.randomness import numpy_generator


class ReplaySettings(Settings):
    """How much of what a prompt knows is rehearsed while it learns new languages."""

    share: float = Field(default=0.5, ge=0, lt=1)
    """Of the pairs of an epoch, in the languages that the prompt knows already; 0: none."""
    seed: int = 0
    """Draws which pairs."""


def new_locales(corpus: ParallelCorpus, known: Sequence[str]) -> tuple[str, ...]:
    """The locales of the pairs whose languages are not among the BCP-47 tags ``known``; ``sw`` stands for ``sw-KE``."""
    spoken = {written_language(tag) for tag in known}
    return tuple(locale for locale in corpus.languages if written_language(locale) not in spoken)


def add_replay(corpus: ParallelCorpus, known: Sequence[str], settings: ReplaySettings) -> ParallelCorpus:
    """All pairs in new languages, and so many in known ones that these are ``settings.share`` of all.

    The known languages have equal parts as far as their pairs reach; where all their pairs together are fewer, all are
    taken. English text alone stays as it is. Where no language is new, or none known, the corpus is what it was.

    Args:
        corpus: Pairs in known and new languages.
        known: BCP-47 tags of the languages that the prompt was aligned with; ``sw`` stands for ``sw-KE``, too.
        settings: How much.
    """
    added = new_locales(corpus, known)
    is_known = np.array([locale not in added for locale in corpus.locales])[corpus.pairs.locales]
    new = np.flatnonzero(~is_known)
    if not len(new) or not is_known.any():
        return corpus
    wanted = round(len(new) * settings.share / (1 - settings.share))
    groups = [
        np.flatnonzero(is_known & (corpus.pairs.locales == locale))
        for locale in np.unique(corpus.pairs.locales[is_known])
    ]
    generator = numpy_generator(settings.seed, "replay")
    rehearsed = [
        generator.permutation(units)[:size] for units, size in zip(groups, _equal_parts(groups, wanted), strict=True)
    ]
    return replace(corpus, pairs=corpus.pairs.take(np.sort(np.concatenate([new, *rehearsed]))))


def _equal_parts(groups: Sequence[IntArray], wanted: int) -> list[int]:
    """Sizes that add up to ``wanted``, or to all there is: equal, but where a group is too small for that."""
    sizes = [0] * len(groups)
    smallest_first = sorted(range(len(groups)), key=lambda place: len(groups[place]))
    for rank, place in enumerate(smallest_first):
        sizes[place] = min(len(groups[place]), wanted // (len(groups) - rank))
        wanted -= sizes[place]
    return sizes
