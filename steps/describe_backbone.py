"""Stage 5 of a pre-training: the backbone with its card, ready to be used or packaged."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Annotated

from zenml import step
from zenml.config import CachePolicy

from crossprompt.corpora.records import CorpusSummary
from crossprompt.pretraining.card import write_card
from crossprompt.pretraining.export import check_size
from crossprompt.pretraining.records import BackboneJudgement, DecoderJudgement, PretrainingCurve
from crossprompt.pretraining.settings import PackageSettings, PretrainingSettings
from crossprompt.storage.atomic import write_text_atomic
from infra.code_version import step_code_version
from infra.home import project_home
from materializers.folder import FolderMaterializer


def code_version() -> str:
    """This step's code in its cache key."""
    return step_code_version(__name__)


@step(
    cache_policy=CachePolicy(cache_func=code_version), output_materializers={"described_backbone": FolderMaterializer}
)
def describe_backbone(
    backbone: Path,
    package: PackageSettings,
    settings: PretrainingSettings,
    summaries: list[CorpusSummary],
    curve: PretrainingCurve,
    judgement: BackboneJudgement | None = None,
    decoder_judgement: DecoderJudgement | None = None,
) -> Annotated[Path, "described_backbone"]:
    """Write the model card beside the files, and put both into ``backbones/<name>`` of the project's home.

    Args:
        backbone: Folder with the backbone's files.
        package: Its name, and how large it may be.
        settings: Of its pre-training.
        summaries: Of the corpora.
        curve: Of the training.
        judgement: Of an encoder, on dev sets.
        decoder_judgement: Of a decoder.

    Raises:
        SizeError: The files are larger than what the package may hold.
    """
    folder = Path(tempfile.mkdtemp(prefix="described-"))
    shutil.copytree(backbone, folder, dirs_exist_ok=True)
    judged = judgement or decoder_judgement
    write_text_atomic(folder / "README.md", write_card(package.name, folder, settings, summaries, curve, judged))
    check_size(folder, package.max_bytes)
    shutil.copytree(folder, project_home() / "backbones" / package.name, dirs_exist_ok=True)
    return folder
