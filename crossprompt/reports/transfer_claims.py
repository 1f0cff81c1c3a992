"""The claims of paper 002, and whether they hold here: each with the differences that decide it."""

from __future__ import annotations

from crossprompt.comparison.records import Cell
from crossprompt.comparison.summaries import CellComparison
from crossprompt.reports.claims import (
    NOT_COMPARED,
    Claim,
    Evidence,
    best_in_words,
    cell_name,
    difference_evidence,
    difference_name,
)
from crossprompt.reports.formats import number, p_phrase, plural, signed
from crossprompt.reports.transfer_inputs import TransferInputs
from crossprompt.soft_prompts.records import Distances
from crossprompt.soft_prompts.transfer import length_ladders, length_of, shot_ladders, way


def tuned_pairs(inputs: TransferInputs) -> list[tuple[Cell, Cell]]:
    """Frozen and tuned cells that differ in nothing else."""
    there = [own.cell for own in inputs.cells]
    return [(cell, way(cell, "tuned")) for cell in there if way(cell, "tuned") in there]


def network_pairs(inputs: TransferInputs) -> list[tuple[Cell, Cell]]:
    """Cells with a network and without one that differ in nothing else."""
    there = [own.cell for own in inputs.cells]
    return [(way(cell, "reparameterized"), cell) for cell in there if way(cell, "reparameterized") in there]


def _freezing(inputs: TransferInputs) -> list[Evidence]:
    found = [_difference(first, second, inputs) for first, second in tuned_pairs(inputs)]
    return found or [Evidence("frozen − tuned", NOT_COMPARED)]


def _freezing_by_distance(inputs: TransferInputs) -> list[Evidence]:
    found = [
        _trend_evidence(f"rank correlation of distance and gain, {cell_name(first)}", own)
        for first, second in tuned_pairs(inputs)
        if (own := inputs.facts.distance(first, second)) is not None
    ]
    return found or [Evidence("gain of freezing by distance", NOT_COMPARED)]


def _trend_evidence(label: str, own: Distances) -> Evidence:
    trend = own.trend
    words = f"{signed(trend.rho, 2)} over {plural(trend.languages, 'language')}, {p_phrase(trend.p)}"
    return Evidence(label, words, trend.rho, p=trend.p)


def _shots(inputs: TransferInputs) -> list[Evidence]:
    ladders = shot_ladders(own.cell for own in inputs.cells).values()
    found = [_difference(ladder[-1], ladder[0], inputs) for ladder in ladders]
    return found or [Evidence("more − fewer examples", NOT_COMPARED)]


def _lengths(inputs: TransferInputs) -> list[Evidence]:
    ladders = length_ladders(own.cell for own in inputs.cells).values()
    found = [_difference(ladder[0], ladder[-1], inputs) for ladder in ladders]
    return found or [Evidence("shortest − longest prompt", NOT_COMPARED)]


def _network(inputs: TransferInputs) -> list[Evidence]:
    """The claim holds where some language gains and some language loses significantly, after correction."""
    found = []
    for network, plain in network_pairs(inputs):
        compared = inputs.statistics.comparison(network, plain)
        if compared is not None:
            found.append(_both_ways(f"with network − without, {cell_name(plain)}", compared, inputs.alpha))
    return found or [Evidence("with network − without", NOT_COMPARED)]


def _both_ways(label: str, compared: CellComparison, alpha: float) -> Evidence:
    sure = [own.difference for own in compared.locales if (own.difference.p_corrected or 0.0) < alpha]
    better = sum(own.difference > 0 for own in sure)
    worse = len(sure) - better
    words = (
        f"{better} of {plural(len(compared.locales), 'language')} significantly better, {worse} significantly worse; "
        f"on average {signed(compared.pooled.difference)}, {p_phrase(compared.pooled.p)}"
    )
    least = min(better, worse)
    p = max(_smallest(compared, 1), _smallest(compared, -1))
    return Evidence(label, words, float(least) if least else 0.0, p=p if least else None)


def _smallest(compared: CellComparison, sign: int) -> float:
    """The smallest corrected p among the languages whose difference has this sign; 1 if there is none."""
    found = [own.difference for own in compared.locales if own.difference.difference * sign > 0]
    return min((1.0 if own.p_corrected is None else own.p_corrected for own in found), default=1.0)


def _difference(first: Cell, second: Cell, inputs: TransferInputs) -> Evidence:
    name = difference_name(first, second, with_task=False)
    return difference_evidence(name, first, second, inputs.statistics, NOT_COMPARED)


def headline(inputs: TransferInputs) -> str:
    """Frozen against tuned, or the plain prompts, in one sentence."""
    pairs = tuned_pairs(inputs)
    if pairs:
        frozen, tuned = (inputs.summary(cell) for cell in pairs[0])
        if frozen is not None and tuned is not None:
            return (
                f"With the model frozen {number(frozen.average.mean)} % of topics are right, with the model tuned "
                f"{number(tuned.average.mean)} %: {cell_name(pairs[0][0])}, on average over "
                f"{plural(len(frozen.locales), 'language')}."
            )
    return best_in_words(inputs.cells, "topics")


def lengths_of(inputs: TransferInputs) -> list[int]:
    """All prompt lengths, in order."""
    return sorted({length_of(own.cell) for own in inputs.cells})


CLAIMS: tuple[Claim[TransferInputs], ...] = (
    Claim(
        "Soft prompts transfer better to other languages where the model stays frozen.",
        "Philippy et al., figure 2",
        _freezing,
    ),
    Claim(
        "Freezing helps most where a language is far from English.", "Philippy et al., abstract", _freezing_by_distance
    ),
    Claim("More examples per class are better.", "Philippy et al., figure 3", _shots),
    Claim("Shorter prompts transfer better.", "Philippy et al., figure 4", _lengths),
    Claim(
        "A network that makes the prompt is a gain in some languages and a loss in others.",
        "Philippy et al., figure 5",
        _network,
    ),
)
"""In the paper's order."""
