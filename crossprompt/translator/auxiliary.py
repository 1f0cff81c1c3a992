"""PAWS-15: English pairs of sentences, each beside its translation into one language (paper 003, section IV-A).

The paper had 500 pairs of PAWS-X's English training set translated, each into one of 14 languages at random. Here they
are drawn from whatever splits of PAWS-X there are, and the translations are PAWS-X's own rows or the corpus factory's,
to which a pair is a dialogue of two turns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow.compute as pc
from datasets import Dataset, Features, Value

from crossprompt.corpora.arrow import dataset_from_rows
from crossprompt.corpora.dialogue import Dialogue, Speaker, Turn, dialogues_to_dataset
from crossprompt.settings import SettingsError
from crossprompt.training.randomness import numpy_generator
from crossprompt.translator.lines import ENGLISH, Line
from crossprompt.translator.settings import AuxiliarySettings

AUXILIARY_FEATURES = Features(
    {
        "id": Value("string"),
        "locale": Value("string"),
        "english_first": Value("string"),
        "english_second": Value("string"),
        "other_first": Value("string"),
        "other_second": Value("string"),
    }
)
"""One row per pair; ``id`` is ``<split>/<PAWS-X's id>``, ``locale`` the language of the other side."""

XNLI_LANGUAGES = ("ar", "bg", "de", "el", "es", "fr", "hi", "ru", "sw", "th", "tr", "ur", "vi", "zh")
"""Those that the paper's pairs are translated into: XNLI's but English."""

Key = tuple[str, str]
"""Split and id."""
Sentences = tuple[str, str]


@dataclass(frozen=True, slots=True)
class DrawnPair:
    """An English pair and the language that it is to stand beside."""

    key: Key
    locale: str
    sentences: Sentences


def parallel_corpus(pairs: Dataset, settings: AuxiliarySettings) -> Dataset:
    """The corpus out of PAWS-X's own rows; see :func:`draw_pairs`.

    Args:
        pairs: Rows of ``PARAPHRASE_FEATURES``.
        settings: How many pairs, of which languages.

    Returns:
        Rows of ``AUXILIARY_FEATURES``.
    """
    wanted = settings.languages or XNLI_LANGUAGES
    others = {locale: found for locale in wanted if (found := _texts(pairs, locale))}
    drawn = draw_pairs(_texts(pairs, ENGLISH), settings, {locale: frozenset(found) for locale, found in others.items()})
    return _rows([(pair, others[pair.locale][pair.key]) for pair in drawn])


def pairs_to_translate(pairs: Dataset, settings: AuxiliarySettings) -> dict[str, Dataset]:
    """English pairs as dialogues, ``DIALOGUE_FEATURES``, by the language that they are to be translated into."""
    texts = _texts(pairs, ENGLISH)
    languages = {locale: frozenset(texts) for locale in settings.languages or XNLI_LANGUAGES}
    drawn = draw_pairs(texts, settings, languages)
    return {
        locale: dialogues_to_dataset(_dialogue(pair) for pair in drawn if pair.locale == locale) for locale in languages
    }


def translated_corpus(dialogues: dict[str, Dataset], translations: dict[str, Dataset]) -> Dataset:
    """The corpus out of the factory's translations.

    Args:
        dialogues: What :func:`pairs_to_translate` gave.
        translations: Rows of ``TRANSLATION_FEATURES`` of these dialogues, by language; pairs that were not translated
            whole are left out.

    Returns:
        Rows of ``AUXILIARY_FEATURES``, those of the languages in turn.
    """
    columns = []
    for locale, own in dialogues.items():
        targets: dict[str, dict[int, str]] = {}
        for row in translations[locale]:
            targets.setdefault(row["dialogue_id"], {})[row["turn"]] = row["target"]
        for dialogue in own:
            found = targets.get(dialogue["dialogue_id"], {})
            if len(found) == 2:
                first, second = (turn["utterance"] for turn in dialogue["turns"])
                pair = DrawnPair((dialogue["split"], dialogue["dialogue_id"]), locale, (first, second))
                columns.append((pair, (found[0], found[1])))
    return _rows(_in_turn(columns))


def draw_pairs(
    english: dict[Key, Sentences], settings: AuxiliarySettings, languages: dict[str, frozenset[Key]]
) -> list[DrawnPair]:
    """Pairs in random order, each with one of the languages that have it, drawn by the settings' seed.

    Args:
        english: All English pairs.
        settings: How many are drawn.
        languages: The keys that each language has.

    Raises:
        SettingsError: There are not so many.
    """
    keys = list(english)
    order = numpy_generator(settings.seed, "auxiliary pairs").permutation(len(keys))
    choose = numpy_generator(settings.seed, "auxiliary languages")
    drawn = []
    for place in order:
        key = keys[int(place)]
        known = [locale for locale, own in languages.items() if key in own]
        if known:
            drawn.append(DrawnPair(key, known[int(choose.integers(len(known)))], english[key]))
        if len(drawn) == settings.pairs:
            return drawn
    there = ", ".join(languages) or "none of the languages"
    raise SettingsError(
        f"study.auxiliary.pairs: {settings.pairs} are wanted, but there are {len(drawn)} English pairs with a "
        f"translation in {there}"
    )


def pairs_of(auxiliary: Dataset) -> list[tuple[Line, Line]]:
    """The corpus as pairs of lines, English first.

    Args:
        auxiliary: Rows of ``AUXILIARY_FEATURES``.
    """
    return [
        (
            Line(ENGLISH, row["english_first"], row["english_second"]),
            Line(row["locale"], row["other_first"], row["other_second"]),
        )
        for row in auxiliary
    ]


def _texts(pairs: Dataset, locale: str) -> dict[Key, Sentences]:
    table = pairs.with_format("arrow")[:]
    rows = table.filter(pc.equal(table["locale"], locale)).to_pylist()
    return {(row["split"], row["id"]): (row["first"], row["second"]) for row in rows}


def _dialogue(pair: DrawnPair) -> Dialogue:
    turns = tuple(
        Turn(speaker, text) for speaker, text in zip((Speaker.USER, Speaker.SYSTEM), pair.sentences, strict=True)
    )
    return Dialogue(split=pair.key[0], dialogue_id=pair.key[1], services=(), turns=turns)


def _in_turn(rows: Sequence[tuple[DrawnPair, Sentences]]) -> list[tuple[DrawnPair, Sentences]]:
    """One of each language after the other, so that the first so many are of all of them."""
    seen: dict[str, int] = {}
    places = []
    for pair, _ in rows:
        seen[pair.locale] = seen.get(pair.locale, 0) + 1
        places.append(seen[pair.locale])
    return [rows[place] for place in sorted(range(len(rows)), key=lambda place: (places[place], place))]


def _rows(pairs: Sequence[tuple[DrawnPair, Sentences]]) -> Dataset:
    rows = [
        {
            "id": "/".join(pair.key),
            "locale": pair.locale,
            "english_first": pair.sentences[0],
            "english_second": pair.sentences[1],
            "other_first": other[0],
            "other_second": other[1],
        }
        for pair, other in pairs
    ]
    return dataset_from_rows(rows, AUXILIARY_FEATURES)
