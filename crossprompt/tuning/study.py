"""The learning-rate study: for either prompt each rate of the grid once, the same seeds and the same budget."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from optuna.trial import FrozenTrial, Trial
from pydantic import TypeAdapter
from torch import Tensor
from tqdm import tqdm

from crossprompt.storage.fingerprint import fingerprint_value
from crossprompt.storage.tensors import fingerprint_tensor
from crossprompt.tasks.budget import assert_equal_budgets, budget_of
from crossprompt.tasks.intent import IntentTask, TunedClassifier, train_intent_classifier
from crossprompt.tasks.records import Budget, Method, TrainingHistory
from crossprompt.tasks.settings import TaskSettings
from crossprompt.tuning.grid import Grid, rate_of
from crossprompt.tuning.records import MethodStudy, TrialRecord, TuningResult
from crossprompt.tuning.settings import TuningSettings
from crossprompt.tuning.storage import open_storage, quiet_optuna, safe_address

logger = logging.getLogger(__name__)

HISTORIES = "histories"
BUDGET = "budget"

_histories = TypeAdapter(tuple[TrainingHistory, ...])

RunTrials = Callable[[Sequence[Trial], Sequence[float]], Sequence[tuple[TrainingHistory, ...]]]
"""Runs a group of trials with the given learning rates; gives the histories of each, one per tuning seed."""


def tune_learning_rate(
    task: IntentTask,
    aligned: Tensor,
    tuning: TuningSettings,
    settings: TaskSettings,
    home: Path,
    code_version: str = "",
) -> TuningResult:
    """Run both studies to their end, or go on with them where a run before was interrupted.

    A trial's value is the mean of ``TrainingHistory.objective`` over the tuning seeds. A trial that is interrupted
    starts afresh, and everything in it is drawn from its seeds, so a resumed study ends with the numbers of an
    undisturbed one.

    Args:
        task: Tokenised data and the frozen backbone.
        aligned: The aligned prompt, ``[layers, 2, heads, P, head_dim]``.
        tuning: Grid, seeds, storage.
        settings: The budget and dropouts of each training.
        home: The folder of the default database.
        code_version: Whatever else names the code; a study is only gone on with if it is the same.

    Raises:
        StudyError: The database can't be opened, or a point failed too often.
        BudgetError: The two methods' trials would have, or had, different budgets, or prompts of different lengths.
    """
    grid_budget = partial(budget_of, settings, tuning.seeds, tuning.learning_rates)
    budgets = {
        Method.ALIGNED: grid_budget(prompt_length(aligned)),
        Method.FRESH: grid_budget(settings.prompt.length),
    }
    assert_equal_budgets({method.value: budget for method, budget in budgets.items()})
    quiet_optuna()
    storage = open_storage(tuning, home)
    studies = []
    for method, prompt in ((Method.ALIGNED, aligned), (Method.FRESH, None)):
        name = study_name(method, task, prompt, tuning, settings, code_version)
        attributes = {"method": method.value, "seeds": list(tuning.seeds), "backbone": task.backbone.identity.name}
        grid = Grid(storage, name, tuning.learning_rates, tuning.max_retries, attributes)
        _run_grid(grid, budgets[method], _trainer(task, method, prompt, tuning, settings))
        studies.append(_record(grid, method))
    assert_equal_budgets({study.method.value: _budget(study) for study in studies})
    return TuningResult(studies=tuple(studies), storage=safe_address(tuning, home))


def study_name(
    method: Method,
    task: IntentTask,
    prompt: Tensor | None,
    tuning: TuningSettings,
    settings: TaskSettings,
    code_version: str,
) -> str:
    """``<method>-<hash>``: the hash is over all that the numbers depend on.

    That is data, backbone and its precision, prompt, grid, tuning seeds, task settings and the version of the code; not
    the seeds of the final trainings, the storage or the retries.
    """
    value = {
        "data": task.data.fingerprint,
        "backbone": [task.backbone.identity.fingerprint, str(task.backbone.dtype), task.backbone.dropout],
        "prompt": None if prompt is None else fingerprint_tensor(prompt),
        "grid": tuning.learning_rates,
        "seeds": tuning.seeds,
        "settings": settings.model_dump(mode="json", exclude={"seeds"}),
        "code": code_version,
    }
    return f"{method.value}-{fingerprint_value(value)[:16]}"


def train_tuned_classifiers(
    task: IntentTask,
    aligned: Tensor,
    result: TuningResult,
    settings: TaskSettings,
    on_training: Callable[[TunedClassifier], None] | None = None,
) -> tuple[TunedClassifier, ...]:
    """The final trainings: each method with its own best rate, ``settings.seeds`` and one budget for both.

    Args:
        task: Tokenised data and the frozen backbone.
        aligned: The aligned prompt, ``[layers, 2, heads, P, head_dim]``.
        result: Both studies.
        settings: The budget of each training and the seeds.
        on_training: Called after each training.

    Raises:
        BudgetError: The methods' rates came from unequal studies, or their trainings had different seeds.
    """
    assert_equal_budgets({study.method.value: _budget(study) for study in result.studies})
    classifiers = []
    plan = [(method, seed) for method in (Method.ALIGNED, Method.FRESH) for seed in settings.seeds]
    for method, seed in tqdm(plan, unit="training", desc="train classifiers"):
        prompt = aligned if method is Method.ALIGNED else None
        rate = result.best_learning_rate(method)
        classifier = train_intent_classifier(task, method, prompt, rate, seed, settings)
        classifiers.append(classifier)
        if on_training is not None:
            on_training(classifier)
    spent = {
        method.value: _spent([c for c in classifiers if c.history.method is method], settings) for method in Method
    }
    assert_equal_budgets(spent)
    return tuple(classifiers)


def prompt_length(prompt: Tensor) -> int:
    """Positions of a prompt ``[layers, 2, heads, P, head_dim]``."""
    return int(prompt.shape[-2])


def _spent(classifiers: Sequence[TunedClassifier], settings: TaskSettings) -> Budget:
    """What the final trainings of one method had; their rate was chosen before, so it is no part of it."""
    (length,) = {prompt_length(classifier.prompt) for classifier in classifiers}
    return budget_of(settings, [classifier.history.seed for classifier in classifiers], (), length)


def _run_grid(grid: Grid, budget: Budget, run_trials: RunTrials) -> None:
    done = len(grid.completed())
    with tqdm(total=len(grid.rates), initial=done, unit="trial", desc=f"tune {grid.study.study_name}") as progress:
        while trials := grid.ask():
            _run_group(grid, trials, budget, run_trials)
            progress.update(len(trials))


def _run_group(grid: Grid, trials: Sequence[Trial], budget: Budget, run_trials: RunTrials) -> None:
    """Run trials and tell their values; if they are interrupted, give them up, so that they are queued again."""
    rates = [rate_of(grid.study.trials[trial.number]) for trial in trials]
    try:
        with grid.heartbeat(trials):
            results = run_trials(trials, rates)
    except BaseException:
        for trial in trials:
            grid.fail(trial)
        raise
    for trial, rate, histories in zip(trials, rates, results, strict=True):
        trial.set_user_attr(BUDGET, budget.model_dump(mode="json"))
        trial.set_user_attr(HISTORIES, _histories.dump_python(histories, mode="json"))
        value = trial_value(histories)
        grid.tell(trial, value)
        logger.info("%s: rate %g: %.2f %% on English dev", grid.study.study_name, rate, value)


def trial_value(histories: Sequence[TrainingHistory]) -> float:
    """Mean objective over the tuning seeds, in percent."""
    return sum(history.objective for history in histories) / len(histories)


def _trainer(
    task: IntentTask, method: Method, prompt: Tensor | None, tuning: TuningSettings, settings: TaskSettings
) -> RunTrials:
    """Runs the trials of a group one after the other."""

    def run(trials: Sequence[Trial], rates: Sequence[float]) -> list[tuple[TrainingHistory, ...]]:
        results = []
        for trial, rate in zip(trials, rates, strict=True):
            histories = []
            for number, seed in enumerate(tuning.seeds):
                report = _reporter(trial, number * settings.max_updates)
                classifier = train_intent_classifier(task, method, prompt, rate, seed, settings, report)
                histories.append(classifier.history)
            results.append(tuple(histories))
        return results

    return run


def _reporter(trial: Trial, offset: int) -> Callable[[int, float], None]:
    """Reports each look to the study; the second seed's updates are counted on from the first's budget."""

    def report(update: int, accuracy: float) -> None:
        trial.report(accuracy, offset + update)

    return report


def _record(grid: Grid, method: Method) -> MethodStudy:
    """The study as a record. Of equally good rates the smaller one wins: the more careful step."""
    completed = grid.completed()
    best = min(completed, key=lambda trial: (-_value(trial), rate_of(trial)))
    budgets = {f"trial {t.number}": Budget.model_validate(t.user_attrs[BUDGET]) for t in completed}
    assert_equal_budgets(budgets)
    return MethodStudy(
        method=method,
        study_name=grid.study.study_name,
        trials=tuple(_trial_record(trial, method, grid.attempts(rate_of(trial))) for trial in completed),
        best_learning_rate=rate_of(best),
        best_value=_value(best),
        budget=next(iter(budgets.values())),
    )


def _trial_record(trial: FrozenTrial, method: Method, attempts: int) -> TrialRecord:
    attributes: Mapping[str, Any] = trial.user_attrs
    return TrialRecord(
        method=method,
        number=trial.number,
        learning_rate=rate_of(trial),
        value=_value(trial),
        state=trial.state.name,
        attempts=attempts,
        histories=_histories.validate_python(attributes[HISTORIES]),
    )


def _value(trial: FrozenTrial) -> float:
    if trial.value is None:
        raise ValueError(f"trial {trial.number} has no value")
    return trial.value


def _budget(study: MethodStudy) -> Budget:
    if study.budget is None:
        raise ValueError(f"the study of {study.method.value} doesn't say what its trials could spend")
    return study.budget
