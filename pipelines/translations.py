"""How a run comes by its translations: each language translated in a step of its own, then all of them checked."""

from __future__ import annotations

from crossprompt.quality.settings import ValidationSettings
from pipelines.plan import AligningPlan, Artifact
from steps.translate_dialogues import translate_dialogues
from steps.validate_translations import validate_translations


def checked_translations(plan: AligningPlan, english: Artifact, settings: ValidationSettings) -> tuple[Artifact, ...]:
    """What ``validate_translations`` gives, with a step ``translate_<locale>`` for each language before it."""
    translated = [
        plan.translations[locale](translate_dialogues)(english, locale, id=f"translate_{locale}")
        for locale in plan.locales
    ]
    found: tuple[Artifact, ...] = validate_translations(
        english, [table for table, _ in translated], settings, list(plan.locales)
    )
    return found
