"""A corpus's stage 2: one shard of the dialogues in one language; the pipeline has one such step for each of both."""

from __future__ import annotations

import shutil
from typing import Annotated

from datasets import Dataset
from zenml import step
from zenml.config import CachePolicy

from crossprompt.factory.production import produce
from crossprompt.factory.recipe import ChainRecipe
from crossprompt.factory.records import FactoryCoverage
from crossprompt.factory.shards import take_shard
from infra.code_version import step_code_version
from infra.home import scratch_folder
from materializers.dataset import DatasetMaterializer
from materializers.record import RecordMaterializer
from steps.workshop import open_workshop


def code_version() -> str:
    """This step's code in its cache key, engines left out: those that are used count by the recipe."""
    return step_code_version(__name__)


@step(
    cache_policy=CachePolicy(cache_func=code_version),
    output_materializers={"translations": DatasetMaterializer, "coverage": RecordMaterializer},
)
def translate_shard(
    dialogues: Dataset, locale: str, shard: int, shards: int, splits: list[str], recipe: ChainRecipe
) -> tuple[Annotated[Dataset, "translations"], Annotated[FactoryCoverage, "coverage"]]:
    """Translate some of the dialogues into ``locale``, some in memory at a time; what was paid for is in the ledger.

    Args:
        dialogues: Rows of ``DIALOGUE_FEATURES``, all of them.
        locale: A locale that an engine offers.
        shard: Which part, counted from 0.
        shards: How many parts there are.
        splits: What is translated.
        recipe: The engines; where they find their sources, and how they are called, is given as places.

    Raises:
        UnfinishedError: Calls are left; run again to go on.
        EngineError: An engine fails.
        SourceError: An engine's source changed after the run was laid out.
    """
    part = take_shard(dialogues, splits, shard, shards)
    scratch = scratch_folder(f"{locale}-{shard}")
    try:
        translations, coverage = produce(part, locale, open_workshop(locale, recipe), scratch / "rows.arrow")
    finally:
        # the table is mapped, so its bytes stay until it has become an artifact
        shutil.rmtree(scratch, ignore_errors=True)
    return translations, coverage
