"""The corpus factory's middle as steps: each language translated, checked, and mended by the next engine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pipelines.corpus_plan import CorpusPlan, LanguagePlan
from pipelines.plan import Artifact
from steps.retranslate import retranslate
from steps.translate_shard import translate_shard
from steps.validate_language import validate_language


@dataclass(frozen=True, slots=True)
class CheckedLanguage:
    """What the last validation of a language gives, and the turns that took the place of refused ones, if any did."""

    locale: str
    accepted: Artifact
    refused: Artifact
    verdict: Artifact
    page: Artifact
    replaced: Artifact | None


def checked_languages(plan: CorpusPlan, english: Artifact) -> Iterator[CheckedLanguage]:
    """Lay out the steps of each language in turn; those that a run before had are taken from the cache.

    Args:
        plan: The corpus.
        english: Rows of ``DIALOGUE_FEATURES``.
    """
    for language in plan.languages:
        yield _checked(plan, language, english)


def _checked(plan: CorpusPlan, language: LanguagePlan, english: Artifact) -> CheckedLanguage:
    name, splits, replaced = language.locale, list(plan.job.factory.splits), None
    translate, anew = language.translation(translate_shard), language.retranslation(retranslate)
    shards = [translate(english, shard=shard, id=f"translate_{name}_{shard}")[0] for shard in plan.shards]
    found = validate_language(english, shards, name, language.validation, splits, id=f"validate_{name}")
    for round_ in range(1, language.rounds + 1):
        replaced, _ = anew(english, found[1], before=replaced, id=f"retranslate_{name}_{round_}")
        found = validate_language(
            english, shards, name, language.validation, splits, replaced, id=f"validate_{name}_{round_}"
        )
    accepted, refused, verdict, page = found
    return CheckedLanguage(name, accepted, refused, verdict, page, replaced)
