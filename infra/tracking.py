"""What goes to MLflow, all at once and from finished results: parameters, metrics, curves, trials, files."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import mlflow
from mlflow.entities import Metric, Param
from mlflow.tracking import MlflowClient

from crossprompt.alignment.records import AlignmentCurve
from crossprompt.evaluation.records import EvaluationResult, MethodScore
from crossprompt.publishing.facts import PublishedCorpus
from crossprompt.publishing.records import PublishedLanguage
from crossprompt.tasks.records import Method, TrainingHistory
from crossprompt.tuning.records import MethodStudy, TrialRecord, TuningResult

MAX_PARAMETER_CHARACTERS = 6000
"""MLflow's limit; the configuration as a file holds everything in full."""
_MAX_BATCH = 1000
_MAX_PARAMETERS = 100
CURVES = ("loss", "mlm_loss", "contrastive_loss", "accuracy", "learning_rate")


def log_parameters(configuration: Mapping[str, Any]) -> None:
    """Log all settings under dotted names, and the whole configuration as ``config.yaml``."""
    run = _active_run()
    client = MlflowClient()
    params = [Param(name, str(value)[:MAX_PARAMETER_CHARACTERS]) for name, value in flatten(configuration)]
    for batch in _batches(params, _MAX_PARAMETERS):
        client.log_batch(run, params=batch)
    mlflow.log_dict(dict(configuration), "config.yaml")


def log_evaluation(result: EvaluationResult) -> None:
    """Log accuracies and gaps per locale and method, the averages, and the pooled tests, in one call."""
    mlflow.log_metrics(evaluation_metrics(result))


def evaluation_metrics(result: EvaluationResult) -> dict[str, float]:
    """Metric names and values: ``accuracy/<locale>`` is the aligned prompt's, ``accuracy_fresh/…`` the other's."""
    metrics: dict[str, float] = {}
    for locale in result.locales:
        for score in locale.methods:
            metrics.update(_score_metrics(score, locale.locale))
        metrics[f"difference/{locale.locale}"] = locale.comparison.difference
        metrics[f"majority/{locale.locale}"] = locale.majority
    for score in result.average:
        metrics.update(_score_metrics(score, "average"))
    metrics |= {
        "majority/average": result.average_majority,
        "difference/pooled": result.pooled.difference,
        "p/pooled": result.pooled.p,
        "p/pooled_mcnemar": result.pooled_mcnemar.p,
    }
    if result.over_seeds is not None:
        metrics["p/over_seeds"] = result.over_seeds.p
    return {name: value for name, value in metrics.items() if math.isfinite(value)}


def log_corpus(corpus: PublishedCorpus) -> None:
    """Log the turns published and refused, by language and in all, and what screening and raters said, in one call."""
    mlflow.log_metrics(corpus_metrics(corpus))


def corpus_metrics(corpus: PublishedCorpus) -> dict[str, float]:
    """Metric names and values: ``published/<locale>``, ``refused/<locale>``, ``retranslated/<locale>`` and totals;
    of a corpus that was screened or rated also those of :meth:`crossprompt.meaning.records.MeaningScreening.metrics`
    and :meth:`crossprompt.rating.records.RatingResult.metrics`.
    """
    metrics: dict[str, float] = {"languages": len(corpus.languages), "left_out": len(corpus.left_out)}
    for name in ("published", "refused", "retranslated"):
        counts = {language.locale: _count(language, name) for language in corpus.languages}
        metrics |= {f"{name}/{locale}": count for locale, count in counts.items()} | {name: sum(counts.values())}
    for result in (corpus.meaning, corpus.rating):
        metrics |= {} if result is None else result.metrics()
    return metrics


def _count(language: PublishedLanguage, name: str) -> int:
    counts = {"published": language.rows, "refused": language.refused, "retranslated": language.retranslated}
    return counts[name]


def log_alignment(curve: AlignmentCurve) -> None:
    """Log the alignment's curve, one value per update and quantity."""
    quantities = ((point, name, getattr(point, name)) for point in curve.points for name in CURVES)
    points = ((f"alignment/{name}", value, point.step) for point, name, value in quantities if value is not None)
    _log_points(_active_run(), points)


def log_trainings(histories: Iterable[TrainingHistory]) -> None:
    """Log the curves of the final trainings, by method and seed."""
    for history in histories:
        _log_points(_active_run(), _training_points(history, f"{history.method.value}/seed_{history.seed}/"))


def log_trials(tuning: TuningResult) -> None:
    """Log every trial of both studies as a nested run: its rate, its value, and what it looked like on the way."""
    for study in tuning.studies:
        for trial in study.trials:
            _log_trial(study, trial)


def log_files(folder: Path, name: str) -> None:
    """Log all files of ``folder`` under ``name``."""
    mlflow.log_artifacts(str(folder), name)


def flatten(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Pairs of dotted name and value for nested mappings."""
    for name, value in values.items():
        if isinstance(value, Mapping) and value:
            yield from flatten(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _log_trial(study: MethodStudy, trial: TrialRecord) -> None:
    with mlflow.start_run(run_name=f"{study.method.value} {trial.learning_rate:g}", nested=True) as run:
        mlflow.log_params(
            {"method": study.method.value, "learning_rate": trial.learning_rate, "study": study.study_name}
            | {"number": trial.number, "state": trial.state, "attempts": trial.attempts}
        )
        if trial.value is not None and math.isfinite(trial.value):
            mlflow.log_metric("dev_accuracy", trial.value)
        for history in trial.histories:
            _log_points(run.info.run_id, _training_points(history, f"seed_{history.seed}/"))


def _training_points(history: TrainingHistory, prefix: str) -> Iterator[tuple[str, float, int]]:
    for point in history.points:
        yield f"{prefix}train_loss", point.train_loss, point.update
        yield f"{prefix}dev_accuracy", point.dev_accuracy, point.update


def _score_metrics(score: MethodScore, where: str) -> dict[str, float]:
    suffix = "" if score.method is Method.ALIGNED else f"_{score.method.value}"
    metrics = {f"accuracy{suffix}/{where}": score.mean, f"gap_to_english{suffix}/{where}": score.gap_to_english}
    return metrics if score.std is None else {**metrics, f"accuracy_std{suffix}/{where}": score.std}


def _log_points(run: str, points: Iterable[tuple[str, float, int]]) -> None:
    client = MlflowClient()
    now = int(time.time() * 1000)
    metrics = (Metric(name, value, timestamp=now, step=step) for name, value, step in points if math.isfinite(value))
    for batch in _batches(metrics, _MAX_BATCH):
        client.log_batch(run, metrics=batch)


def _active_run() -> str:
    run = mlflow.active_run()
    if run is None:
        raise RuntimeError("nothing can be logged to MLflow outside a run")
    return str(run.info.run_id)


def _batches(items: Iterable[Any], size: int) -> Iterator[list[Any]]:
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch
