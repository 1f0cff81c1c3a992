from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch

from crossprompt.alignment.tokens import tokenize_texts
from crossprompt.backbones.tokenizer import BackboneTokenizer
from crossprompt.pretraining.batches import Objective, PretrainingBatch, RowPlan
from crossprompt.pretraining.packing import FIRST_PLACE, PADDED_TOKENS, PackedRows
from crossprompt.pretraining.settings import ObjectiveSettings
from crossprompt.pretraining.text import PretrainingTextError, collect_text
from tests.crossprompt.pretraining import invented

ONLY = {"masked_lm": 0.0, "translation_lm": 0.0, "bottleneck": 0.0}


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> BackboneTokenizer:
    return invented.tokenizer(tmp_path_factory.mktemp("tokenizer"))


def plan(tokenizer: BackboneTokenizer, seed: int = 0, rows: int = 20, **objectives: float) -> RowPlan:
    text = invented.text()
    store = tokenize_texts(text.texts, tokenizer)
    return RowPlan(text, store, tokenizer, ObjectiveSettings(**objectives), rows, seed)


def rows_of(packed: PackedRows) -> list[slice]:
    """Where each row stands."""
    real = int((packed.places < len(packed.slots) - 1).sum())
    bounds = [*packed.starts.tolist(), real]
    return [slice(a, b) for a, b in pairwise(bounds)]


def unmasked(batch: PretrainingBatch, part: int) -> torch.Tensor:
    """The tokens of the first or second part before masking."""
    parts = [batch.first, *([batch.second] if batch.second else [])]
    before = sum(len(packed.masked) for packed in parts[:part])
    ids = parts[part].input_ids.clone()
    ids[parts[part].masked] = batch.targets[before : before + len(parts[part].masked)]
    return ids


def same(first: PretrainingBatch, second: PretrainingBatch) -> bool:
    return torch.equal(first.first.input_ids, second.first.input_ids) and torch.equal(first.targets, second.targets)


def test_a_batch_depends_on_seed_and_step_alone(tokenizer: BackboneTokenizer) -> None:
    ours, again = plan(tokenizer), plan(tokenizer)
    for step in range(3):
        ours.batch(step)
    assert same(ours.batch(7), again.batch(7))
    assert not same(ours.batch(7), ours.batch(8))
    assert not same(ours.batch(7), plan(tokenizer, seed=1).batch(7))


def test_the_shares_are_those_of_the_settings(tokenizer: BackboneTokenizer) -> None:
    batch = plan(tokenizer, masked_lm=0.3, translation_lm=0.2, bottleneck=0.5).batch(0)
    assert len(batch.first.starts) == 20
    assert batch.second is not None
    assert len(batch.second.starts) == 10
    assert batch.sources.tolist() == list(range(10, 20))
    causal = {Objective.CAUSAL_LM, Objective.CAUSAL_TRANSLATION, Objective.CAUSAL_MEANING}
    assert set(batch.objectives.tolist()) == set(map(int, set(Objective) - causal))


def test_masked_lm_alone_sees_no_pairs(tokenizer: BackboneTokenizer) -> None:
    batch = plan(tokenizer, **{**ONLY, "masked_lm": 1.0}).batch(0)
    assert batch.second is None
    assert set(batch.objectives.tolist()) == {int(Objective.MASKED_LM)}
    ids = unmasked(batch, 0)
    assert all((ids[row] == tokenizer.end_id).sum() == 1 for row in rows_of(batch.first))


def test_the_second_half_of_a_pair_counts_its_places_anew(tokenizer: BackboneTokenizer) -> None:
    batch = plan(tokenizer, **{**ONLY, "translation_lm": 1.0}).batch(0)
    ids = unmasked(batch, 0)
    for row in rows_of(batch.first):
        ends = (ids[row] == tokenizer.end_id).nonzero().flatten().tolist()
        length = row.stop - row.start
        assert ends == [ends[0], ends[0] + 1, length - 1]  # <s> A </s></s> B </s>
        left, right = range(ends[0] + 1), range(length - ends[0] - 1)
        assert batch.first.position_ids[row].tolist() == [FIRST_PLACE + place for place in (*left, *right)]


def test_pairs_say_the_same_in_two_languages(tokenizer: BackboneTokenizer) -> None:
    batch = plan(tokenizer, **{**ONLY, "bottleneck": 1.0}).batch(0)
    assert batch.second is not None
    texts = invented.text().texts.to_pylist()
    groups = {
        text: row
        for row, numbers in enumerate(invented.text().utterances.texts)
        for text in map(texts.__getitem__, numbers)
    }
    decode = tokenizer._tokenizer.decode
    sides = [
        [decode(unmasked(batch, part)[row], skip_special_tokens=True) for row in rows_of(packed)]
        for part, packed in enumerate((batch.first, batch.second))
    ]
    for left, right in zip(*sides, strict=True):
        assert left != right
        assert groups[left] == groups[right]


def test_masks_follow_their_shares(tokenizer: BackboneTokenizer) -> None:
    ours = plan(tokenizer, rows=200, masked_lm=0.0, translation_lm=0.0, bottleneck=1.0, bottleneck_mask=0.6)
    batch = ours.batch(0)
    assert batch.second is not None
    for packed, share in ((batch.first, 0.15), (batch.second, 0.6)):
        ordinary = sum(row.stop - row.start - 2 for row in rows_of(packed))
        assert abs(len(packed.masked) / ordinary - share) < 0.05
    starts = set(batch.second.starts.tolist())
    assert not starts & set(batch.second.masked.tolist())


def test_windows_stay_in_their_dialogue(tokenizer: BackboneTokenizer) -> None:
    batch = plan(tokenizer, rows=60, **{**ONLY, "masked_lm": 1.0, "dialogue_share": 1.0}).batch(0)
    found = {
        tokenizer._tokenizer.decode(unmasked(batch, 0)[row], skip_special_tokens=True) for row in rows_of(batch.first)
    }
    first, second = ("wake me", "at nine", "thanks"), ("some jazz", "off")
    windows = {" ".join(d[a:b]) for d in (first, second) for a in range(len(d)) for b in range(a + 1, len(d) + 1)}
    assert found <= windows
    assert "wake me at nine thanks" in found


def test_the_padded_layout_holds_each_token_once(tokenizer: BackboneTokenizer) -> None:
    packed = plan(tokenizer).batch(0).first
    assert len(packed.input_ids) % PADDED_TOKENS == 0
    real = np.flatnonzero(packed.places.numpy() < len(packed.slots) - 1)
    assert packed.slots[packed.places[real]].tolist() == real.tolist()
    assert sum(int(chunk.visible.sum()) for chunk in packed.chunks) == len(real)
    assert sum(chunk.rows * chunk.length for chunk in packed.chunks) == len(packed.slots) - 1


def test_pairs_are_asked_for_where_there_are_none(tokenizer: BackboneTokenizer) -> None:
    english = invented.utterances().filter(lambda row: row["locale"] == "en-US")
    text = collect_text(english, None, None, invented.CORPORA)
    with pytest.raises(PretrainingTextError, match="need pairs"):
        RowPlan(text, tokenize_texts(text.texts, tokenizer), tokenizer, ObjectiveSettings(), 8, 0)


def test_long_texts_are_cut(tokenizer: BackboneTokenizer, tmp_path: Path) -> None:
    batch = plan(tokenizer, max_tokens=8, max_pair_tokens=8).batch(0)
    lengths = [row.stop - row.start for row in rows_of(batch.first)]
    assert max(lengths) <= 16
