"""A study of translated prompts, stage 3 by an engine: English pairs, each translated into one language.

Pairs are dialogues of two turns to the corpus factory, so that whatever engine it has can translate them, and what was
paid for is in its ledger.
"""

from __future__ import annotations

from typing import Annotated

from datasets import Dataset
from zenml import step
from zenml.config import CachePolicy

from crossprompt.factory.production import produce
from crossprompt.factory.recipe import ChainRecipe
from crossprompt.translator.auxiliary import pairs_to_translate, translated_corpus
from crossprompt.translator.settings import AuxiliarySettings
from infra.code_version import step_code_version
from materializers.dataset import DatasetMaterializer
from steps.workshop import open_workshop


def code_version() -> str:
    """This step's code in its cache key, engines left out: those that are used count by the recipes."""
    return step_code_version(__name__)


@step(cache_policy=CachePolicy(cache_func=code_version), output_materializers={"auxiliary": DatasetMaterializer})
def translate_pairs(
    paraphrases: Dataset, settings: AuxiliarySettings, recipes: dict[str, ChainRecipe]
) -> Annotated[Dataset, "auxiliary"]:
    """Draw pairs and translate them.

    Args:
        paraphrases: Rows of ``PARAPHRASE_FEATURES``; English is read.
        settings: How many, into which languages.
        recipes: The engines of each language; where they find their sources, and how they are called, is given as
            places.

    Raises:
        UnfinishedError: Calls are left; run again to go on.
        EngineError: An engine fails.
        SettingsError: There are not so many pairs.
        SourceError: An engine's source changed after the run was laid out.
    """
    dialogues = pairs_to_translate(paraphrases, settings)
    translations = {
        locale: produce(own, locale, open_workshop(locale, recipes[locale]))[0] for locale, own in dialogues.items()
    }
    return translated_corpus(dialogues, translations)
