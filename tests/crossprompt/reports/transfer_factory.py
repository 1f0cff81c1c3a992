"""Made-up results of soft prompts for the tests of their report: it is known which claims hold."""

from __future__ import annotations

from functools import cache

from crossprompt.comparison.records import Cell
from crossprompt.comparison.settings import StatisticsSettings
from crossprompt.comparison.statistics import compute_statistics
from crossprompt.reports.transfer_inputs import TransferInputs
from crossprompt.soft_prompts.records import TopicScore
from crossprompt.soft_prompts.settings import SIB200_WORDS
from crossprompt.soft_prompts.topics import TOPICS, WHOLE
from crossprompt.soft_prompts.transfer import transfer_facts, transfer_pairs
from tests.crossprompt.comparison.made_up import drawn
from tests.crossprompt.reports.origin import ORIGIN

NEAR = ("en", "de", "fr", "hi", "ru")
FAR = ("fi", "sw", "zh", "tr", "eu", "yo")
SKILLS = {
    ("SPT-1", 8): (0.62, 0.62),
    ("SPT-8", 8): (0.6, 0.58),
    ("SPT-32", 8): (0.4, 0.4),
    ("SPT-8-tuned", 8): (0.58, 0.3),
    ("SPT-8-reparameterized", 8): (0.8, 0.35),
    ("SPT-8", 2): (0.4, 0.35),
}


@cache
def transfer_inputs(skills=tuple(SKILLS), seeds=3, sentences=150):
    """Inputs with averages near ``SKILLS``: of the languages near to English and of those far from it."""
    settings = StatisticsSettings(resamples=200, permutations=499)
    measurements = [m for key in skills for m in _measured(*key, range(seeds), sentences)]
    statistics = compute_statistics(measurements, settings, transfer_pairs({m.cell: None for m in measurements}))
    scores = tuple(
        TopicScore(cell=own.cell, locale=part.locale, macro_f1=tuple(0.9 * value for value in part.score.by_seed))
        for own in statistics.cells
        if own.cell.task == TOPICS
        for part in own.locales
    )
    return TransferInputs(
        title="Soft prompts, made up",
        statistics=statistics,
        facts=transfer_facts(statistics, scores, "en", settings),
        backbone="toy-decoder",
        pretraining="A toy made for a test.",
        verbalizer=SIB200_WORDS,
        findings=("Short prompts win: a finding made up for a test.",),
        command="zenml pipeline run soft_prompt_transfer",
        **ORIGIN,
    )


def _measured(contender, shots, seeds, sentences):
    near, far = SKILLS[contender, shots]
    skills = {**dict.fromkeys(NEAR, near), **dict.fromkeys(FAR, far), "en": near + 0.1}
    for task, share in ((TOPICS, 1.0), (WHOLE, 0.7)):
        cell = Cell(contender=contender, task=task, shots=shots)
        yield from drawn(cell, seeds, {tag: share * skill for tag, skill in skills.items()}, sentences)
