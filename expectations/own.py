"""Expectations that Great Expectations lacks, for texts and for pairs of a source and its translation."""

from __future__ import annotations

from typing import ClassVar, Literal

from great_expectations.expectations.expectation import ColumnMapExpectation, ColumnPairMapExpectation

from expectations import metrics

_METRICS = metrics.__name__
"""Importing that module registers the metrics that the classes below name."""


class ExpectColumnValuesToBeCleanText(ColumnMapExpectation):
    """Texts hold no replacement characters, mojibake, control characters or unbalanced directional controls."""

    map_metric: ClassVar[str] = "column_values.clean_text"
    success_keys: ClassVar[tuple[str, ...]] = ("mostly",)


class ExpectColumnValuesToBeNfc(ColumnMapExpectation):
    """Texts are in Unicode normalisation form C."""

    map_metric: ClassVar[str] = "column_values.nfc"
    success_keys: ClassVar[tuple[str, ...]] = ("mostly",)


class ExpectColumnValuesToBeInScript(ColumnMapExpectation):
    """Texts are in the script of ``locale``, and Chinese ones in its form of Han."""

    locale: str
    map_metric: ClassVar[str] = "column_values.in_script"
    success_keys: ClassVar[tuple[str, ...]] = ("locale", "mostly")


class PairExpectation(ColumnPairMapExpectation):
    """Base of the expectations on two texts of a row; a row that lacks one of them is left out."""

    ignore_row_if: Literal["either_value_is_missing"] = "either_value_is_missing"


class ExpectPairToShareNoNewMarkup(PairExpectation):
    """Column B (target) holds no tags, placeholders or slot brackets that column A (source) lacks."""

    map_metric: ClassVar[str] = "column_pair_values.no_markup"
    success_keys: ClassVar[tuple[str, ...]] = ("mostly",)


class ExpectPairNotToBeLeftInEnglish(PairExpectation):
    """Column B (target) does not repeat the ordinary words of column A (English source)."""

    map_metric: ClassVar[str] = "column_pair_values.not_english"
    success_keys: ClassVar[tuple[str, ...]] = ("mostly",)


class ExpectPairToKeepNumbers(PairExpectation):
    """Column B (target) has the numbers of column A (English source) as values; ``language`` is its ISO 639 code."""

    language: str
    map_metric: ClassVar[str] = "column_pair_values.numbers_kept"
    success_keys: ClassVar[tuple[str, ...]] = ("language", "mostly")


class ExpectPairToKeepDigits(PairExpectation):
    """Column B (target) writes no number in words that column A (English source) has in digits."""

    language: str
    map_metric: ClassVar[str] = "column_pair_values.numbers_in_digits"
    success_keys: ClassVar[tuple[str, ...]] = ("language", "mostly")


class ExpectPairToKeepCodes(PairExpectation):
    """Column B (target) has the codes among the slot values of column A (a JSON list) sign by sign."""

    map_metric: ClassVar[str] = "column_pair_values.codes_kept"
    success_keys: ClassVar[tuple[str, ...]] = ("mostly",)


class ExpectPairToKeepNames(PairExpectation):
    """Column B (target, Latin script) has words that begin like the names in column A (a JSON list of slot values)."""

    map_metric: ClassVar[str] = "column_pair_values.names_kept"
    success_keys: ClassVar[tuple[str, ...]] = ("mostly",)
