"""PAWS-15: pairs and languages drawn by seed, out of parallel rows or by an engine."""

from __future__ import annotations

from collections import Counter

import pytest
from datasets import Dataset

from crossprompt.settings import SettingsError
from crossprompt.translation.rows import TRANSLATION_FEATURES
from crossprompt.translator.auxiliary import (
    AUXILIARY_FEATURES,
    draw_pairs,
    pairs_of,
    pairs_to_translate,
    parallel_corpus,
    translated_corpus,
)
from crossprompt.translator.settings import AuxiliarySettings
from tests.crossprompt.translator.study import paraphrases


def test_each_pair_stands_beside_its_own_translation():
    corpus = parallel_corpus(paraphrases(), AuxiliarySettings(pairs=5))
    assert corpus.features == AUXILIARY_FEATURES
    assert len(set(corpus["id"])) == 5
    texts = {(r["locale"], r["split"] + "/" + r["id"]): (r["first"], r["second"]) for r in paraphrases()}
    for row in corpus:
        assert texts["en", row["id"]] == (row["english_first"], row["english_second"])
        assert texts[row["locale"], row["id"]] == (row["other_first"], row["other_second"])
    untranslated = next(row for row in corpus if row["id"] == "dev/4")
    assert untranslated["locale"] == "es"


def test_the_seed_decides():
    draws = [parallel_corpus(paraphrases(), AuxiliarySettings(pairs=3, seed=seed))["id"][:] for seed in (0, 0, 1, 2, 3)]
    assert draws[0] == draws[1]
    assert len({tuple(draw) for draw in draws}) > 1


def test_languages_are_drawn_evenly():
    english = {("train", str(n)): ("a", "b") for n in range(3000)}
    languages = {locale: frozenset(english) for locale in ("de", "es", "sw")}
    drawn = draw_pairs(english, AuxiliarySettings(pairs=3000), languages)
    assert len({pair.key for pair in drawn}) == 3000
    counts = Counter(pair.locale for pair in drawn)
    assert all(900 < count < 1100 for count in counts.values())


def test_too_few_pairs_are_refused():
    with pytest.raises(SettingsError, match="6 are wanted, but there are 5"):
        parallel_corpus(paraphrases(), AuxiliarySettings(pairs=6))
    with pytest.raises(SettingsError, match="none of the languages"):
        parallel_corpus(paraphrases(), AuxiliarySettings(pairs=1, languages=("sw",)))


def translations(dialogues, leave_out=()):
    rows = [
        {
            "split": dialogue["split"],
            "dialogue_id": dialogue["dialogue_id"],
            "turn": number,
            "locale": "xx",
            "speaker": turn["speaker"],
            "source": turn["utterance"],
            "target": turn["utterance"].upper(),
            "slots": [],
            "engine": "test",
            "nature": "translated",
        }
        for dialogue in dialogues
        for number, turn in enumerate(dialogue["turns"])
        if (dialogue["dialogue_id"], number) not in leave_out
    ]
    return Dataset.from_list(rows, features=TRANSLATION_FEATURES)


def test_an_engine_gets_dialogues_of_two_turns_and_what_it_lacks_is_left_out():
    settings = AuxiliarySettings(source="engine", pairs=5, languages=("sw", "th"))
    dialogues = pairs_to_translate(paraphrases(), settings)
    assert set(dialogues) == {"sw", "th"}
    assert sum(len(own) for own in dialogues.values()) == 5
    lacking = dialogues["sw"][0]["dialogue_id"]
    corpus = translated_corpus(
        dialogues, {locale: translations(own, {(lacking, 1)}) for locale, own in dialogues.items()}
    )
    assert len(corpus) == 4
    assert lacking not in {row["id"].split("/")[1] for row in corpus}
    for row in corpus:
        assert row["other_second"] == row["english_second"].upper()
    first_two = corpus["locale"][:2]
    assert len(set(first_two)) == 2


def test_pairs_are_lines():
    english, other = pairs_of(parallel_corpus(paraphrases(), AuxiliarySettings(pairs=1)))[0]
    assert english.locale == "en"
    assert other.locale in ("de", "es")
