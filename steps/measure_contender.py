"""A study of translated prompts, stage 4: one contender with all its shots and seeds, tested in every language."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from datasets import Dataset
from zenml import step
from zenml.config import CachePolicy

from crossprompt.backbones.encoder import load_backbone
from crossprompt.backbones.settings import BackboneSettings
from crossprompt.comparison.results import ResultFolder
from crossprompt.translator.measuring import Bench, measure
from crossprompt.translator.settings import PromptStudySettings
from infra.code_version import step_code_version
from infra.home import project_home
from materializers.folder import FolderMaterializer
from steps.measurements import result_files
from steps.places import with_given_backbone


def code_version() -> str:
    """This step's code in its cache key."""
    return step_code_version(__name__)


@step(cache_policy=CachePolicy(cache_func=code_version), output_materializers={"results": FolderMaterializer})
def measure_contender(
    pairs: Dataset,
    auxiliary: Dataset,
    study: PromptStudySettings,
    name: str,
    backbone: BackboneSettings,
    backbone_fingerprint: str,
) -> Annotated[Path, "results"]:
    """Train and test a contender; a killed run goes on with what is missing.

    Args:
        pairs: Rows of ``NLI_FEATURES``.
        auxiliary: Rows of ``AUXILIARY_FEATURES``.
        study: As far as this contender is concerned.
        name: The contender.
        backbone: The frozen encoder; where it lies is given as a place.
        backbone_fingerprint: Part of the cache key.

    Returns:
        A folder of result files.

    Raises:
        LabelWordError: A label has no word of one token.
        TemplateError: A language has no template.
        TaskDataError: The data don't suffice.
    """
    encoder = load_backbone(with_given_backbone(backbone))
    bench = Bench(
        backbone=encoder,
        pairs=pairs,
        auxiliary=auxiliary,
        settings=study,
        results=ResultFolder(project_home() / "translated-prompts"),
        code_version=code_version(),
    )
    return result_files(measure(bench, name))
