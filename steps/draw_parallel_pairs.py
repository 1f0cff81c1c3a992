"""A study of translated prompts, stage 3: the parallel pairs out of PAWS-X's own rows."""

from __future__ import annotations

from typing import Annotated

from datasets import Dataset
from zenml import step
from zenml.config import CachePolicy

from crossprompt.translator.auxiliary import parallel_corpus
from crossprompt.translator.settings import AuxiliarySettings
from infra.code_version import step_code_version
from materializers.dataset import DatasetMaterializer


def code_version() -> str:
    """This step's code in its cache key."""
    return step_code_version(__name__)


@step(cache_policy=CachePolicy(cache_func=code_version), output_materializers={"auxiliary": DatasetMaterializer})
def draw_parallel_pairs(paraphrases: Dataset, settings: AuxiliarySettings) -> Annotated[Dataset, "auxiliary"]:
    """Draw pairs and their languages.

    Args:
        paraphrases: Rows of ``PARAPHRASE_FEATURES``.
        settings: How many, in which languages.

    Raises:
        SettingsError: There are not so many.
    """
    return parallel_corpus(paraphrases, settings)
