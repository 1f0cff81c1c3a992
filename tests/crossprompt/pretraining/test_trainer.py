from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path

import pytest
import torch

from crossprompt.pretraining.schedule import cosine_factor
from crossprompt.pretraining.settings import PretrainingSettings
from crossprompt.pretraining.trainer import describe_run, pretrain, restore_model
from crossprompt.training.checkpoint import CheckpointError
from crossprompt.training.guard import NonFiniteError
from tests.crossprompt.pretraining import invented


def train(folder: Path, settings: PretrainingSettings) -> tuple[torch.nn.Module, object]:
    run = describe_run(invented.text().fingerprint(), "", settings)
    tokenizer = invented.tokenizer(folder / "tokenizer")
    return pretrain(invented.text(), tokenizer, settings, folder / "run", run=run, device="cpu", progress=False)


def weights_equal(one: torch.nn.Module, other: torch.nn.Module) -> bool:
    return all(torch.equal(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True))


def changed(settings: PretrainingSettings, **training: object) -> PretrainingSettings:
    return settings.model_copy(update={"training": settings.training.model_copy(update=training)})


def test_every_objective_is_learned(tmp_path: Path) -> None:
    settings = changed(invented.settings(60), learning_rate=5e-3, checkpoint_every=1000)
    _, curve = train(tmp_path, settings)
    for name in ("masked_lm", "translation_lm", "bottleneck_source", "bottleneck"):
        early, late = ([getattr(p, name) for p in part] for part in (curve.points[:5], curve.points[-5:]))
        assert sum(late) < 0.8 * sum(early), name
    assert curve.finished
    assert curve.tokens == sum(point.tokens for point in curve.points)


def test_an_objective_that_is_off_has_no_loss(tmp_path: Path) -> None:
    _, curve = train(tmp_path, invented.settings(2, **invented.NO_PAIRS))
    assert math.isnan(curve.points[0].bottleneck)
    assert math.isfinite(curve.points[0].masked_lm)


def test_a_finished_run_is_not_repeated(tmp_path: Path) -> None:
    model, _ = train(tmp_path, invented.settings(3))
    before = (tmp_path / "run" / "checkpoint.json").read_bytes()
    again, curve = train(tmp_path, invented.settings(3))
    assert weights_equal(model, again)
    assert curve.finished
    assert (tmp_path / "run" / "checkpoint.json").read_bytes() == before


def test_time_that_is_up_ends_a_call_and_the_next_goes_on(tmp_path: Path) -> None:
    short = changed(invented.settings(4), max_hours=1e-9)
    steps = [len(train(tmp_path, short)[1].points) for _ in range(4)]
    assert steps == [1, 2, 3, 4]
    assert weights_equal(train(tmp_path, short)[0], train(tmp_path / "other", invented.settings(4))[0])


def test_the_checkpoint_of_another_run_is_refused(tmp_path: Path) -> None:
    train(tmp_path, invented.settings(2))
    with pytest.raises(CheckpointError):
        train(tmp_path, changed(invented.settings(2), seed=1))


def test_nan_stops_with_the_rows_and_keeps_the_last_good_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from crossprompt.pretraining import trainer

    real = trainer.batch_losses
    calls = []

    def spoiled(model: object, batch: object) -> torch.Tensor:
        calls.append(batch)
        losses = real(model, batch)
        return losses * float("nan") if len(calls) == 4 else losses

    monkeypatch.setattr(trainer, "batch_losses", spoiled)
    with pytest.raises(NonFiniteError, match=r"step 3; the batch was .*massive\["):
        train(tmp_path, invented.settings(6))
    kept = restore_model(
        tmp_path / "run",
        describe_run(invented.text().fingerprint(), "", invented.settings(6)),
        invented.settings(6),
        invented.pieces().get_vocab_size(),
    )
    assert kept is not None
    assert len(kept[1].points) == 3
    assert all(torch.isfinite(parameter).all() for parameter in kept[0].parameters())


def test_bfloat16_products_come_close_to_float32(tmp_path: Path) -> None:
    _, exact = train(tmp_path / "exact", invented.settings(4))
    _, coarse = train(tmp_path / "coarse", changed(invented.settings(4), dtype="bfloat16"))
    for one, other in zip(exact.points, coarse.points, strict=True):
        assert one.loss == pytest.approx(other.loss, rel=0.01)


def test_the_schedule() -> None:
    factors = [cosine_factor(step, 100, 0.1, 0.05) for step in range(100)]
    assert factors[0] == pytest.approx(0.1)
    assert factors[9] == factors[10] == pytest.approx(1.0)
    assert factors[55] == pytest.approx(0.525)
    assert factors[99] == pytest.approx(0.05, abs=0.001)
    assert all(later <= earlier for earlier, later in pairwise(factors[10:]))
