"""New languages beside old ones: which pairs are drawn, and that a training goes on from a prompt."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
import torch

from crossprompt.alignment.corpus import build_parallel_corpus
from crossprompt.alignment.replay import ReplaySettings, add_replay
from crossprompt.alignment.settings import AlignmentSettings
from crossprompt.prompts.file import PromptFileError
from crossprompt.prompts.settings import PromptSettings
from crossprompt.training.checkpoint import CheckpointError
from tests.crossprompt.alignment.corpora import make_dialogues, make_translations
from tests.crossprompt.alignment.run_alignment import SETTINGS, align
from tests.crossprompt.backbones.tiny import save_tiny

LOCALES = ("de-DE", "fr-FR", "sw-KE", "th-TH")


@pytest.fixture(scope="module")
def corpus():
    return build_parallel_corpus(
        make_dialogues(20), make_translations(20, locales=LOCALES, missing={(3, 2)}), None, AlignmentSettings()
    )


@pytest.fixture(scope="module")
def backbone_folder(tmp_path_factory):
    return save_tiny(tmp_path_factory.mktemp("tiny"))


def by_locale(corpus):
    return Counter(corpus.locales[place] for place in corpus.pairs.locales)


def windows(corpus):
    """Every unit's texts by source and locale, with the runs that its turns are in."""
    lists = corpus.pairs
    found = {}
    for unit in range(len(lists)):
        turns = slice(lists.offsets[unit], lists.offsets[unit + 1])
        texts = [[corpus.texts[int(text)].as_py() for text in row] for row in lists.texts[turns]]
        runs = [
            (int(start - turns.start), int(end - turns.start))
            for start, end in zip(lists.run_starts[turns], lists.run_ends[turns], strict=True)
        ]
        found[corpus.pair_id(unit)] = texts, runs
    return found


def test_units_that_are_taken_keep_their_turns_and_runs(corpus):
    units = np.array([7, 3, 12, 0])
    part = replace(corpus, pairs=corpus.pairs.take(units))
    whole = windows(corpus)
    assert windows(part) == {corpus.pair_id(unit): whole[corpus.pair_id(unit)] for unit in units}
    assert list(windows(part)) == [corpus.pair_id(unit) for unit in units]


def test_all_new_pairs_and_a_share_of_old_ones(corpus):
    mixed = add_replay(corpus, ("de", "fr-FR"), ReplaySettings(share=0.2))
    assert by_locale(mixed) == {"sw-KE": 20, "th-TH": 20, "de-DE": 5, "fr-FR": 5}
    assert mixed.languages == corpus.languages


@pytest.mark.parametrize(("share", "old"), [(0.0, 0), (0.5, 40), (0.9, 40)])
def test_no_more_is_rehearsed_than_there_is(corpus, share, old):
    mixed = by_locale(add_replay(corpus, ("de-DE", "fr-FR"), ReplaySettings(share=share)))
    assert mixed["de-DE"] + mixed["fr-FR"] == old


def test_a_small_language_gives_all_and_the_others_the_rest():
    rows = make_translations(20, locales=LOCALES)
    rows = rows.filter(lambda row: row["locale"] != "de-DE" or row["dialogue_id"] < "1_00002")
    corpus = build_parallel_corpus(make_dialogues(20), rows, None, AlignmentSettings())
    mixed = by_locale(add_replay(corpus, ("de", "fr", "th"), ReplaySettings(share=0.5)))
    assert mixed == {"sw-KE": 20, "de-DE": 2, "fr-FR": 9, "th-TH": 9}


def test_the_draw_is_the_seeds(corpus):
    first, again, other = (
        windows(add_replay(corpus, ("de", "fr"), ReplaySettings(share=0.2, seed=seed))) for seed in (0, 0, 1)
    )
    assert first == again
    assert first != other


@pytest.mark.parametrize("known", [(), LOCALES])
def test_where_nothing_is_new_or_nothing_known_all_pairs_stay(corpus, known):
    assert add_replay(corpus, known, ReplaySettings()) is corpus


def test_a_training_goes_on_from_a_prompt_and_keeps_its_languages(backbone_folder, tmp_path):
    start, _ = align(backbone_folder, tmp_path / "first")
    still = SETTINGS.model_copy(update={"learning_rate": 1e-9, "prompt": PromptSettings(length=7)})
    prompt, curve = align(backbone_folder, tmp_path / "second", still, start=start, locales=("fr-FR",))
    assert torch.allclose(prompt.values, start.values, atol=1e-5)
    assert prompt.header.shape == start.header.shape
    assert prompt.header.languages == ("de-DE", "fr-FR", "sw-KE")
    assert curve.locales == ("fr-FR",)


def test_a_run_from_another_prompt_is_another_run(backbone_folder, tmp_path):
    start, _ = align(backbone_folder, tmp_path / "first")
    align(backbone_folder, tmp_path / "second", start=start)
    with pytest.raises(CheckpointError, match="another run"):
        align(backbone_folder, tmp_path / "second", start=replace(start, values=start.values + 1))


def test_a_prompt_of_another_backbone_is_refused(backbone_folder, tmp_path):
    start, _ = align(backbone_folder, tmp_path / "first")
    identity = start.header.backbone.model_copy(update={"fingerprint": "0" * 64})
    foreign = replace(start, header=start.header.model_copy(update={"backbone": identity}))
    with pytest.raises(PromptFileError, match="another model"):
        align(backbone_folder, tmp_path / "second", start=foreign)
