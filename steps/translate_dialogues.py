"""Stage 2: all dialogues in one language; the pipeline has one such step per language."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from datasets import Dataset
from zenml import step
from zenml.config import CachePolicy

from crossprompt.corpora.errors import SourceError
from crossprompt.translation.engine import load_engine
from crossprompt.translation.records import TranslationCoverage
from crossprompt.translation.settings import EngineSettings, TranslationSettings
from crossprompt.translation.translate import translate_with_coverage
from infra.code_version import step_code_version
from infra.home import project_home
from materializers.dataset import DatasetMaterializer
from materializers.record import RecordMaterializer
from steps.places import given_place


def code_version() -> str:
    """This step's code in its cache key, engines left out: the one that is used counts by ``engine_code``."""
    return step_code_version(__name__)


@step(
    cache_policy=CachePolicy(cache_func=code_version),
    output_materializers={"translations": DatasetMaterializer, "coverage": RecordMaterializer},
)
def translate_dialogues(
    dialogues: Dataset, locale: str, settings: TranslationSettings, revision: str, engine_code: str
) -> tuple[Annotated[Dataset, "translations"], Annotated[TranslationCoverage, "coverage"]]:
    """Translate the dialogues into ``locale``.

    Args:
        dialogues: Rows of ``DIALOGUE_FEATURES``.
        locale: A locale that the engine offers.
        settings: Without locales and the engine's source, so that neither another language nor another place counts.
        revision: The engine's for this locale when the run was laid out; part of the cache key.
        engine_code: The code version of the engine's module; part of the cache key.

    Raises:
        EngineError: The engine fails.
        SourceError: The engine's source changed after the run was laid out.
    """
    root = given_place("data_root")
    engine_settings = EngineSettings.parse(given_place("engine"), "translation.engine")
    engine = load_engine(engine_settings, None if root is None else Path(root), project_home())
    if engine.revision_for(locale) != revision:
        raise SourceError(f"the {settings.engine.name} engine's source changed while the run was under way; run again")
    translations, coverage = translate_with_coverage(dialogues, locale, engine, settings)
    return translations, coverage
