"""Which language is a text in? Identification of rows together with the dialogue they belong to.

The identifier is py3langid's Naive Bayes model over byte n-grams (Lui and Baldwin 2011; 139 languages, in the package,
no network). ``docs/validation.md`` compares it with others. A single short turn says little: "OK, tak." is Danish,
Norwegian and Polish. So the evidence of a row is added to that of its dialogue, which is bounded: a row in a right
dialogue is refused only if it speaks clearly for another language, and in a dialogue of another language nearly every
row is.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter

import langcodes
import numpy as np
import numpy.typing as npt
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from crossprompt.locales.languages import describe_locale

Scores = npt.NDArray[np.float64]

_LABELS_OF_LANGUAGE = {
    "nb": ("no", "nn"),
    "nn": ("nn", "no"),
    "zh": ("zh", "wuu", "yue"),
    "ar": ("ar", "arz", "ary"),
    "tl": ("tl",),
    "fil": ("tl",),
    "iw": ("he",),
    "in": ("id",),
}
"""The identifier's labels for an ISO 639 code, where they differ from it."""

_NO_RIVALS = frozenset({"zxx", "pcm", "hbo", "grc"})
"""Labels that are never the answer: no language at all, creoled English, and ancient forms of a living language."""

_HEAD_START = {("ms", "id"): 0.9}
"""``(expected, rival)``: how far the identifier leans to the rival on right text of the expected language.
Chosen on the sample (Malay margins are around zero) and looked at on MASSIVE utterances; see docs/validation.md."""

CONTEXT_BOUND = 4.0
"""The most that a dialogue may add to the margin of a row, in tempered log-likelihood. On the sample's right rows
no margin
against the expected language is greater than 3.2."""

CONTEXT_GAIN = 4.0
"""Weight of a dialogue's margin before it is bounded: a dialogue is much surer than a turn."""


@dataclass(frozen=True, slots=True)
class LanguageEvidence:
    """What speaks for another language: ``rival`` is its label, ``margin`` its lead (below 0: none)."""

    rival: str
    margin: float


@lru_cache(maxsize=1)
def _identifier() -> LanguageIdentifier:
    return LanguageIdentifier.from_model_file(MODEL_FILE)


@lru_cache(maxsize=1)
def identifier_labels() -> tuple[str, ...]:
    """The languages that the identifier knows, in the order of the columns of :func:`score`."""
    return tuple(_identifier().labels)


@lru_cache(maxsize=1)
def _in_order_of_labels() -> Callable[[Mapping[str, float]], tuple[float, ...]]:
    return itemgetter(*identifier_labels())


@lru_cache(maxsize=1024)
def labels_of_locale(locale: str) -> tuple[str, ...]:
    """The identifier's labels for right text of ``locale``; empty if it does not know the language.

    Raises:
        crossprompt.locales.languages.LocaleError: ``locale`` is no language tag.
    """
    code = describe_locale(locale).language
    macro = langcodes.standardize_tag(code, macro=True)
    wanted = _LABELS_OF_LANGUAGE.get(code) or _LABELS_OF_LANGUAGE.get(macro) or (code, macro)
    return tuple(label for label in dict.fromkeys(wanted) if label in identifier_labels())


def score(text: str) -> Scores:
    """Log-likelihood of ``text`` under each label, ``[labels]``, divided by the root of its length in UTF-8 bytes.

    The root tempers Naive Bayes' overconfidence, so that texts of every length can be compared.
    """
    ranked = dict(_identifier().rank(text))
    scores = np.array(_in_order_of_labels()(ranked), dtype=np.float64)
    return scores / math.sqrt(max(1, len(text.encode("utf-8", errors="replace"))))


def identify(text: str) -> str:
    """The most likely language of ``text`` (the identifier's label, such as ``sw`` or ``no``)."""
    label: str = _identifier().classify(text)[0]
    return label


def margins(scores: Scores, locale: str) -> Scores:
    """Lead of every other label over the language of ``locale``, ``[labels]``; minus infinity for its own labels.

    Raises:
        ValueError: The identifier does not know the language of ``locale``.
    """
    own = labels_of_locale(locale)
    if not own:
        raise ValueError(
            f"the language identifier does not know the language of {locale!r}; ask labels_of_locale first"
        )
    offset, excluded = _columns(own)
    result: Scores = scores - scores[list(offset)].max()
    result[list(excluded)] = -np.inf
    for (expected, rival), lead in _HEAD_START.items():
        if expected in own:
            result[identifier_labels().index(rival)] -= lead
    return result


@lru_cache(maxsize=1024)
def _columns(own: tuple[str, ...]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    labels = identifier_labels()
    excluded = tuple(i for i, label in enumerate(labels) if label in own or label in _NO_RIVALS)
    return tuple(labels.index(label) for label in own), excluded


def context_of(texts: Sequence[str], locale: str) -> Scores:
    """What a dialogue of ``texts`` adds to the margins of each of them, ``[labels]``, bounded."""
    joined = " ".join(text for text in texts if text)
    found = CONTEXT_GAIN * margins(score(joined), locale)
    return np.clip(found, -CONTEXT_BOUND, CONTEXT_BOUND)


def weigh_row(text: str, context: Scores, locale: str) -> LanguageEvidence:
    """The strongest rival of the expected language for one row, its dialogue considered."""
    total = margins(score(text), locale) + context
    best = int(total.argmax())
    return LanguageEvidence(identifier_labels()[best], float(total[best]))


def identify_dialogue(texts: Mapping[int, str], locale: str) -> dict[int, LanguageEvidence]:
    """The evidence of each turn of one dialogue, by turn; blank turns are left out.

    Raises:
        ValueError: The identifier does not know the language of ``locale``.
    """
    filled = {turn: text for turn, text in texts.items() if text.strip()}
    if not filled:
        return {}
    context = context_of(list(filled.values()), locale)
    return {turn: weigh_row(text, context, locale) for turn, text in filled.items()}
