"""Studies that people can read: a note, the report, and both prompts side by side."""

from __future__ import annotations

import warnings
from pathlib import Path

import optuna
import pytest
from optuna.storages import RDBStorage
from optuna_dashboard import get_note

from crossprompt.tasks.records import Method, TrainingHistory
from crossprompt.tuning.records import MethodStudy, TrialRecord, TuningResult
from infra.study_notes import ORIGIN, annotate_studies, artifact_names, method_note

RATES = {Method.ALIGNED: {0.1: 41.25, 0.01: 57.5}, Method.FRESH: {0.1: 30.0, 0.01: 12.5}}
CONFIGURATION = {"task": {"shots": 5}, "tuning": {"storage": None}}


def record(method: Method, number: int, rate: float, value: float) -> TrialRecord:
    history = TrainingHistory(
        method=method, seed=0, learning_rate=rate, points=(), best_update=40, best_dev_accuracy=value, updates=40,
        stopped_early=False, seconds=1.0,
    )  # fmt: skip
    return TrialRecord(
        method=method, number=number, learning_rate=rate, value=value, state="COMPLETE", attempts=1,
        histories=(history,),
    )  # fmt: skip


def study(storage: RDBStorage, method: Method) -> MethodStudy:
    """A finished study of one prompt."""
    name = f"{method.value}-4567"
    made = optuna.create_study(storage=storage, study_name=name, direction="maximize")
    for rate, value in RATES[method].items():
        made.enqueue_trial({"learning_rate": rate})
        trial = made.ask()
        trial.suggest_categorical("learning_rate", list(RATES[method]))
        trial.report(value / 2, 20)
        trial.report(value, 40)
        made.tell(trial, value)
    trials = tuple(record(method, number, *pair) for number, pair in enumerate(RATES[method].items()))
    best = max(trials, key=lambda trial: trial.value or 0.0)
    return MethodStudy(
        method=method, study_name=name, trials=trials, best_learning_rate=best.learning_rate, best_value=best.value
    )  # fmt: skip


@pytest.fixture
def storage(tmp_path: Path) -> RDBStorage:
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return RDBStorage(f"sqlite:///{tmp_path}/optuna.db")


@pytest.fixture
def tuning(storage: RDBStorage) -> TuningResult:
    return TuningResult(studies=tuple(study(storage, method) for method in RATES), storage="sqlite:///optuna.db")


@pytest.fixture
def report(tmp_path: Path) -> Path:
    page = tmp_path / "report.html"
    page.write_text("<p>numbers</p>", encoding="utf-8")
    return page


def stored(storage: RDBStorage, name: str, folder: Path) -> list[str]:
    """What the study's artifacts hold."""
    found = artifact_names(storage, storage.get_study_id_from_name(name))
    assert set(found.values()) <= {"report.html"}
    return [(folder / artifact).read_text(encoding="utf-8") for artifact in found]


def test_every_study_gets_a_note_and_the_report(
    storage: RDBStorage, tuning: TuningResult, report: Path, tmp_path: Path
) -> None:
    both = annotate_studies(storage, tuning, CONFIGURATION, report, tmp_path / "files")
    for name in (both, "aligned-4567", "fresh-4567"):
        note = get_note(optuna.load_study(storage=storage, study_name=name))
        assert "```yaml\ntask:\n  shots: 5\ntuning:\n  storage: null\n```" in note
        assert stored(storage, name, tmp_path / "files") == ["<p>numbers</p>"]
    note = get_note(optuna.load_study(storage=storage, study_name="aligned-4567"))
    assert "**Best: 0.01, with 57.5 %.**" in note
    assert "| 0.1 | 41.2 | 1 |" in note
    assert f"`{both}`" in note


def test_both_prompts_stand_side_by_side_with_a_meaningful_importance(
    storage: RDBStorage, tuning: TuningResult, report: Path
) -> None:
    name = annotate_studies(storage, tuning, CONFIGURATION, report, None)
    both = optuna.load_study(storage=storage, study_name=name)
    found = {(t.params["prompt"], t.params["learning_rate"]): t for t in both.trials}
    assert {key: trial.value for key, trial in found.items()} == {
        (method.value, rate): value for method, values in RATES.items() for rate, value in values.items()
    }
    assert found["aligned", 0.01].intermediate_values == {20: 57.5 / 2, 40: 57.5}
    original = optuna.load_study(storage=storage, study_name="aligned-4567").trials[1]
    assert found["aligned", 0.01].user_attrs[ORIGIN] == "aligned-4567 1"
    assert found["aligned", 0.01].datetime_start == original.datetime_start
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        importance = optuna.importance.get_param_importances(both)
    assert set(importance) == {"prompt", "learning_rate"}


def test_doing_it_again_changes_nothing_and_a_newer_report_takes_the_place_of_the_older(
    storage: RDBStorage, tuning: TuningResult, report: Path, tmp_path: Path
) -> None:
    files = tmp_path / "files"
    name = annotate_studies(storage, tuning, CONFIGURATION, report, files)
    first = sorted(files.iterdir())
    assert annotate_studies(storage, tuning, CONFIGURATION, report, files) == name
    assert sorted(files.iterdir()) == first
    assert len(optuna.load_study(storage=storage, study_name=name).trials) == 4
    report.write_text("<p>newer numbers</p>", encoding="utf-8")
    annotate_studies(storage, tuning, {"task": {"shots": 3}}, report, files)
    assert len(list(files.iterdir())) == len(first)
    assert stored(storage, name, files) == ["<p>newer numbers</p>"]
    assert "shots: 3" in get_note(optuna.load_study(storage=storage, study_name=name))


def test_where_other_machines_look_no_file_of_this_one_is_named(
    storage: RDBStorage, tuning: TuningResult, report: Path, tmp_path: Path
) -> None:
    annotate_studies(storage, tuning, CONFIGURATION, report, None)
    assert stored(storage, "aligned-4567", tmp_path) == []
    note = get_note(optuna.load_study(storage=storage, study_name="aligned-4567"))
    assert "The run's report is in ZenML and in MLflow." in note


def test_a_storage_without_the_studies_is_left_alone(tuning: TuningResult, report: Path, tmp_path: Path) -> None:
    other = RDBStorage(f"sqlite:///{tmp_path}/other.db")
    with pytest.raises(KeyError):
        annotate_studies(other, tuning, CONFIGURATION, report, tmp_path / "files")
    assert optuna.get_all_study_names(other) == []
    assert not (tmp_path / "files").exists()


def test_the_note_says_what_a_trial_is(tuning: TuningResult) -> None:
    note = method_note(tuning.studies[1], "both-4567", "elsewhere", "a: 1")
    assert note.startswith("## Learning rates of the fresh prompt\n\nEach of 2 rates was tried once.")
    assert "the mean over 1 seed" in note
