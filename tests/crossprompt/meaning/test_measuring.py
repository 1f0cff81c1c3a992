"""The screening on the packaged sample's parallel text, with the packaged backbone."""

from __future__ import annotations

import random

import pytest
from datasets import Dataset

from crossprompt.backbones.encoder import Backbone, load_backbone
from crossprompt.backbones.settings import BackboneSettings
from crossprompt.corpora.ingest import ingest_dialogues
from crossprompt.corpora.settings import DialogueSettings
from crossprompt.meaning.errors import MeaningError
from crossprompt.meaning.measuring import measure_meaning
from crossprompt.meaning.records import LanguageMeaning, MeaningScore
from crossprompt.meaning.settings import MeasureSettings
from crossprompt.prompts.file import AlignedPrompt, PromptFileError
from crossprompt.translation.engine import load_engine
from crossprompt.translation.settings import EngineSettings, TranslationSettings
from crossprompt.translation.translate import translate_dialogues
from tests.crossprompt.meaning.made_up import turns, zero_prompt

SETTINGS = MeasureSettings(resamples=200)


@pytest.fixture(scope="module")
def backbone() -> Backbone:
    return load_backbone(BackboneSettings(dtype="float32"), device="cpu")


@pytest.fixture(scope="module")
def dialogues() -> Dataset:
    return ingest_dialogues(DialogueSettings(), progress=False).dialogues.select(range(12))


def translations(dialogues: Dataset, locale: str) -> Dataset:
    engine = load_engine(EngineSettings())
    return translate_dialogues(dialogues, locale, engine, TranslationSettings(), progress=False)


def with_targets(rows: Dataset, targets: list[str]) -> Dataset:
    return turns(list(zip(rows["source"], targets, strict=True)))


def shuffled(rows: Dataset) -> Dataset:
    """The same text in the same language, each turn with another one's translation."""
    return with_targets(rows, random.Random(0).sample(rows["target"][:], len(rows)))


def measured(rows: Dataset, backbone: Backbone, locale: str = "de-DE") -> MeaningScore:
    score = measure_meaning(rows, locale, backbone, None, SETTINGS, progress=False).score
    assert score is not None
    return score


@pytest.mark.parametrize("locale", ["de-DE", "sw-KE"])
def test_true_translations_are_found_and_shuffled_ones_are_not(
    locale: str, dialogues: Dataset, backbone: Backbone
) -> None:
    rows = translations(dialogues, locale)
    true, false = measured(rows, backbone), measured(shuffled(rows), backbone)
    assert true.turns == false.turns > 100
    assert true.found.low > false.found.high + 3
    assert false.found.accuracy < 3
    assert true.similarity > false.similarity + 0.05
    assert false.similarity < false.nearest_similarity


def test_identical_text_is_found_in_every_turn(dialogues: Dataset, backbone: Backbone) -> None:
    rows = translations(dialogues, "de-DE")
    score = measured(with_targets(rows, rows["source"][:]), backbone)
    assert (score.to_english.accuracy, score.from_english.accuracy) == (100.0, 100.0)
    assert score.similarity == pytest.approx(1.0)
    assert score.nearest_similarity < 1.0


def test_an_engine_that_always_says_the_same_is_not_taken_for_right(dialogues: Dataset, backbone: Backbone) -> None:
    rows = translations(dialogues, "de-DE")
    score = measured(with_targets(rows, ["Das weiß ich leider nicht."] * len(rows)), backbone)
    assert score.from_english.accuracy == 100.0
    assert score.found.accuracy == pytest.approx(100 / score.turns)


def test_the_lowest_turns_are_those_that_say_something_else(dialogues: Dataset, backbone: Backbone) -> None:
    rows = translations(dialogues, "de-DE").select(range(80))
    wrong = "The volcano on the island has been silent for many years."
    damaged = with_targets(rows, [wrong if at in (7, 40, 63) else text for at, text in enumerate(rows["source"])])
    found = measure_meaning(damaged, "en-GB", backbone, None, SETTINGS, progress=False)
    assert [turn.target == wrong for turn in found.examples] == [True, True, True, False, False]
    assert all(turn.nearest_similarity > turn.similarity for turn in found.examples[:3])
    assert all(turn.nearest in rows["source"][:] and turn.nearest != turn.source for turn in found.examples)
    assert found == LanguageMeaning.model_validate_json(found.model_dump_json())


def prompt_for(backbone: Backbone, languages: tuple[str, ...]) -> AlignedPrompt:
    return zero_prompt(backbone.identity, backbone.prompt_shape(2), languages)


def test_the_prompt_decides_the_vectors_and_is_told(dialogues: Dataset, backbone: Backbone) -> None:
    rows = translations(dialogues.select(range(6)), "de-DE")
    prompt = prompt_for(backbone, ("de-AT", "sw-KE"))
    under = measure_meaning(rows, "de-DE", backbone, prompt, SETTINGS, prompt_digest="ab" * 32, progress=False)
    plain = measure_meaning(rows, "de-DE", backbone, None, SETTINGS, progress=False)
    assert under.score is not None
    assert plain.score is not None
    assert under.score.similarity != plain.score.similarity
    assert (under.score.instrument.prompt_length, under.score.instrument.prompt) == (2, "ab" * 32)
    assert (under.score.aligned, plain.score.aligned) == (True, False)
    assert plain.score.instrument.prompt_length is None


def test_a_prompt_of_another_backbone_is_refused(dialogues: Dataset, backbone: Backbone) -> None:
    rows = translations(dialogues.select(range(6)), "de-DE")
    identity = backbone.identity.model_copy(update={"fingerprint": "e" * 64})
    strangers = zero_prompt(identity, backbone.prompt_shape(2))
    with pytest.raises(PromptFileError, match=r"learned on backbone 'mini' \(eeeeeeeeeeee\), not on 'mini'"):
        measure_meaning(rows, "de-DE", backbone, strangers, SETTINGS, progress=False)


def test_too_few_turns_are_one_sentence(dialogues: Dataset, backbone: Backbone) -> None:
    rows = translations(dialogues.select(range(1)), "de-DE")
    with pytest.raises(
        MeaningError, match=r"^de-DE has \d+ accepted turns .* \(meaning\.fewest is 50\): translate more"
    ):
        measure_meaning(rows, "de-DE", backbone, None, SETTINGS, progress=False)
