"""The claims of paper 003, and whether they hold here: each with the differences that decide it."""

from __future__ import annotations

from collections.abc import Callable

from crossprompt.reports.claims import (
    NOT_COMPARED,
    Claim,
    Evidence,
    best_in_words,
    difference_evidence,
    difference_name,
    seeds_evidence,
)
from crossprompt.reports.formats import number, p_phrase, plural, shots_in_words, signed
from crossprompt.reports.translator_inputs import PromptStudyInputs, cell_of
from crossprompt.translator.paper import BASELINES, DISTANT, MPT, WITHOUT

TRANSLATORS = ("MPT-linear-1", "MPT-lstm-1", "MPT-lstm-2", "MPT-transformer-1", "MPT-transformer-2")
PLACES = ("MPT-prefix", "MPT-midfix", "MPT-endfix")
MATCHED = "SP-matched"
"""SP with as many updates as MPT: the paper's epochs give MPT more, since its pairs outnumber the examples."""

LookUp = Callable[[PromptStudyInputs], list[Evidence]]


def headline(inputs: PromptStudyInputs) -> str:
    """MPT beside SP with the most shots that both have, in one sentence."""
    for shots in reversed(inputs.shots):
        mpt, plain = inputs.summary(MPT, shots), inputs.summary("SP", shots)
        if mpt is not None and plain is not None:
            return (
                f"With the translated prompt {number(mpt.average.mean)} % are right, with one prompt for all languages "
                f"{number(plain.average.mean)} %: {shots_in_words(shots)}, on average over "
                f"{plural(len(mpt.locales), 'language')}."
            )
    return best_in_words(inputs.statistics.cells, "answers")


def _better_than(*others: str) -> LookUp:
    """MPT minus each of ``others``, with all shots that both have."""

    def look_up(inputs: PromptStudyInputs) -> list[Evidence]:
        return [part for other in others for part in _against(other, inputs)]

    return look_up


def _better_than_family(prefix: str) -> LookUp:
    """MPT minus each contender whose name begins so."""

    def look_up(inputs: PromptStudyInputs) -> list[Evidence]:
        names = dict.fromkeys(own.cell.contender for own in inputs.statistics.cells)
        others = [name for name in names if name.startswith(prefix)]
        return _better_than(*others)(inputs) or [Evidence(f"{MPT} − {prefix}…", NOT_COMPARED)]

    return look_up


def _against(other: str, inputs: PromptStudyInputs) -> list[Evidence]:
    found = [_difference(other, shots, inputs) for shots in inputs.shots]
    known = [part for part in found if part is not None]
    return known or [Evidence(f"{MPT} − {other}", NOT_COMPARED)]


def _difference(other: str, shots: int, inputs: PromptStudyInputs) -> Evidence | None:
    first, second = cell_of(MPT, shots), cell_of(other, shots)
    found, tested = inputs.statistics.comparison(first, second), inputs.test(first, second)
    if found is None:
        return None
    name = difference_name(first, second, with_task=False)
    besides = f"over languages {p_phrase(tested.p)}" if tested else ""
    return difference_evidence(name, first, second, inputs.statistics, NOT_COMPARED, besides)


def _distant(inputs: PromptStudyInputs) -> list[Evidence]:
    """By seed, the mean gain in the distant languages minus that in English."""
    found = [part for shots in inputs.shots if (part := _distant_with(shots, inputs)) is not None]
    return found or [Evidence("gain in distant languages − gain in English", NOT_COMPARED)]


def _distant_with(shots: int, inputs: PromptStudyInputs) -> Evidence | None:
    mpt, plain = inputs.summary(MPT, shots), inputs.summary("SP", shots)
    if mpt is None or plain is None:
        return None
    gains = {}
    for own in mpt.locales:
        score = plain.score(own.locale)
        if score is not None and len(score.by_seed) == len(own.score.by_seed):
            gains[own.locale] = [a - b for a, b in zip(own.score.by_seed, score.by_seed, strict=True)]
    distant = [gains[tag] for tag in DISTANT if tag in gains]
    if "en" not in gains or not distant:
        return None
    by_seed = [sum(own[place] for own in distant) / len(distant) - english for place, english in enumerate(gains["en"])]
    label = f"gain in distant languages − gain in English, {shots_in_words(shots)}"
    tested = seeds_evidence(label, by_seed, inputs.statistics.confidence)
    mean = sum(by_seed) / len(by_seed)
    return tested or Evidence(label, f"{signed(mean)}, one seed", mean)


def _more_pairs(inputs: PromptStudyInputs) -> list[Evidence]:
    """MPT, which has 500, minus those with fewer."""
    names = dict.fromkeys(own.cell.contender for own in inputs.statistics.cells)
    fewer = [name for name in names if name.startswith("MPT-pairs-") and int(name.rpartition("-")[2]) < 500]
    return _better_than(*fewer)(inputs) or [Evidence(f"{MPT} − MPT-pairs-…", NOT_COMPARED)]


CLAIMS: tuple[Claim[PromptStudyInputs], ...] = (
    Claim("MPT is better than FT, SP and PCT.", "Qiu et al., table I", _better_than(*BASELINES)),
    Claim(
        "MPT gains more over SP in Chinese, Thai, Hindi and Turkish than in English.", "Qiu et al., figure 3", _distant
    ),
    Claim("Two linear layers are the best translator.", "Qiu et al., figure 4", _better_than(*TRANSLATORS)),
    Claim("The best place of the prompt is behind both sentences.", "Qiu et al., figure 4", _better_than(*PLACES)),
    Claim("Four soft tokens are the best length.", "Qiu et al., figure 5", _better_than_family("MPT-length-")),
    Claim(
        "Both losses are worth the same: alpha = 0.5 is best.",
        "Qiu et al., figure 5",
        _better_than_family("MPT-alpha-"),
    ),
    Claim("More parallel pairs help, up to a number.", "Qiu et al., figure 5", _more_pairs),
    Claim("Each part of MPT is needed.", "Qiu et al., table II", _better_than(*WITHOUT)),
    Claim("MPT is better than SP with as many updates.", "asked here", _better_than(MATCHED)),
)
"""In the paper's order; the last is not the paper's but a question that its protocol leaves open."""
