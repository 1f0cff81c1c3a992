"""Great Expectations as a function: a table and a suite in, the failing positions of each check out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import great_expectations as gx
import pandas as pd
from great_expectations import ExpectationSuite
from great_expectations.core import ExpectationSuiteValidationResult
from great_expectations.data_context.types.base import ProgressBarsConfig

from expectations.merging import without_rows

RESULT_FORMAT = {"result_format": "COMPLETE", "return_unexpected_index_query": False}


class SuiteError(RuntimeError):
    """An expectation could not be evaluated; the message names the check and what Great Expectations said."""


@dataclass(frozen=True, slots=True)
class Validation:
    """What one batch came to: positions (0-based) of failing rows by check, and Great Expectations' own result."""

    failures: dict[str, tuple[int, ...]]
    result: ExpectationSuiteValidationResult

    def without_rows(self) -> Validation:
        """Without anything that has an entry for each failing row, so that results of many batches can be kept."""
        return Validation({}, without_rows(self.result))


class Validator:
    """An ephemeral context with one pandas asset; every call validates one batch, nothing is stored or sent."""

    def __init__(self) -> None:
        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = ProgressBarsConfig(globally=False)
        asset = context.data_sources.add_pandas("translations").add_dataframe_asset("locale")
        self._batches = asset.add_batch_definition_whole_dataframe("rows")

    def validate(self, rows: pd.DataFrame, suite: ExpectationSuite) -> Validation:
        """Run ``suite`` on ``rows``.

        Raises:
            SuiteError: An expectation raised instead of giving a result.
        """
        batch = self._batches.get_batch({"dataframe": rows.reset_index(drop=True)})
        result = batch.validate(suite, result_format=RESULT_FORMAT)
        return Validation({_check_of(item): _failing(item) for item in result.results}, result)


def _check_of(item: Any) -> str:
    return str(item.expectation_config.meta["check"])


def _failing(item: Any) -> tuple[int, ...]:
    if "unexpected_count" not in item.result:
        raise SuiteError(f"check {_check_of(item)!r} could not be evaluated: {_exception_of(item)}")
    return tuple(sorted(set(item.result.get("unexpected_index_list") or ())))


def _exception_of(item: Any) -> str:
    info = item.exception_info or {}
    details = [info, *(value for value in info.values() if isinstance(value, dict))]
    return next((str(d["exception_message"]) for d in details if d.get("exception_message")), "no message was given")
