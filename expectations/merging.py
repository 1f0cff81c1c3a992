"""Great Expectations' results of the same suite on parts of a language, as one result: what Data Docs are made of."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from typing import Any

from great_expectations.core import ExpectationSuiteValidationResult, ExpectationValidationResult

_COUNTS = ("element_count", "unexpected_count", "missing_count")
_PER_ROW = ("unexpected_list", "unexpected_index_list")
_SHARES = {
    "missing_percent": ("missing_count", ("element_count", "")),
    "unexpected_percent": ("unexpected_count", ("element_count", "missing_count")),
    "unexpected_percent_total": ("unexpected_count", ("element_count", "")),
    "unexpected_percent_nonmissing": ("unexpected_count", ("element_count", "missing_count")),
}
"""Percentages by what they count and what of, less what is missing."""
_MOST_SHOWN = 20
"""Great Expectations' own number of partial results."""


def without_rows(result: ExpectationSuiteValidationResult) -> ExpectationSuiteValidationResult:
    """``result`` without the lists that have an entry for each failing row."""
    slim = copy(result)
    slim.results = [_with_result(item, _dropped(item.result)) for item in result.results]
    return slim


def merge_results(parts: Sequence[ExpectationSuiteValidationResult]) -> ExpectationSuiteValidationResult:
    """One result of one suite over all ``parts``; at least one, each with the same expectations in the same order."""
    if len(parts) == 1:
        return parts[0]
    merged = copy(parts[0])
    merged.results = [_merge(items) for items in zip(*(part.results for part in parts), strict=True)]
    merged.success = all(item.success for item in merged.results)
    passed = sum(bool(item.success) for item in merged.results)
    count = len(merged.results)
    merged.statistics = {
        "evaluated_expectations": count,
        "successful_expectations": passed,
        "unsuccessful_expectations": count - passed,
        "success_percent": 100 * passed / count if count else None,
    }
    return merged


def _merge(items: Sequence[ExpectationValidationResult]) -> ExpectationValidationResult:
    found = [item.result for item in items]
    result: dict[str, Any] = dict(found[0])
    for name in _COUNTS:
        if name in result:
            result[name] = sum(part[name] for part in found)
    for name in [name for name in result if name.startswith("partial_")]:
        shown = [entry for part in found for entry in part.get(name) or ()]
        result[name] = shown[:_MOST_SHOWN]
    for name, (part, whole) in _SHARES.items():
        if name in result:
            total = result.get(whole[0], 0) - result.get(whole[1], 0)
            result[name] = 100 * result[part] / total if total else 0.0
    merged = _with_result(items[0], result)
    merged.success = all(item.success for item in items)
    return merged


def _with_result(item: ExpectationValidationResult, result: dict[str, Any]) -> ExpectationValidationResult:
    changed = copy(item)
    changed.result = result
    return changed


def _dropped(result: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in result.items() if name not in _PER_ROW}
