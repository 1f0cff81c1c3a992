"""Made-up results of translated prompts for the tests of their report: it is known which claims hold."""

from __future__ import annotations

from functools import cache

from crossprompt.comparison.records import Cell
from crossprompt.comparison.settings import StatisticsSettings
from crossprompt.comparison.statistics import compute_statistics
from crossprompt.reports.translator_inputs import PromptStudyInputs
from crossprompt.translator.comparing import language_tests, study_pairs
from crossprompt.translator.describing import describe_auxiliary, describe_contenders
from crossprompt.translator.paper import DISTANT
from crossprompt.translator.settings import AuxiliarySettings, PromptStudySettings
from tests.crossprompt.comparison.made_up import drawn
from tests.crossprompt.reports.origin import ORIGIN

LANGUAGES = ("de", "en", "es", "fr", "hi", "sw", "th", "tr", "zh")
SKILLS = {
    "MPT": (0.8, 0.8),
    "SP": (0.7, 0.4),
    "SP-matched": (0.5, 0.5),
    "FT": (0.4, 0.4),
    "PCT": (0.5, 0.5),
    "MPT-without-consistency": (0.5, 0.5),
    "MPT-without-external": (0.55, 0.55),
    "MPT-without-translator": (0.6, 0.6),
    "MPT-linear-1": (0.6, 0.6),
    "MPT-lstm-1": (0.6, 0.6),
    "MPT-lstm-2": (0.6, 0.6),
    "MPT-transformer-1": (0.5, 0.5),
    "MPT-transformer-2": (0.5, 0.5),
    "MPT-prefix": (0.5, 0.5),
    "MPT-midfix": (0.5, 0.5),
    "MPT-endfix": (0.5, 0.5),
    "MPT-length-1": (0.5, 0.5),
    "MPT-length-16": (0.95, 0.95),
    "MPT-alpha-0.1": (0.5, 0.5),
    "MPT-pairs-125": (0.6, 0.6),
}
"""In English and its neighbours, and in the distant languages of figure 3. A prompt of 16 beats the paper's 4."""


@cache
def translator_inputs(names=tuple(SKILLS), shots=(64,), seeds=3, sentences=120):
    """Inputs with averages near ``SKILLS``."""
    settings = StatisticsSettings(resamples=200, permutations=499)
    measurements = [m for name in names for k in shots for m in _measured(name, k, range(seeds), sentences)]
    pairs = study_pairs(m.cell for m in measurements)
    statistics = compute_statistics(measurements, settings, pairs)
    study = PromptStudySettings(
        contenders={name: {} for name in names}, cells=[{"shots": k, "contenders": names} for k in shots]
    )
    return PromptStudyInputs(
        title="Translated prompts, made up",
        statistics=statistics,
        tests=language_tests(statistics, pairs),
        contenders=describe_contenders(study),
        backbone="mini",
        pretraining="A backbone made up for a test.",
        verbalizer={"contradiction": "no", "entailment": "ok", "neutral": "may"},
        auxiliary=describe_auxiliary(AuxiliarySettings()),
        findings=("Longer prompts win: a finding made up for a test.",),
        command="zenml pipeline run translate_prompts",
        **ORIGIN,
    )


def _measured(name, shots, seeds, sentences):
    near, far = SKILLS[name]
    skills = {tag: far if tag in DISTANT else near for tag in LANGUAGES}
    yield from drawn(Cell(contender=name, task="xnli", shots=shots), seeds, skills, sentences)
