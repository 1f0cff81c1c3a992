"""The claims of paper 002, and whether they hold here: each with the differences that decide it."""

from __future__ import annotations

from crossprompt.comparison.records import Cell
from crossprompt.comparison.summaries import CellComparison
from crossprompt.reports.claims import Evidence, JudgedClaim, difference_evidence, judged
from crossprompt.reports.comparison_claims import shots_in_words
from crossprompt.reports.formats import number, p_phrase, plural, signed
from crossprompt.reports.transfer_inputs import TransferInputs
from crossprompt.soft_prompts.records import Distances
from crossprompt.soft_prompts.transfer import length_ladders, length_of, shot_ladders, way

PAPER = "Philippy et al."
NOT_COMPARED = "no such pair of cells is in the configuration"


def transfer_claims(inputs: TransferInputs) -> list[JudgedClaim]:
    """All claims, in the paper's order."""
    listed = (
        (
            "Soft prompts transfer better to other languages where the model stays frozen.",
            "figure 2",
            _freezing,
        ),
        (
            "Freezing helps most where a language is far from English.",
            "abstract",
            _freezing_by_distance,
        ),
        ("More examples per class are better.", "figure 3", _shots),
        ("Shorter prompts transfer better.", "figure 4", _lengths),
        (
            "A network that makes the prompt is a gain in some languages and a loss in others.",
            "figure 5",
            _network,
        ),
    )
    return [
        judged(text, f"Philippy et al., {source}", look_up(inputs), inputs.alpha) for text, source, look_up in listed
    ]


def tuned_pairs(inputs: TransferInputs) -> list[tuple[Cell, Cell]]:
    """Frozen and tuned cells that differ in nothing else."""
    there = [own.cell for own in inputs.cells]
    return [(cell, way(cell, "tuned")) for cell in there if way(cell, "tuned") in there]


def network_pairs(inputs: TransferInputs) -> list[tuple[Cell, Cell]]:
    """Cells with a network and without one that differ in nothing else."""
    there = [own.cell for own in inputs.cells]
    return [(way(cell, "reparameterized"), cell) for cell in there if way(cell, "reparameterized") in there]


def name_of(cell: Cell) -> str:
    """``SPT-8, 4 shots``."""
    return f"{cell.contender}, {shots_in_words(cell.shots)}"


def _freezing(inputs: TransferInputs) -> list[Evidence]:
    found = [_difference(first, second, inputs) for first, second in tuned_pairs(inputs)]
    return found or [Evidence("frozen − tuned", NOT_COMPARED)]


def _freezing_by_distance(inputs: TransferInputs) -> list[Evidence]:
    found = [
        _trend_evidence(f"rank correlation of distance and gain, {name_of(first)}", own)
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
            found.append(_both_ways(f"with network − without, {name_of(plain)}", compared, inputs.alpha))
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
    return difference_evidence(_label(first, second), first, second, inputs.statistics, NOT_COMPARED)


def _label(first: Cell, second: Cell) -> str:
    if first.contender == second.contender:
        return f"{shots_in_words(first.shots)} − {shots_in_words(second.shots)}, {first.contender}"
    return f"{first.contender} − {second.contender}, {shots_in_words(first.shots)}"


def headline(inputs: TransferInputs) -> str:
    """Frozen against tuned, or the plain prompts, in one sentence."""
    pairs = tuned_pairs(inputs)
    if pairs:
        frozen, tuned = (inputs.summary(cell) for cell in pairs[0])
        if frozen is not None and tuned is not None:
            return (
                f"With the model frozen {number(frozen.average.mean)} % of topics are right, with the model tuned "
                f"{number(tuned.average.mean)} %: {name_of(pairs[0][0])}, on average over "
                f"{plural(len(frozen.locales), 'language')}."
            )
    if not inputs.cells:
        return "Nothing was measured."
    best = max(inputs.cells, key=lambda own: own.average.mean)
    where = f"on average over {plural(len(best.locales), 'language')}"
    return f"{name_of(best.cell)} gets {number(best.average.mean)} % of topics right {where}."


def lengths_of(inputs: TransferInputs) -> list[int]:
    """All prompt lengths, in order."""
    return sorted({length_of(own.cell) for own in inputs.cells})
