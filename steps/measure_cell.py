"""A comparison's middle: one task with one number of shots, every contender, every seed, every locale."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from datasets import Dataset
from zenml import step
from zenml.config import CachePolicy

from crossprompt.backbones.encoder import load_backbone
from crossprompt.backbones.settings import BackboneSettings
from crossprompt.comparison.measuring import Bench, measure
from crossprompt.comparison.results import ResultFolder
from crossprompt.comparison.settings import CellSettings, MeasuringSettings
from crossprompt.comparison.tasks import make_task, tested_locales
from crossprompt.prompts.file import AlignedPrompt
from crossprompt.tasks.dialogue_intents import DialogueIntents
from crossprompt.tasks.records import DialogueIntentSummary
from crossprompt.tuning.storage import open_storage, quiet_optuna
from infra.code_version import step_code_version
from infra.home import project_home
from materializers.folder import FolderMaterializer
from steps.measurements import result_files
from steps.places import with_given_backbone
from steps.study_storage import given_storage


def code_version() -> str:
    """This step's code in its cache key."""
    return step_code_version(__name__)


@step(cache_policy=CachePolicy(cache_func=code_version), output_materializers={"results": FolderMaterializer})
def measure_cell(
    utterances: Dataset,
    prompts: list[AlignedPrompt],
    names: list[str],
    cell: CellSettings,
    measuring: MeasuringSettings,
    backbone: BackboneSettings,
    backbone_fingerprint: str,
    turns: Dataset | None = None,
    services: DialogueIntentSummary | None = None,
) -> Annotated[Path, "results"]:
    """Tune and test every contender of a cell; a killed run goes on with what is missing.

    Args:
        utterances: Rows of ``UTTERANCE_FEATURES``.
        prompts: The aligned prompts of the cell's contenders.
        names: The contenders that they are, in the same order.
        cell: The task, its shots and its contenders.
        measuring: Budgets, grids and seeds; where studies are stored is given as a place.
        backbone: The frozen encoder; where it lies is given as a place.
        backbone_fingerprint: Part of the cache key.
        turns: For task ``xsgd``: rows of ``UTTERANCE_FEATURES`` made of dialogue turns.
        services: For task ``xsgd``: what can be asked of each service.

    Returns:
        A folder of result files.

    Raises:
        TaskDataError: The data don't suffice for the task.
        SecretError: The study's address names a secret that ZenML does not have.
        StudyError: The database can't be opened, or a learning rate failed too often.
    """
    encoder = load_backbone(with_given_backbone(backbone))
    dialogues = None
    if turns is not None and services is not None:
        dialogues = DialogueIntents(turns.with_format("arrow")[:], services.counts, services.intents)
    task, table = make_task(cell, utterances, dialogues, encoder, measuring)
    quiet_optuna()
    home = project_home()
    bench = Bench(
        task=task,
        table=table,
        locales=tested_locales(table, measuring.locales),
        prompts={name: prompt.values for name, prompt in zip(names, prompts, strict=True)},
        settings=measuring,
        results=ResultFolder(home / "comparison"),
        storage=open_storage(measuring.tuning.model_copy(update={"storage": given_storage()}), home),
        code_version=code_version(),
    )
    return result_files(measure(bench, cell))
