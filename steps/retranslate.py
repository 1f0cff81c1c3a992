"""A corpus's stage 4, where a chain has several engines: refused turns of one language go to the next of them."""

from __future__ import annotations

from typing import Annotated

from datasets import Dataset
from zenml import step
from zenml.config import CachePolicy

from crossprompt.factory.mending import MendingSummary, mend
from crossprompt.factory.recipe import ChainRecipe
from crossprompt.quality.chunks import replace_rows
from infra.code_version import step_code_version
from materializers.dataset import DatasetMaterializer
from materializers.record import RecordMaterializer
from steps.workshop import open_workshop


def code_version() -> str:
    """This step's code in its cache key, engines left out: those that are used count by the recipe."""
    return step_code_version(__name__)


@step(
    cache_policy=CachePolicy(cache_func=code_version),
    output_materializers={"replacements": DatasetMaterializer, "mending": RecordMaterializer},
)
def retranslate(
    dialogues: Dataset, refused: Dataset, locale: str, recipe: ChainRecipe, before: Dataset | None = None
) -> tuple[Annotated[Dataset, "replacements"], Annotated[MendingSummary, "mending"]]:
    """Translate the refused turns of a language anew; nothing that passed is sent.

    Args:
        dialogues: Rows of ``DIALOGUE_FEATURES``.
        refused: Rows of ``REFUSED_FEATURES``.
        locale: Their language.
        recipe: The engines; where they find their sources, and how they are called, is given as places.
        before: What the round before gave; what is not written anew is kept.

    Returns:
        All rows that take the place of others, and the counts of this round.

    Raises:
        UnfinishedError: Calls are left; run again to go on.
        EngineError: An engine fails.
        SourceError: An engine's source changed after the run was laid out.
    """
    mended, summary = mend(dialogues, refused, locale, open_workshop(locale, recipe))
    return mended if before is None else replace_rows(dialogues, before, mended), summary
