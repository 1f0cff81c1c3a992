"""The study over real (tiny) trainings: resumed, tied, diverged, and fair to both prompts."""

from __future__ import annotations

import dataclasses

import optuna
import pytest
import torch

from crossprompt.tasks.budget import BudgetError
from crossprompt.tasks.records import Method
from crossprompt.tuning import search as search_module
from crossprompt.tuning.grid import Grid
from crossprompt.tuning.records import TuningResult
from crossprompt.tuning.settings import TuningSettings
from crossprompt.tuning.study import study_name, train_tuned_classifiers, tune_learning_rate
from tests.crossprompt.sample_task import QUICK, mini, sample_task

TUNING = TuningSettings(learning_rates=(1e-2, 1e-3), seeds=(0,), heartbeat_seconds=1)


def aligned(length: int = QUICK.prompt.length) -> torch.Tensor:
    return torch.randn(mini().prompt_shape(length).sizes, generator=torch.Generator().manual_seed(3))


def tune(home, tuning=TUNING, settings=QUICK) -> TuningResult:
    return tune_learning_rate(sample_task(), aligned(), tuning, settings, home, code_version="1")


def numbers(result: TuningResult):
    """All that must not depend on what happened on the way."""
    return [
        (
            (study.method, study.study_name, study.best_learning_rate, study.best_value),
            [(t.learning_rate, t.value, [(h.points, h.best_update) for h in t.histories]) for t in study.trials],
        )
        for study in result.studies
    ]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory) -> TuningResult:
    return tune(tmp_path_factory.mktemp("undisturbed"))


def test_both_methods_try_each_rate_once(undisturbed):
    assert [study.method for study in undisturbed.studies] == [Method.ALIGNED, Method.FRESH]
    for study in undisturbed.studies:
        assert [trial.learning_rate for trial in study.trials] == list(TUNING.learning_rates)
        assert all((trial.state, trial.attempts) == ("COMPLETE", 1) for trial in study.trials)
        assert study.best_value == max(trial.value for trial in study.trials)
        assert undisturbed.best_learning_rate(study.method) == study.best_learning_rate
    assert undisturbed.studies[0].budget == undisturbed.studies[1].budget
    assert TuningResult.model_validate_json(undisturbed.model_dump_json()) == undisturbed


def test_prompts_of_different_lengths_are_refused_before_anything_is_spent(tmp_path, undisturbed):
    short = aligned(QUICK.prompt.length - 1)
    with pytest.raises(BudgetError, match=r"prompt_length: 3 \(aligned\) and 4 \(fresh\)"):
        tune_learning_rate(sample_task(), short, TUNING, QUICK, tmp_path)
    assert not list(tmp_path.iterdir())
    with pytest.raises(BudgetError, match="prompt_length"):
        train_tuned_classifiers(sample_task(), short, undisturbed, QUICK)


def test_a_finished_study_is_only_read(tmp_path, monkeypatch):
    first = tune(tmp_path)

    def refuse(*_args, **_kwargs):
        raise AssertionError("a finished study trained again")

    monkeypatch.setattr(search_module, "train_group", refuse)
    assert tune(tmp_path) == first


@pytest.mark.parametrize("stop_at", [1, 4, 8])
def test_an_interrupted_study_ends_with_the_same_numbers(tmp_path, monkeypatch, undisturbed, stop_at):
    looks = 0
    original = search_module._reporter

    def interrupting(trials, seeds, max_updates):
        report = original(trials, seeds, max_updates)

        def count(place, update, accuracy):
            nonlocal looks
            looks += 1
            if looks == stop_at:
                raise KeyboardInterrupt
            report(place, update, accuracy)

        return count

    monkeypatch.setattr(search_module, "_reporter", interrupting)
    with pytest.raises(KeyboardInterrupt):
        tune(tmp_path)
    resumed = tune(tmp_path)
    assert numbers(resumed) == numbers(undisturbed)
    assert sum(trial.attempts for study in resumed.studies for trial in study.trials) == 6


@pytest.mark.parametrize("stop_at", [1, 2, 3])
def test_what_a_group_found_is_told_on_and_not_trained_again(tmp_path, monkeypatch, undisturbed, stop_at):
    told = []
    original = Grid.tell

    def interrupting(grid, trial, value):
        told.append(value)
        if len(told) == stop_at:
            raise KeyboardInterrupt
        original(grid, trial, value)

    monkeypatch.setattr(Grid, "tell", interrupting)
    with pytest.raises(KeyboardInterrupt):
        tune(tmp_path)
    trained = []
    train = search_module.train_group
    monkeypatch.setattr(search_module, "train_group", lambda *a, **k: trained.append(a[1]) or train(*a, **k))
    assert numbers(tune(tmp_path)) == numbers(undisturbed)
    assert [spec.method for specs in trained for spec in specs] == ([Method.FRESH] * 2 if stop_at < 3 else [])


def test_looks_are_seen_in_the_study_and_seeds_follow_each_other(tmp_path):
    result = tune(tmp_path, TuningSettings(learning_rates=(1e-2,), seeds=(0, 1), heartbeat_seconds=1))
    fresh = result.studies[1]
    stored = optuna.load_study(study_name=fresh.study_name, storage=f"sqlite:///{tmp_path / 'optuna.db'}")
    values = stored.trials[0].intermediate_values
    histories = fresh.trials[0].histories
    assert list(values) == [2, 4, 6, 8, 10, 12]
    assert list(values.values()) == [point.dev_accuracy for history in histories for point in history.points]
    assert fresh.trials[0].value == pytest.approx(sum(h.best_dev_accuracy for h in histories) / 2)
    assert stored.user_attrs["method"] == "fresh"
    assert stored.trials[0].user_attrs["budget"]["seeds"] == [0, 1]


def test_of_equal_rates_the_smaller_wins_and_a_diverged_one_counts_little(tmp_path, monkeypatch):
    original = search_module.train_group

    def flat(task, specs, settings, **options):
        broken = torch.full(mini().prompt_shape(QUICK.prompt.length).sizes, float("nan"))
        wild = [dataclasses.replace(s, prompt=broken) if s.learning_rate == 0.1 else s for s in specs]
        return [even(tuned) for tuned in original(task, wild, settings, **options)]

    def even(tuned):
        if tuned.history.diverged_at is not None:
            return tuned
        history = tuned.history.model_copy(update={"best_dev_accuracy": 30.0})
        return dataclasses.replace(tuned, history=history)

    monkeypatch.setattr(search_module, "train_group", flat)
    settings = QUICK.model_copy(update={"max_updates": 2})
    result = tune(tmp_path, TuningSettings(learning_rates=(0.1, 1e-2, 1e-3), seeds=(0,), heartbeat_seconds=1), settings)
    for study in result.studies:
        assert [trial.value for trial in study.trials] == [0.0, 30.0, 30.0]
        assert study.best_learning_rate == 1e-3


def test_the_name_changes_with_what_the_numbers_depend_on():
    def name(method=Method.ALIGNED, prompt=None, tuning=TUNING, settings=QUICK, code="1"):
        return study_name(method, sample_task(), prompt, tuning, settings, code)

    others = [
        name(method=Method.FRESH),
        name(prompt=aligned()),
        name(tuning=TUNING.model_copy(update={"learning_rates": (0.1,)})),
        name(tuning=TUNING.model_copy(update={"seeds": (1,)})),
        name(settings=QUICK.model_copy(update={"shots": 3})),
        name(code="2"),
    ]
    assert len({name(), *others}) == 7
    assert name(settings=QUICK.model_copy(update={"seeds": (5,)})) == name()
    assert name(tuning=TUNING.model_copy(update={"storage": "sqlite:///elsewhere.db"})) == name()


def test_final_trainings_take_each_methods_own_rate_and_the_same_seeds(undisturbed):
    seen = []
    settings = QUICK.model_copy(update={"max_updates": 2})
    tuned = train_tuned_classifiers(
        sample_task(), aligned(), undisturbed, settings, lambda place, own: seen.append((place, own))
    )
    assert [c.key for c in tuned] == [(m, s) for m in (Method.ALIGNED, Method.FRESH) for s in (0, 1)]
    assert all(c.history.learning_rate == undisturbed.best_learning_rate(c.history.method) for c in tuned)
    assert sorted(seen, key=lambda pair: pair[0]) == list(enumerate(tuned))


def test_unequal_budgets_are_refused(undisturbed):
    first, second = undisturbed.studies
    assert second.budget is not None
    richer = second.model_copy(update={"budget": second.budget.model_copy(update={"max_updates": 99})})
    unfair = undisturbed.model_copy(update={"studies": (first, richer)})
    with pytest.raises(BudgetError, match="max_updates"):
        train_tuned_classifiers(sample_task(), aligned(), unfair, QUICK)
