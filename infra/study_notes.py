"""What makes the studies of learning rates readable in the Optuna dashboard, written when their run is over.

Each study gets a note with what was tried and how, and the run's report as an artifact. A further study puts the trials
of both prompts side by side with the prompt as a second parameter: in a study of one parameter the dashboard's
importance says nothing, in this one it says whether the prompt or the rate matters more.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import optuna
import yaml
from optuna.artifacts import FileSystemArtifactStore, upload_artifact
from optuna.distributions import CategoricalDistribution, FloatDistribution
from optuna.storages import RDBStorage
from optuna.trial import FrozenTrial, create_trial
from optuna_dashboard import save_note

from crossprompt.reports.formats import number, plural, rate
from crossprompt.storage.fingerprint import fingerprint_value
from crossprompt.tasks.records import Method
from crossprompt.tuning.records import MethodStudy, TrialRecord, TuningResult

RATE, PROMPT, ORIGIN = "learning_rate", "prompt", "trial_of"
_ATTRIBUTE: Final = "artifacts:"
"""Prefix of the study attributes under which Optuna keeps what it knows of an artifact."""


def annotate_studies(
    storage: RDBStorage,
    tuning: TuningResult,
    configuration: Mapping[str, Any],
    report: Path,
    artifacts: Path | None,
) -> str:
    """Write notes, artifacts and the study of both prompts; doing it again replaces what has changed and no more.

    Args:
        storage: Holds both studies of ``tuning``.
        tuning: What they found.
        configuration: All settings of the run, without secrets.
        report: The run's page.
        artifacts: Where the report is put for the dashboard; None: nowhere, as other machines would not find it.

    Returns:
        The name of the study of both prompts.

    Raises:
        KeyError: The storage has not both studies; nothing was written then.
    """
    studies = {name: optuna.load_study(storage=storage, study_name=name) for name in _names(tuning)}
    both = _combine(storage, tuning, studies)
    settings = yaml.safe_dump(dict(configuration), sort_keys=False, allow_unicode=True)
    place = "in ZenML and in MLflow" if artifacts is None else "among the study's artifacts, in ZenML and in MLflow"
    for method_study in tuning.studies:
        study = studies[method_study.study_name]
        _annotate(study, method_note(method_study, both.study_name, place, settings), report, artifacts, storage)
    _annotate(both, both_note(tuning, settings), report, artifacts, storage)
    return both.study_name


def method_note(study: MethodStudy, both: str, place: str, settings: str) -> str:
    """The note (Markdown) of one prompt's study.

    Args:
        study: What was found.
        both: The name of the study of both prompts.
        place: Where the run's report is.
        settings: The configuration as YAML.
    """
    seeds = len(study.trials[0].histories)
    lines = [
        f"## Learning rates of the {study.method.value} prompt",
        "",
        f"Each of {plural(len(study.trials), 'rate')} was tried once. A trial's value is accuracy on English dev in "
        f"percent, the mean over {plural(seeds, 'seed')}. **Best: {rate(study.best_learning_rate)}, with "
        f"{number(study.best_value)} %.**",
        "",
        *_table(study.trials),
        "",
        "- *Intermediate values* are accuracy on English dev after so many updates; further seeds follow the first.",
        f"- *Importance* says nothing in a study of one parameter. In the study `{both}` both prompts stand side by "
        "side: there it says whether the prompt or the rate matters more.",
        f"- The run's report is {place}.",
    ]
    return _with_settings(lines, settings)


def both_note(tuning: TuningResult, settings: str) -> str:
    """The note (Markdown) of the study of both prompts."""
    lines = [
        "## Both prompts, side by side",
        "",
        "The trials of the two studies of this run, with the prompt as a second parameter; nothing was trained for it.",
        "",
        "| prompt | study | best rate | English dev |",
        "|---|---|---:|---:|",
        *(
            f"| {s.method.value} | `{s.study_name}` | {rate(s.best_learning_rate)} | {number(s.best_value)} % |"
            for s in tuning.studies
        ),
        "",
        "- *Importance* compares what the choice of the prompt and that of the rate do to the accuracy on English dev. "
        "It says nothing of other languages: the report does.",
        "- *Intermediate values* are accuracy on English dev after so many updates; further seeds follow the first.",
    ]
    return _with_settings(lines, settings)


def _with_settings(lines: list[str], settings: str) -> str:
    return "\n".join([*lines, "", "### Configuration", "", "```yaml", settings.rstrip(), "```", ""])


def _table(trials: tuple[TrialRecord, ...]) -> list[str]:
    rows = [f"| {rate(t.learning_rate)} | {number(t.value)} | {t.attempts} |" for t in trials]
    return ["| learning rate | English dev, % | attempts |", "|---:|---:|---:|", *rows]


def _names(tuning: TuningResult) -> list[str]:
    return [study.study_name for study in tuning.studies]


def _combine(storage: RDBStorage, tuning: TuningResult, studies: Mapping[str, optuna.Study]) -> optuna.Study:
    """The study of both prompts with all their completed trials."""
    name = f"both-{fingerprint_value(_names(tuning))[:16]}"
    both = optuna.create_study(storage=storage, study_name=name, direction="maximize", load_if_exists=True)
    present = {trial.user_attrs.get(ORIGIN) for trial in both.get_trials(deepcopy=False)}
    rates = [trial.learning_rate for study in tuning.studies for trial in study.trials]
    distributions = {
        RATE: FloatDistribution(min(rates), max(rates), log=True),
        PROMPT: CategoricalDistribution([method.value for method in Method if method in _methods(tuning)]),
    }
    for study in tuning.studies:
        found = {trial.number: trial for trial in studies[study.study_name].get_trials()}
        for record in study.trials:
            origin = f"{study.study_name} {record.number}"
            if origin not in present:
                both.add_trial(_copied(found[record.number], record, study.method, origin, distributions))
    return both


def _methods(tuning: TuningResult) -> set[Method]:
    return {study.method for study in tuning.studies}


def _copied(
    trial: FrozenTrial, record: TrialRecord, method: Method, origin: str, distributions: dict[str, Any]
) -> FrozenTrial:
    """A trial of one study as one of the study of both; its own times stay."""
    made = create_trial(
        params={RATE: record.learning_rate, PROMPT: method.value},
        distributions=distributions,
        value=record.value,
        intermediate_values=trial.intermediate_values,
        user_attrs={ORIGIN: origin},
    )
    made.datetime_start, made.datetime_complete = trial.datetime_start, trial.datetime_complete
    return made


def _annotate(study: optuna.Study, note: str, report: Path, artifacts: Path | None, storage: RDBStorage) -> None:
    save_note(study, note)
    if artifacts is not None:
        _attach(study, report, FileSystemArtifactStore(artifacts), artifacts, storage)


def _attach(study: optuna.Study, file: Path, store: FileSystemArtifactStore, folder: Path, storage: RDBStorage) -> None:
    """Make ``file`` the study's artifact of this name, in place of an older one."""
    folder.mkdir(parents=True, exist_ok=True)
    identity = storage.get_study_id_from_name(study.study_name)
    known = artifact_names(storage, identity)
    own = [artifact for artifact, name in known.items() if name == file.name]
    if any(_holds(folder / artifact, file) for artifact in own):
        return
    upload_artifact(artifact_store=store, file_path=str(file), study_or_trial=study, mimetype="text/html")
    for artifact in own:
        # as the dashboard itself deletes one
        storage.set_study_system_attr(identity, f"{_ATTRIBUTE}{artifact}", "null")
        (folder / artifact).unlink(missing_ok=True)


def artifact_names(storage: RDBStorage, study: int) -> dict[str, str]:
    """The artifacts of the study with the number ``study``: their names by their identities.

    Optuna's own list fails where one was deleted.
    """
    attributes = storage.get_study_system_attrs(study)
    found = [json.loads(value) for key, value in attributes.items() if key.startswith(_ATTRIBUTE)]
    return {meta["artifact_id"]: meta["filename"] for meta in found if meta is not None}


def _holds(stored: Path, file: Path) -> bool:
    return stored.is_file() and stored.read_bytes() == file.read_bytes()
