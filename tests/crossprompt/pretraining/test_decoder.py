"""A decoder of our own: rows of next tokens, the packed forward against transformers', words as pieces, its files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional

from crossprompt.alignment.tokens import tokenize_texts
from crossprompt.backbones.decoder import load_decoder
from crossprompt.backbones.settings import BackboneSettings
from crossprompt.backbones.tokenizer import BackboneTokenizer
from crossprompt.pretraining.batches import Objective, PretrainingBatch
from crossprompt.pretraining.card import write_card
from crossprompt.pretraining.causal import CausalRowPlan, piece_information
from crossprompt.pretraining.export import export_model, export_tokenizer
from crossprompt.pretraining.judge_decoder import judge_decoder
from crossprompt.pretraining.model import fresh_model
from crossprompt.pretraining.records import PretrainingCurve
from crossprompt.pretraining.settings import (
    ModelSettings,
    ObjectiveSettings,
    PretrainingSettings,
    TrainingSettings,
    VocabularySettings,
)
from crossprompt.pretraining.tokenizer import train_tokenizer
from crossprompt.pretraining.trainer import batch_losses, describe_run, pretrain
from crossprompt.settings import SettingsError
from tests.crossprompt.pretraining import invented
from tests.crossprompt.pretraining.test_batches import rows_of

CAUSAL = {"masked_lm": 0.0, "translation_lm": 0.0, "bottleneck": 0.0, "causal_lm": 0.5, "causal_translation": 0.5}
WORDS = ("science", "Geography")


def settings(steps: int = 6, **training: object) -> PretrainingSettings:
    small = invented.settings(steps)
    return PretrainingSettings.parse(
        {
            "model": {**small.model.model_dump(), "kind": "decoder"},
            "objectives": CAUSAL,
            "training": {**small.training.model_dump(), **training},
        },
        "pretraining",
    )


@pytest.fixture(scope="module")
def batch(tmp_path_factory: pytest.TempPathFactory) -> PretrainingBatch:
    tokenizer = invented.tokenizer(tmp_path_factory.mktemp("tokenizer"))
    store = tokenize_texts(invented.text().texts, tokenizer)
    return CausalRowPlan(invented.text(), store, tokenizer, settings().objectives, 40, 0).batch(0)


def model() -> torch.nn.Module:
    fresh = fresh_model(settings().model, invented.pieces().get_vocab_size(), seed=0)
    with torch.no_grad():
        for parameter in fresh.parameters():
            parameter.add_(0.05 * torch.randn(parameter.shape, generator=torch.Generator().manual_seed(1)))
    return fresh


def plain_losses(ours: torch.nn.Module, batch: PretrainingBatch) -> Tensor:
    """Row by row through transformers, all logits."""
    losses = []
    for row in rows_of(batch.first):
        ids = batch.first.input_ids[None, row]
        logits = ours(input_ids=ids, use_cache=False).logits[0, :-1]
        losses.append(functional.cross_entropy(logits, ids[0, 1:], reduction="none"))
    return torch.cat(losses)


def test_a_row_tells_each_token_but_the_first_and_pairs_stand_one_behind_the_other(batch: PretrainingBatch) -> None:
    rows = rows_of(batch.first)
    assert len(rows) == 40
    ids = batch.first.input_ids
    assert torch.equal(batch.targets, torch.cat([ids[row.start + 1 : row.stop] for row in rows]))
    assert set(batch.objectives.tolist()) == {int(Objective.CAUSAL_LM), int(Objective.CAUSAL_TRANSLATION)}
    single, pair = rows[0], rows[-1]
    assert (ids[single] == 2).sum() == 1
    assert (ids[pair] == 2).sum() == 2
    assert batch.first.position_ids[pair].tolist() == list(range(2, 2 + pair.stop - pair.start))


def test_losses_and_gradients_are_those_of_the_plain_model(batch: PretrainingBatch) -> None:
    ours, plain = model(), model()
    packed, alone = batch_losses(ours, batch), plain_losses(plain, batch)
    torch.testing.assert_close(packed, alone, atol=1e-5, rtol=1e-5)
    packed.mean().backward()
    alone.mean().backward()
    others = dict(plain.named_parameters())
    for name, parameter in ours.named_parameters():
        assert parameter.grad is not None, name
        torch.testing.assert_close(parameter.grad, others[name].grad, atol=1e-6, rtol=1e-4, msg=name)


def meaning_plan(tokenizer: BackboneTokenizer, pieces: int = 3) -> CausalRowPlan:
    store = tokenize_texts(invented.text().texts, tokenizer)
    wanted = ObjectiveSettings(**{**CAUSAL, "causal_translation": 0.0, "causal_meaning": 0.5}, meaning_pieces=pieces)
    return CausalRowPlan(invented.text(), store, tokenizer, wanted, 40, 0)


def test_the_end_of_a_text_tells_pieces_of_its_translation_and_nothing_else_is_asked_of_it(tmp_path: Path) -> None:
    tokenizer = invented.tokenizer(tmp_path)
    text = invented.text()
    texts = tokenizer.pieces(text.texts.to_pylist())
    found = meaning_plan(tokenizer).batch(0)
    told = found.objectives == int(Objective.CAUSAL_MEANING)
    ids, places, lone = found.first.input_ids, found.first.masked, rows_of(found.first)[20:]
    assert torch.equal(found.targets[~told], torch.cat([ids[row.start + 1 : row.stop] for row in lone]))
    for name, row in zip(found.ids[:20], rows_of(found.first), strict=False):
        first, second = (int(part.split("[")[1].rstrip("]")) for part in name.split(" = "))
        assert ids[row].tolist() == tokenizer.wrap(texts[first])
        targets = found.targets[places == row.stop - 1].tolist()
        assert len(targets) == len(set(targets)) == min(3, len(set(texts[second])))
        assert set(targets) <= set(texts[second]), name
        assert not ((places >= row.start) & (places < row.stop - 1)).any()


def test_a_text_of_fewer_pieces_tells_them_all_and_rare_ones_come_first(tmp_path: Path) -> None:
    tokenizer = invented.tokenizer(tmp_path)
    store = tokenize_texts(invented.text().texts, tokenizer)
    information = piece_information(invented.text(), store, tokenizer.vocabulary_size)
    parallel = invented.text().utterances.texts
    in_ids = [set(store.join(row[row >= 0]).tolist()) for row in parallel]
    for piece in range(tokenizer.vocabulary_size):
        held = sum(piece in pieces for pieces in in_ids)
        assert information[piece] == pytest.approx(max(np.log((len(in_ids) + 1) / (held + 1)), 1e-3))
    plan = meaning_plan(tokenizer, pieces=1000)
    assert (plan.batch(1).objectives == int(Objective.CAUSAL_MEANING)).any()
    drawn = [meaning_plan(tokenizer, pieces=1).batch(step) for step in range(30)]
    chosen = torch.cat([one.targets[one.objectives == int(Objective.CAUSAL_MEANING)] for one in drawn]).numpy()
    everything = torch.cat(
        [one.targets[one.objectives == int(Objective.CAUSAL_MEANING)] for one in (plan.batch(s) for s in range(30))]
    ).numpy()
    assert information[chosen].mean() > 1.1 * information[everything].mean()


def test_meaning_is_learned_and_embeddings_keep_of_their_start_what_their_rate_says(tmp_path: Path) -> None:
    shares = {**CAUSAL, "causal_lm": 0.25, "causal_translation": 0.25, "causal_meaning": 0.5}

    def moved(rate: float, folder: Path) -> tuple[float, PretrainingCurve]:
        wanted = settings(60, learning_rate=5e-3, checkpoint_every=1000, embedding_rate=rate)
        wanted = wanted.model_copy(update={"objectives": ObjectiveSettings(**shares)})
        trained, curve = train(folder, wanted)
        stopped, _ = train(folder / "start", wanted.model_copy(update={"training": at_once(wanted)}))
        pair = [one.get_input_embeddings().weight.detach() for one in (trained, stopped)]
        return float((pair[0] - pair[1]).norm() / pair[1].norm()), curve

    whole, curve = moved(1.0, tmp_path / "whole")
    early, late = ([point.causal_meaning for point in part] for part in (curve.points[:5], curve.points[-5:]))
    assert sum(late) < 0.9 * sum(early)
    slow, _ = moved(0.05, tmp_path / "slow")
    assert moved(0.0, tmp_path / "still")[0] == 0
    assert 0 < slow < 0.2 * whole


@pytest.mark.parametrize("kind", ["encoder", "decoder"])
def test_the_deviation_of_the_start_is_that_of_the_embeddings_alone(kind: str) -> None:
    plain = ModelSettings.model_validate({**settings().model.model_dump(), "kind": kind})
    ours, wide = (
        fresh_model(shape, 900, seed=0) for shape in (plain, plain.model_copy(update={"embedding_deviation": 0.08}))
    )
    words = ours.get_input_embeddings().weight.detach()
    assert float(words[5:].std()) == pytest.approx(0.02, rel=0.05)
    for (name, one), other in zip(ours.named_parameters(), wide.parameters(), strict=True):
        assert torch.allclose(one * (4 if one.data_ptr() == words.data_ptr() else 1), other), name


def at_once(wanted: PretrainingSettings) -> TrainingSettings:
    """One update that changes nothing that can be seen."""
    return wanted.training.model_copy(update={"max_steps": 1, "learning_rate": 1e-12})


def train(folder: Path, wanted: PretrainingSettings) -> tuple[torch.nn.Module, PretrainingCurve]:
    run = describe_run(invented.text().fingerprint(), "", wanted)
    tokenizer = invented.tokenizer(folder / "tokenizer")
    return pretrain(invented.text(), tokenizer, wanted, folder / "run", run=run, device="cpu", progress=False)


def test_both_objectives_are_learned(tmp_path: Path) -> None:
    _, curve = train(tmp_path, settings(60, learning_rate=5e-3, checkpoint_every=1000))
    for name in ("causal_lm", "causal_translation"):
        early, late = ([getattr(p, name) for p in part] for part in (curve.points[:5], curve.points[-5:]))
        assert sum(late) < 0.8 * sum(early), name
    assert np.isnan(curve.points[0].masked_lm)


def test_a_run_that_is_interrupted_comes_to_the_same_weights(tmp_path: Path) -> None:
    short = settings(4, max_hours=1e-9)
    for _ in range(4):
        resumed, curve = train(tmp_path, short)
    undisturbed, _ = train(tmp_path / "other", settings(4))
    assert curve.finished
    pairs = zip(resumed.parameters(), undisturbed.parameters(), strict=True)
    assert all(torch.equal(one, other) for one, other in pairs)


def test_words_are_single_pieces_and_nothing_stands_behind_a_text() -> None:
    wanted = VocabularySettings(pieces=900, words=WORDS)
    open_ended = train_tokenizer(invented.text(), wanted, seed=0, closing=False)
    assert open_ended.encode("science geography").tokens == ["<s>", "▁science", "▁geography"]
    closed = train_tokenizer(invented.text(), VocabularySettings(pieces=900), seed=0)
    assert len(closed.encode("science").tokens) > 3
    assert closed.encode("wake me up").tokens[-1] == "</s>"
    with pytest.raises(ValueError, match="has a blank in it"):
        train_tokenizer(invented.text(), VocabularySettings(pieces=900, words=("two words",)), seed=0)


def test_what_is_exported_computes_the_same_as_a_frozen_decoder(tmp_path: Path) -> None:
    trained, curve = train(tmp_path, settings(2))
    folder = tmp_path / "decoder"
    export_tokenizer(train_tokenizer(invented.text(), VocabularySettings(pieces=900), 0, closing=False), folder, 64)
    export_model(trained, folder)
    decoder = load_decoder(BackboneSettings(name=str(folder), dtype="float32"), device="cpu")
    assert (decoder.sizes, decoder.tokenizer.opening) == ((32, 64, 2, 2), (0,))
    tokens = decoder.tokenizer.batch(["wake me up", "jazz"], 1)
    plain = trained(input_ids=tokens.input_ids[:1]).logits
    found = decoder.next_logits(tokens.input_ids, tokens.attention_mask)[:1]
    torch.testing.assert_close(found, plain, atol=2e-2, rtol=1e-2)  # weights are stored in half precision
    judgement = judge_decoder(decoder, invented.utterances(), 2)
    assert set(judgement.losses) == set(invented.LOCALES)
    (ids,) = decoder.tokenizer.encode([invented.DEV_TEXT])
    logits = decoder.model(input_ids=torch.tensor([ids])).logits[0, :-1]
    expected = float(functional.cross_entropy(logits, torch.tensor(ids[1:])))
    assert judgement.losses["en-US"] == pytest.approx(expected, abs=1e-4)
    card = write_card("toy-decoder", folder, settings(2), [], curve, judgement)
    for words in ("causal language model", "XGLM: 2 layers", "AutoModelForCausalLM", "causal_translation", "| de-DE |"):
        assert words in card
    assert "masked language" not in card


def test_objectives_must_fit_the_model() -> None:
    with pytest.raises(SettingsError, match="'encoder' learns from masked_lm, translation_lm and bottleneck alone"):
        PretrainingSettings.parse({"objectives": CAUSAL}, "pretraining")
    with pytest.raises(
        SettingsError, match="'decoder' learns from causal_lm, causal_translation and causal_meaning al"
    ):
        PretrainingSettings.parse({"model": ModelSettings(kind="decoder")}, "pretraining")
    with pytest.raises(SettingsError, match=r"must add up to 1, not 1\.5"):
        PretrainingSettings.parse({"objectives": {**CAUSAL, "causal_lm": 1.0}}, "pretraining")
