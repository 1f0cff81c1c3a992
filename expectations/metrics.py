"""Metrics of the project's own expectations: the checks of ``crossprompt.quality``, row by row, on pandas columns."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pandas as pd
from great_expectations.execution_engine import PandasExecutionEngine
from great_expectations.expectations.metrics.map_metric_provider import (
    ColumnMapMetricProvider,
    ColumnPairMapMetricProvider,
    column_condition_partial,
    column_pair_condition_partial,
)

from crossprompt.quality.copies import left_in_english
from crossprompt.quality.hygiene import is_nfc, leaked_markup, text_problems
from crossprompt.quality.numbers import compare_numbers
from crossprompt.quality.scripts import is_in_script_of
from crossprompt.quality.slots import lost_codes, lost_names


def over_values(column: pd.Series, passes: Callable[[str], bool]) -> pd.Series:
    """``passes`` for each text of ``column``, computed once per distinct text; a boolean series with the same index."""
    verdicts = {value: passes(value) for value in column.unique()}
    return column.map(verdicts).astype(bool)


def over_pairs(first: pd.Series, second: pd.Series, passes: Callable[[str, str], bool]) -> pd.Series:
    """``passes`` for each pair of texts, computed once per distinct pair; a boolean series with the same index.

    A pair that lacks a text passes: that is another check's matter.
    """
    pairs = list(zip(first, second, strict=True))
    verdicts = {pair: passes(*pair) for pair in set(pairs) if isinstance(pair[0], str) and isinstance(pair[1], str)}
    return pd.Series([verdicts.get(pair, True) for pair in pairs], index=first.index, dtype=bool)


class CleanText(ColumnMapMetricProvider):
    """No broken characters."""

    condition_metric_name = "column_values.clean_text"

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column: pd.Series, **_: Any) -> pd.Series:  # noqa: N805 - GX makes it a class method
        return over_values(column, lambda text: not text_problems(text))


class Nfc(ColumnMapMetricProvider):
    """Unicode normalisation form C."""

    condition_metric_name = "column_values.nfc"

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column: pd.Series, **_: Any) -> pd.Series:  # noqa: N805 - GX makes it a class method
        return over_values(column, is_nfc)


class InScript(ColumnMapMetricProvider):
    """The script of ``locale``."""

    condition_metric_name = "column_values.in_script"
    condition_value_keys = ("locale",)

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column: pd.Series, locale: str, **_: Any) -> pd.Series:  # noqa: N805 - GX makes it a class method
        return over_values(column, lambda text: is_in_script_of(text, locale))


class NoMarkup(ColumnPairMapMetricProvider):
    """Source and target: no markup that the source lacks."""

    condition_metric_name = "column_pair_values.no_markup"
    condition_domain_keys = ("column_A", "column_B")
    condition_value_keys = ()

    @column_pair_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column_A: pd.Series, column_B: pd.Series, **_: Any) -> pd.Series:  # noqa: N803, N805 - GX's names
        return over_pairs(column_A, column_B, lambda source, target: not leaked_markup(source, target))


class NotEnglish(ColumnPairMapMetricProvider):
    """Source and target: the target is not the source."""

    condition_metric_name = "column_pair_values.not_english"
    condition_domain_keys = ("column_A", "column_B")
    condition_value_keys = ()

    @column_pair_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column_A: pd.Series, column_B: pd.Series, **_: Any) -> pd.Series:  # noqa: N803, N805 - GX's names
        return over_pairs(column_A, column_B, lambda source, target: not left_in_english(source, target))


class NumbersKept(ColumnPairMapMetricProvider):
    """Source and target: the same numbers, as values."""

    condition_metric_name = "column_pair_values.numbers_kept"
    condition_domain_keys = ("column_A", "column_B")
    condition_value_keys = ("language",)

    @column_pair_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column_A: pd.Series, column_B: pd.Series, language: str, **_: Any) -> pd.Series:  # noqa: N803, N805 - GX's names
        return over_pairs(column_A, column_B, lambda source, target: compare_numbers(source, target, language).kept)


class NumbersInDigits(ColumnPairMapMetricProvider):
    """Source and target: no number of the source is missing as digits; contradictions are the other metric's."""

    condition_metric_name = "column_pair_values.numbers_in_digits"
    condition_domain_keys = ("column_A", "column_B")
    condition_value_keys = ("language",)

    @column_pair_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column_A: pd.Series, column_B: pd.Series, language: str, **_: Any) -> pd.Series:  # noqa: N803, N805 - GX's names
        def passes(source: str, target: str) -> bool:
            finding = compare_numbers(source, target, language)
            return not finding.missing or not finding.kept

        return over_pairs(column_A, column_B, passes)


class CodesKept(ColumnPairMapMetricProvider):
    """Slot values (a JSON list) and target: codes are copied."""

    condition_metric_name = "column_pair_values.codes_kept"
    condition_domain_keys = ("column_A", "column_B")
    condition_value_keys = ()

    @column_pair_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column_A: pd.Series, column_B: pd.Series, **_: Any) -> pd.Series:  # noqa: N803, N805 - GX's names
        return over_pairs(column_A, column_B, lambda slots, target: not lost_codes(json.loads(slots), target))


class NamesKept(ColumnPairMapMetricProvider):
    """Slot values (a JSON list) and target: names are recognisable."""

    condition_metric_name = "column_pair_values.names_kept"
    condition_domain_keys = ("column_A", "column_B")
    condition_value_keys = ()

    @column_pair_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column_A: pd.Series, column_B: pd.Series, **_: Any) -> pd.Series:  # noqa: N803, N805 - GX's names
        return over_pairs(column_A, column_B, lambda slots, target: not lost_names(json.loads(slots), target))
