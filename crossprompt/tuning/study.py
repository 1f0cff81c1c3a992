"""The learning-rate study: for either prompt each rate of the grid once, the same seeds and the same budget."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from optuna.trial import FrozenTrial
from torch import Tensor

from crossprompt.storage.fingerprint import fingerprint_value
from crossprompt.storage.tensors import fingerprint_tensor
from crossprompt.tasks.budget import assert_equal_budgets, budget_of
from crossprompt.tasks.classifier import TunedClassifier
from crossprompt.tasks.records import Budget, Method, TrainingHistory
from crossprompt.tasks.settings import TaskSettings
from crossprompt.tasks.task import Task
from crossprompt.trials.group import OnDone, train_group
from crossprompt.trials.training import TrialSpec
from crossprompt.tuning.grid import Grid, rate_of
from crossprompt.tuning.records import MethodStudy, TrialRecord, TuningResult
from crossprompt.tuning.search import BUDGET, HISTORIES, PromptContender, best_rate, numbers_of_seeds, run_grid
from crossprompt.tuning.settings import TuningSettings
from crossprompt.tuning.storage import open_storage, quiet_optuna, safe_address


def tune_learning_rate(
    task: Task,
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
        contender = PromptContender(task, method, prompt, tuning.seeds, settings)
        run_grid(grid, contender, budgets[method], tuning.trials_at_once)
        studies.append(_record(grid, method))
    assert_equal_budgets({study.method.value: _budget(study) for study in studies})
    return TuningResult(studies=tuple(studies), storage=safe_address(tuning, home))


def study_name(
    method: Method,
    task: Task,
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
        "data": task.fingerprint,
        "backbone": [task.backbone.identity.fingerprint, str(task.backbone.dtype), task.backbone.dropout],
        "prompt": None if prompt is None else fingerprint_tensor(prompt),
        "grid": tuning.learning_rates,
        "seeds": tuning.seeds,
        "settings": settings.model_dump(mode="json", exclude={"seeds"}),
        "code": code_version,
    }
    return f"{method.value}-{fingerprint_value(value)[:16]}"


def train_tuned_classifiers(
    task: Task,
    aligned: Tensor,
    result: TuningResult,
    settings: TaskSettings,
    on_done: OnDone[TunedClassifier] | None = None,
) -> tuple[TunedClassifier, ...]:
    """The final trainings: each method with its own best rate, ``settings.seeds`` and one budget for both.

    Args:
        task: Tokenised data and the frozen backbone.
        aligned: The aligned prompt, ``[layers, 2, heads, P, head_dim]``.
        result: Both studies.
        settings: The budget of each training and the seeds.
        on_done: Called when a training ends, with its place: the aligned ones first, each method in the order of seeds.

    Raises:
        BudgetError: The methods' rates came from unequal studies, or their trainings had different seeds.
    """
    assert_equal_budgets({study.method.value: _budget(study) for study in result.studies})
    lengths = {Method.ALIGNED: prompt_length(aligned), Method.FRESH: settings.prompt.length}
    assert_equal_budgets(
        {method.value: budget_of(settings, settings.seeds, (), length) for method, length in lengths.items()}
    )
    specs = [
        TrialSpec(method, result.best_learning_rate(method), seed, aligned if method is Method.ALIGNED else None)
        for method in (Method.ALIGNED, Method.FRESH)
        for seed in settings.seeds
    ]
    classifiers = train_group(task, specs, settings, on_done=on_done)
    spent = {
        method.value: _spent([c for c in classifiers if c.history.method is method], settings)
        for method in (Method.ALIGNED, Method.FRESH)
    }
    assert_equal_budgets(spent)
    return classifiers


def prompt_length(prompt: Tensor) -> int:
    """Positions of a prompt ``[layers, 2, heads, P, head_dim]``."""
    return int(prompt.shape[-2])


def _spent(classifiers: Sequence[TunedClassifier], settings: TaskSettings) -> Budget:
    """What the final trainings of one method had; their rate was chosen before, so it is no part of it."""
    (length,) = {prompt_length(classifier.prompt) for classifier in classifiers}
    return budget_of(settings, [classifier.history.seed for classifier in classifiers], (), length)


def _record(grid: Grid, method: Method) -> MethodStudy:
    """The study as a record."""
    completed = grid.completed()
    rate, value = best_rate(grid)
    budgets = {f"trial {t.number}": Budget.model_validate(t.user_attrs[BUDGET]) for t in completed}
    assert_equal_budgets(budgets)
    return MethodStudy(
        method=method,
        study_name=grid.study.study_name,
        trials=tuple(_trial_record(trial, method, grid.attempts(rate_of(trial))) for trial in completed),
        best_learning_rate=rate,
        best_value=value,
        budget=next(iter(budgets.values())),
    )


def _trial_record(trial: FrozenTrial, method: Method, attempts: int) -> TrialRecord:
    numbers = numbers_of_seeds.validate_python(trial.user_attrs[HISTORIES])
    return TrialRecord(
        method=method,
        number=trial.number,
        learning_rate=rate_of(trial),
        value=trial.value,
        state=trial.state.name,
        attempts=attempts,
        histories=tuple(TrainingHistory(method=method, **dict(own)) for own in numbers),
    )


def _budget(study: MethodStudy) -> Budget:
    if study.budget is None:
        raise ValueError(f"the study of {study.method.value} doesn't say what its trials could spend")
    return study.budget
