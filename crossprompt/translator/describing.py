"""Contenders and the parallel corpus in words, for reports."""

from __future__ import annotations

from crossprompt.translator.auxiliary import XNLI_LANGUAGES
from crossprompt.translator.records import ContenderFacts
from crossprompt.translator.settings import (
    AuxiliarySettings,
    ContenderSettings,
    PromptStudySettings,
    TranslatorSettings,
)

_TRANSLATORS = {"linear": "a linear translator", "lstm": "an LSTM", "transformer": "a Transformer"}


def describe_contenders(study: PromptStudySettings) -> tuple[ContenderFacts, ...]:
    """All that are measured, in the order in which they are defined."""
    return tuple(
        ContenderFacts(
            contender=name,
            description=describe(settings := study.contender(name)),
            tunes_backbone=settings.tunes_backbone,
            learning_rate=settings.learning_rate,
        )
        for name in study.measured
    )


def describe(settings: ContenderSettings) -> str:
    """A contender in one line."""
    if settings.method == "fine-tuning":
        return "a head on the first token"
    if settings.method == "templates":
        return f"templates in each language, alpha {settings.alpha:g}"
    encoder = "an LSTM and an MLP" if settings.prompt_encoder.kind == "lstm" else "no network"
    prompt = f"{settings.length} soft tokens as {settings.placement}, made by {encoder}"
    if settings.method == "soft-prompt":
        return f"{prompt}; one prompt for all languages"
    parts = [prompt, _translation(settings.translator), f"alpha {settings.alpha:g}"]
    if settings.aligns:
        pairs = "all" if settings.pairs is None else f"up to {settings.pairs}"
        parts.append(f"{pairs} {'parallel pairs' if settings.auxiliary == 'external' else 'unlabelled XNLI pairs'}")
    return "; ".join(parts)


def describe_auxiliary(settings: AuxiliarySettings) -> str:
    """The parallel corpus in one phrase."""
    number = len(settings.languages or XNLI_LANGUAGES)
    if settings.source == "engine":
        return f"{settings.pairs} of PAWS-X's English, each translated by an engine into one of {number} languages"
    return f"{settings.pairs} of PAWS-X's rows, each in one of {number} languages as far as PAWS-X has them"


def _translation(settings: TranslatorSettings) -> str:
    if settings.kind == "own":
        return "the other languages have a prompt of their own"
    if settings.kind == "shared":
        return "one prompt for all languages"
    layers = "1 layer" if settings.layers == 1 else f"{settings.layers} layers"
    return f"translated by {_TRANSLATORS[settings.kind]} of {layers}"
