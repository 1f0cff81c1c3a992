"""Witnesses of a comparison: one tuned model per cell beside the tables, so that anyone can compute its number anew.

Usage: python -m tools.witnesses keep  CONFIG OUT    after a run of compare_methods with CONFIG
       python -m tools.witnesses check OUT           what is kept, and what this machine makes of it

``OUT`` is a folder under ``results/``; a witness is ``OUT/witnesses/<cell>/``: the prompt and the head of one seed as
safetensors, and ``witness.json`` with what it scored in one locale. Fine-tuned models are as large as the backbone and
are not kept.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterator
from pathlib import Path

from datasets import Dataset

from console.config import sections_of
from crossprompt.backbones.encoder import Backbone, load_backbone
from crossprompt.backbones.settings import BackboneSettings
from crossprompt.comparison.contenders import Way, way_of
from crossprompt.comparison.records import Cell, Measurement
from crossprompt.comparison.results import ResultFolder
from crossprompt.comparison.settings import CellSettings, MeasuringSettings
from crossprompt.comparison.tasks import make_task
from crossprompt.corpora.ingest import ingest_utterances
from crossprompt.corpora.settings import DialogueSettings, SourceSettings, UtteranceSettings
from crossprompt.corpora.utterance import ENGLISH
from crossprompt.records import Record
from crossprompt.storage.atomic import write_text_atomic
from crossprompt.tasks.dialogue_intents import DialogueIntents, read_dialogue_intents
from crossprompt.tasks.file import load_classifiers, save_classifiers
from crossprompt.trials.answering import make_ready
from crossprompt.tuning.settings import TuningSettings
from infra.home import project_home
from pipelines.comparison_plan import Comparison

FOLDER, FILE = "witnesses", "witness.json"
_PREFERRED = ("sw-KE", "sw")
"""The locale that a witness is kept of, if it is tested: far from English in family, near in script."""


class WitnessError(ValueError):
    """There is nothing to keep, or what is kept does not fit."""


class Witness(Record):
    """One number of a comparison, and what it takes to compute it anew beside the model's weights."""

    utterances: UtteranceSettings
    dialogues: DialogueSettings
    parallel_dialogues: SourceSettings
    measuring: MeasuringSettings
    plan: CellSettings
    contender: str
    seed: int
    locale: str
    score: float
    """In percent, as the comparison measured it."""

    @property
    def data_root_needed(self) -> bool:
        """Whether the number is of public data, not of the packaged sample."""
        source = self.dialogues.source if self.plan.task == "xsgd" else self.utterances.source
        return source.corpus != "sample"


def keep(config: Path, out: Path, home: Path) -> list[Path]:
    """Copy one model of each cell of the comparison that ``config`` describes to ``out``.

    Returns:
        The folders of the witnesses, in the order of the cells.

    Raises:
        WitnessError: ``config`` describes no comparison, or a cell has no results with kept prompts yet.
    """
    comparison = sections_of(config)
    if not isinstance(comparison, Comparison):
        raise WitnessError(f"{config} describes no comparison")
    return [_keep_cell(comparison, plan, out / FOLDER / plan.name, home / "comparison") for plan in comparison.cells]


def witnesses(out: Path) -> Iterator[tuple[Path, Witness]]:
    """The witnesses of a results folder with their own folders, by name."""
    for file in sorted((out / FOLDER).glob(f"*/{FILE}")):
        yield file.parent, Witness.model_validate_json(file.read_bytes())


def compute_anew(folder: Path, witness: Witness, backbone: Backbone, data_root: str | None, home: Path) -> float:
    """The score of a witness in percent, from its weights and the data.

    Args:
        folder: Of the witness.
        witness: What it is of.
        backbone: The frozen encoder that the model was tuned on.
        data_root: Where public data lie.
        home: Where they are unpacked.

    Raises:
        WitnessError: The model was tuned on another backbone or other labels.
        CorpusError: The data can't be read.
    """
    (classifier,) = load_classifiers(folder)
    task, test_data = make_task(
        witness.plan,
        _utterances(witness, data_root, home),
        _turns(witness, data_root, home),
        backbone,
        witness.measuring,
    )
    if classifier.backbone.fingerprint != backbone.identity.fingerprint or classifier.labels != task.labels:
        raise WitnessError(f"{folder.name}: the model is of another backbone or has other labels than the data")
    tests = task.tests(test_data, (witness.locale,), witness.plan.max_utterances)
    (answers,) = task.answer(*make_ready(task, classifier), tests)
    return answers.score


def _keep_cell(comparison: Comparison, plan: CellSettings, target: Path, results: Path) -> Path:
    contender, seed = _contender(plan), comparison.measuring.training.seeds[0]
    measurement, prompts = _measured(
        ResultFolder(results), Cell(contender=contender, task=plan.task, shots=plan.shots), seed
    )
    kept = [own for own in load_classifiers(prompts) if own.history.seed == seed]
    save_classifiers(kept, target)
    witness = Witness(
        utterances=comparison.utterances,
        dialogues=comparison.dialogues,
        parallel_dialogues=comparison.parallel_dialogues,
        measuring=comparison.measuring.model_copy(update={"tuning": TuningSettings()}),
        plan=plan,
        contender=contender,
        seed=seed,
        locale=measurement.answers.locale,
        score=measurement.answers.score,
    )
    write_text_atomic(target / FILE, witness.model_dump_json(indent=1) + "\n")
    return target


def _contender(plan: CellSettings) -> str:
    """The aligned prompt if there is one, else the fresh one."""
    prompts = [name for name in plan.contenders if way_of(name) is not Way.FINE_TUNING]
    if not prompts:
        raise WitnessError(f"{plan.name}: fine-tuned models are not kept, and it has no others")
    return "APT" if "APT" in prompts else prompts[0]


def _measured(results: ResultFolder, cell: Cell, seed: int) -> tuple[Measurement, Path]:
    """The result of one locale, and the folder of the prompts that it was measured with."""
    folder = results.path(cell, seed, "any").parent
    names = sorted(file.stem for file in folder.glob("*.json"))
    if not names:
        raise WitnessError(f"{folder} has no results: run the comparison first")
    locale = next((name for name in _PREFERRED if name in names), names[0])
    fingerprint = json.loads((folder / f"{locale}.json").read_bytes())["measurement"]["fingerprint"]
    measurement = results.read(cell, seed, locale, fingerprint)
    if measurement is None:
        raise WitnessError(f"the result of {locale} in {folder} can't be believed: run the comparison again")
    return measurement, folder.parent / f"prompts-{fingerprint[:16]}"


def _utterances(witness: Witness, data_root: str | None, home: Path) -> Dataset:
    """Those of English and of the witness's locale; the sample's, not looked at, where dialogues are tested."""
    settings = witness.utterances.model_copy(update={"locales": tuple(sorted({ENGLISH, witness.locale}))})
    if witness.plan.task == "xsgd":
        settings = UtteranceSettings(locales=(ENGLISH,))
    return ingest_utterances(settings, data_root, home, progress=False).utterances


def _turns(witness: Witness, data_root: str | None, home: Path) -> DialogueIntents | None:
    if witness.plan.task != "xsgd":
        return None
    languages = tuple(name for name in witness.measuring.xsgd.languages if name == witness.locale)
    settings = witness.measuring.xsgd.model_copy(update={"languages": languages})
    return read_dialogue_intents(settings, witness.dialogues, witness.parallel_dialogues, data_root, home)


def main() -> None:
    """Keep witnesses, or compute all of a folder anew."""
    parser = argparse.ArgumentParser(prog="python -m tools.witnesses")
    parser.add_argument("what", choices=("keep", "check"))
    parser.add_argument("paths", type=Path, nargs="+", metavar="PATH")
    given = parser.parse_args()
    if given.what == "keep":
        config, out = given.paths
        print(*keep(config, out, project_home()), sep="\n")
        return
    data_root = os.environ.get("CROSSPROMPT_DATA_ROOT")
    backbone = load_backbone(BackboneSettings())
    for folder, witness in (found for out in given.paths for found in witnesses(out)):
        score = compute_anew(folder, witness, backbone, data_root, project_home())
        print(f"{folder.name:12} {witness.contender} in {witness.locale}: kept {witness.score:.2f}, here {score:.2f}")


if __name__ == "__main__":
    main()
