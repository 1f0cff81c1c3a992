"""Stage 3 of a pre-training: the model."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Annotated

from datasets import Dataset
from zenml import step
from zenml.config import CachePolicy

from crossprompt.pretraining.export import export_model, load_exported_tokenizer
from crossprompt.pretraining.records import PretrainingCurve
from crossprompt.pretraining.settings import PretrainingSettings
from crossprompt.pretraining.text import collect_text
from crossprompt.pretraining.trainer import describe_run, pretrain
from crossprompt.storage.fingerprint import fingerprint_path, fingerprint_value
from infra.code_version import step_code_version
from infra.home import project_home
from materializers.folder import FolderMaterializer
from materializers.record import RecordMaterializer


def code_version() -> str:
    """This step's code in its cache key."""
    return step_code_version(__name__)


@step(
    cache_policy=CachePolicy(cache_func=code_version),
    output_materializers={"backbone": FolderMaterializer, "pretraining_curve": RecordMaterializer},
)
def pretrain_model(
    utterances: Dataset,
    tokenizer: Path,
    settings: PretrainingSettings,
    corpora: dict[str, str],
    dialogues: Dataset | None = None,
    sentences: Dataset | None = None,
) -> tuple[Annotated[Path, "backbone"], Annotated[PretrainingCurve, "pretraining_curve"]]:
    """Train a language model from random weights; a killed run goes on from its checkpoint.

    Args:
        utterances: Rows of ``UTTERANCE_FEATURES``; only train is looked at, as of the others.
        tokenizer: Folder with the tokenizer's files.
        settings: Of the model, the objectives and the training.
        corpora: The corpus of each table.
        dialogues: Rows of ``DIALOGUE_FEATURES``.
        sentences: Rows of ``SENTENCE_FEATURES``.

    Raises:
        PretrainingTextError: A corpus may not be trained on, or there are no pairs where some are asked for.
        NonFiniteError: A loss or gradient is NaN or infinite.
    """
    text = collect_text(utterances, dialogues, sentences, corpora)
    run = describe_run(text.fingerprint(), fingerprint_path(tokenizer), settings, code_version())
    folder = project_home() / "pretraining" / fingerprint_value(run)[:16]
    model, curve = pretrain(text, load_exported_tokenizer(tokenizer), settings, folder, run=run)
    backbone = Path(tempfile.mkdtemp(prefix="backbone-"))
    shutil.copytree(tokenizer, backbone, dirs_exist_ok=True)
    export_model(model, backbone)
    return backbone, curve
