import math

import pytest
import torch

from crossprompt.training import device, memory
from crossprompt.training.guard import NonFiniteError, check_finite_gradients, check_finite_loss
from crossprompt.training.randomness import derive_seed, numpy_generator, seeded_torch, torch_generator
from crossprompt.training.schedule import warmup_factor
from crossprompt.training.stopping import EarlyStopping

CPU = torch.device("cpu")


@pytest.mark.parametrize(
    ("capable", "ratio", "expected"),
    [(False, 9.0, torch.float32), (True, 9.0, torch.bfloat16), (True, 0.8, torch.float32)],
)
def test_auto_takes_bfloat16_only_where_it_is_there_and_faster(monkeypatch, capable, ratio, expected):
    monkeypatch.setattr(device, "cpu_has_bfloat16", lambda: capable)
    monkeypatch.setattr(device, "bfloat16_speedup", lambda: ratio)
    assert device.choose_dtype("auto", CPU) == expected
    assert device.choose_dtype("float32", CPU) == torch.float32
    assert device.choose_dtype("bfloat16", CPU) == torch.bfloat16


def test_the_speed_of_bfloat16_is_a_measured_number():
    assert 0 < device.bfloat16_speedup() < 1000
    assert device.choose_device("cpu") == CPU


def test_the_allocator_is_left_to_a_user_who_set_it(monkeypatch):
    memory.keep_freed_memory.cache_clear()
    monkeypatch.setenv("MALLOC_ARENA_MAX", "2")
    assert memory.keep_freed_memory() is False
    memory.keep_freed_memory.cache_clear()


def test_generators_depend_on_seed_purpose_and_position_and_nothing_else():
    assert derive_seed(0, "mask", 7) == derive_seed(0, "mask", 7)
    seeds = {derive_seed(s, p, k) for s in range(5) for p in ("mask", "order") for k in range(20)}
    assert len(seeds) == 200
    assert numpy_generator(1, "a", 2).random() == numpy_generator(1, "a", 2).random()
    assert torch.rand(1, generator=torch_generator(1, "a")) == torch.rand(1, generator=torch_generator(1, "a"))


def test_global_generators_are_restored():
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    with seeded_torch(0, "dropout", 3):
        first = torch.rand(1)
    assert torch.rand(1) == expected
    with seeded_torch(0, "dropout", 3):
        assert torch.rand(1) == first


def test_the_rate_rises_in_a_line_and_stays():
    assert [warmup_factor(step, 40, 0.1) for step in range(6)] == [0.25, 0.5, 0.75, 1.0, 1.0, 1.0]
    assert warmup_factor(0, 40, 0.0) == 1.0


def test_early_stopping_keeps_the_first_best():
    stopping = EarlyStopping(patience=2)
    gains = [stopping.update(score, place) for place, score in enumerate([1.0, 3.0, 3.0, 2.0])]
    assert gains == [True, True, False, False]
    assert (stopping.best_position, stopping.best_score, stopping.exhausted) == (1, 3.0, True)


def test_numbers_that_are_none_stop_with_the_ids():
    with pytest.raises(NonFiniteError, match="the loss is NaN or infinite at step 3; the batch was a, b"):
        check_finite_loss(torch.tensor(math.inf), 3, ("a", "b"))


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_one_gradient_that_is_none_among_many_is_seen(bad):
    parameters = [torch.nn.Parameter(torch.zeros(3, 5)) for _ in range(3)] + [torch.nn.Parameter(torch.zeros(0))]
    for parameter in parameters[1:]:
        parameter.grad = torch.full_like(parameter, torch.finfo(torch.float32).max)
    check_finite_gradients(parameters, 1, ("a",))
    parameters[2].grad[1, 4] = bad
    with pytest.raises(NonFiniteError, match="a gradient is NaN or infinite at step 1; the batch was a"):
        check_finite_gradients(parameters, 1, ("a",))
