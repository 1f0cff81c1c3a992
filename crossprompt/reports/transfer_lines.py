"""The rows of the tables on the page of soft prompts: cells, and languages."""

from __future__ import annotations

from dataclasses import dataclass

from crossprompt.comparison.records import Cell
from crossprompt.comparison.summaries import CellSummary, Difference, ScoreSummary
from crossprompt.locales.distance import kinship
from crossprompt.locales.languages import Locale, describe_locale
from crossprompt.reports.formats import shots_in_words
from crossprompt.reports.transfer_claims import network_pairs, tuned_pairs
from crossprompt.reports.transfer_inputs import TransferInputs
from crossprompt.soft_prompts.topics import WHOLE
from crossprompt.soft_prompts.transfer import length_of


@dataclass(frozen=True)
class CellLine:
    """One contender with so many examples.

    Attributes:
        name: Of the contender.
        shots: In words.
        length: Soft tokens.
        average: Accuracy over languages, English among them.
        f1: Mean macro-F1 over languages.
        whole: Accuracy where the whole vocabulary competes.
        english: Accuracy in English.
        gap: English minus the mean of all others.
        rate: Learning rate.
        updates: Of each training.
        seeds: How many.
    """

    name: str
    shots: str
    length: int
    average: ScoreSummary
    f1: float | None
    whole: float | None
    english: float | None
    gap: float | None
    rate: float
    updates: int
    seeds: int


@dataclass(frozen=True)
class LanguageLine:
    """One language: its relation to English, its scores in some cells, and what freezing and the network bring."""

    known: Locale
    tag: str
    relation: str
    scores: tuple[tuple[float | None, float | None], ...]
    """Accuracy and macro-F1 of each cell."""
    gains: tuple[Difference | None, ...]


def cell_lines(inputs: TransferInputs) -> list[CellLine]:
    """All cells, by shots and length."""
    ordered = sorted(
        inputs.cells, key=lambda own: (own.cell.shots or float("inf"), length_of(own.cell), own.cell.contender)
    )
    return [_cell_line(own, inputs) for own in ordered]


def language_lines(inputs: TransferInputs, cells: tuple[Cell, ...]) -> list[LanguageLine]:
    """All languages that one of ``cells`` was tested in, the nearest to English first."""
    summaries = [own for cell in cells if (own := inputs.summary(cell)) is not None]
    tags = {part.locale for own in summaries for part in own.locales}
    english = inputs.facts.english
    ordered = sorted(tags, key=lambda tag: (kinship(tag, english), describe_locale(tag).english_name, tag))
    return [_language_line(tag, cells, inputs) for tag in ordered]


def shown_cells(inputs: TransferInputs) -> tuple[Cell, ...]:
    """The cells whose languages are shown: those that were compared by freezing or by the network, or the best one."""
    pairs = [*tuned_pairs(inputs)[:1], *network_pairs(inputs)[:1]]
    chosen = dict.fromkeys(cell for pair in pairs for cell in pair)
    if not chosen and inputs.cells:
        chosen = {max(inputs.cells, key=lambda own: own.average.mean).cell: None}
    return tuple(chosen)


def gain_pairs(inputs: TransferInputs) -> list[tuple[Cell, Cell]]:
    """The differences that are shown for each language."""
    return [*tuned_pairs(inputs)[:1], *network_pairs(inputs)[:1]]


def _cell_line(summary: CellSummary, inputs: TransferInputs) -> CellLine:
    cell, english = summary.cell, summary.score(inputs.facts.english)
    whole = inputs.summary(cell.model_copy(update={"task": WHOLE}))
    others = summary.mean_without(inputs.facts.english)
    return CellLine(
        name=cell.contender,
        shots=shots_in_words(cell.shots),
        length=length_of(cell),
        average=summary.average,
        f1=inputs.facts.average_f1(cell),
        whole=None if whole is None else whole.average.mean,
        english=None if english is None else english.mean,
        gap=None if english is None or others is None else english.mean - others,
        rate=summary.trainings[0].learning_rate,
        updates=max(own.updates for own in summary.trainings),
        seeds=len(summary.trainings),
    )


def _language_line(tag: str, cells: tuple[Cell, ...], inputs: TransferInputs) -> LanguageLine:
    return LanguageLine(
        known=describe_locale(tag),
        tag=tag,
        relation=kinship(tag, inputs.facts.english).words,
        scores=tuple(_scores(tag, cell, inputs) for cell in cells),
        gains=tuple(_gain(tag, first, second, inputs) for first, second in gain_pairs(inputs)),
    )


def _scores(tag: str, cell: Cell, inputs: TransferInputs) -> tuple[float | None, float | None]:
    summary, f1 = inputs.summary(cell), inputs.facts.score(cell, tag)
    score = None if summary is None else summary.score(tag)
    return None if score is None else score.mean, None if f1 is None else f1.mean


def _gain(tag: str, first: Cell, second: Cell, inputs: TransferInputs) -> Difference | None:
    found = inputs.statistics.comparison(first, second)
    parts = () if found is None else found.locales
    return next((own.difference for own in parts if own.locale == tag), None)
