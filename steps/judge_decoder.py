"""Stage 4 of a decoder's pre-training: what it is worth, on dev sets."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from datasets import Dataset
from zenml import step
from zenml.config import CachePolicy

from crossprompt.backbones.decoder import load_decoder
from crossprompt.backbones.settings import BackboneSettings
from crossprompt.pretraining.judge_decoder import judge_decoder as judge
from crossprompt.pretraining.records import DecoderJudgement
from infra.code_version import step_code_version
from materializers.record import RecordMaterializer


def code_version() -> str:
    """This step's code in its cache key."""
    return step_code_version(__name__)


@step(cache_policy=CachePolicy(cache_func=code_version), output_materializers={"decoder_judgement": RecordMaterializer})
def judge_decoder(
    utterances: Dataset, backbone: Path, loss_utterances: int
) -> Annotated[DecoderJudgement, "decoder_judgement"]:
    """Loss per language.

    Args:
        utterances: Rows of ``UTTERANCE_FEATURES``; test rows are not looked at.
        backbone: Folder with the decoder's files.
        loss_utterances: Dev utterances of each language.

    Raises:
        TaskDataError: A locale has no dev utterances.
    """
    return judge(load_decoder(BackboneSettings(name=str(backbone))), utterances, loss_utterances)
