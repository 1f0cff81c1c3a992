"""A made-up comparison for the tests of its report: skills are given, so that it is known which claims hold."""

from __future__ import annotations

from functools import cache

from crossprompt.comparison.records import Cell
from crossprompt.comparison.settings import StatisticsSettings
from crossprompt.comparison.statistics import compute_statistics
from crossprompt.reports.comparison_inputs import NO_PROMPT, AlignmentFacts, ComparisonInputs, RetrievalRun
from crossprompt.reports.study_inputs import ChatScore, NotRun
from crossprompt.retrieval.records import LanguageRetrieval, RetrievalAverage, RetrievalResult, RetrievalScore
from crossprompt.training.randomness import numpy_generator
from tests.crossprompt.comparison.made_up import drawn
from tests.crossprompt.reports.origin import ORIGIN

FEW_LOCALES = ("da-DK", "de-DE", "en-US", "fi-FI", "ja-JP", "ko-KR", "sw-KE", "zh-CN")
SKILLS = {
    ("intent", 5): {"FT": 0.14, "FT-matched": 0.2, "PT": 0.22, "APT": 0.45, "APT-mlm-only": 0.3},
    ("intent", 15): {"FT": 0.3, "PT": 0.4, "APT": 0.55, "APT-conversation": 0.54, "APT-non-conversation": 0.5},
    ("nli", 5): {"FT": 0.3, "PT": 0.28, "APT": 0.5},
    ("slots", 5): {"FT": 0.3, "PT": 0.45, "APT": 0.45},
    ("slots", 15): {"FT": 0.5, "PT": 0.47, "APT": 0.52},
}
UPDATES = {"FT": 120}


@cache
def comparison_inputs(locales=FEW_LOCALES, seeds=3, utterances=120, whole=True):
    """Inputs with averages near ``SKILLS``; English is better and other locales differ; ``whole``: with retrieval."""
    settings = StatisticsSettings(resamples=200, permutations=199)
    measurements = [m for key in SKILLS for m in _measurements(*key, locales, range(seeds), utterances)]
    return ComparisonInputs(
        title="Ways to tune, made up",
        statistics=compute_statistics(measurements, settings),
        retrieval=_retrieval_runs() if whole else (),
        chat=_chat(locales) if whole else (),
        backbone="mini",
        pretraining="Pre-trained on text alone, without translation pairs.",
        alignments=(
            AlignmentFacts(
                contender="APT",
                description="COD dev and MASSIVE train",
                pairs=11_900,
                locales=51,
                length=16,
                updates=930,
            ),
        ),
        not_run=(
            NotRun(reason="no time was left for all data", shots="all"),
            NotRun(reason="XSGD needs files that are not here", task="xsgd"),
        ),
        findings=("Slots gain nothing from alignment with 5 shots: a finding made up for a test.",),
        command="zenml pipeline run compare_methods -c configs/compare.yaml",
        **ORIGIN,
    )


def without(inputs, **changed):
    """The inputs with some fields changed."""
    return inputs.model_copy(update=changed)


def _measurements(task, shots, locales, seeds, utterances):
    for contender, skill in SKILLS[task, shots].items():
        found = {tag: min(0.95, skill * _ease(tag)) for tag in locales}
        facts = {"updates": UPDATES.get(contender, 2400), "learning_rate": 0.005}
        yield from drawn(Cell(contender=contender, task=task, shots=shots), seeds, found, utterances, **facts)


def _ease(tag):
    return 1.8 if tag == "en-US" else float(numpy_generator(0, "ease", tag).uniform(0.55, 1.35))


def _retrieval_runs():
    skills = {NO_PROMPT: (None, 20.0), "APT-length-1": (1, 35.0), "APT-length-8": (8, 50.0)}
    skills |= {"APT": (16, 55.0), "APT-length-100": (100, 42.0)}
    return tuple(
        RetrievalRun(contender=name, result=_result(pooling, length, skill))
        for name, (length, skill) in skills.items()
        for pooling in ("start-last", "mean-last")
    )


def _result(pooling, length, skill):
    offset = 12.0 if pooling == "mean-last" else 0.0
    languages = tuple(
        LanguageRetrieval(
            code=code,
            locale=tag,
            pairs=1000,
            to_english=_score(skill + offset + 2 * place),
            from_english=_score(skill + offset + 2 * place - 3),
        )
        for place, (code, tag) in enumerate((("deu", "de"), ("swh", "sw"), ("tha", "th"), ("fin", "fi"), ("hin", "hi")))
    )
    average = RetrievalAverage(languages=5, to_english=_score(skill), from_english=_score(skill))
    return RetrievalResult(
        pooling=pooling, prompt_length=length, languages=languages, average=average, xtreme=None, confidence=0.95
    )


def _score(accuracy):
    return RetrievalScore(accuracy=accuracy, low=accuracy - 2, high=accuracy + 2)


def _chat(locales):
    return tuple(
        ChatScore(model="stub", task="intent", shots=shots, locale=tag, examples=100, score=20.0 + shots)
        for shots in (0, 5)
        for tag in locales
    )
