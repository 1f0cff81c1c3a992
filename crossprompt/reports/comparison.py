"""The report of a comparison: the paper's tables beside ours, its claims and what became of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from crossprompt.reports.comparison_claims import ClaimView, claim_views
from crossprompt.reports.comparison_inputs import ComparisonInputs
from crossprompt.reports.comparison_page import comparison_page
from crossprompt.reports.comparison_paper import table_views
from crossprompt.reports.comparison_summary import comparison_markdown, headline
from crossprompt.reports.comparison_tables import comparison_tables
from crossprompt.reports.files import Report, as_json, plain
from crossprompt.storage.atomic import write_text_atomic

README, DATA = "README.md", "comparison.json"
_IN_TABLES = ("statistics", "retrieval", "chat")
"""Parts of the data that the CSV files of a results folder hold."""
_KEPT_TABLES = (
    *("averages", "locales", "seeds", "trainings", "differences", "locale_differences", "group_differences"),
    *("paper_numbers", "paper_differences", "claims", "retrieval", "chat"),
)


def build_comparison_report(inputs: ComparisonInputs) -> Report:
    """The report. Equal inputs give an equal report, byte for byte."""
    views, claims = table_views(inputs), claim_views(inputs)
    return Report(
        html=comparison_page(inputs, views, claims),
        tables=comparison_tables(inputs, views, claims),
        data=_data(inputs, claims),
    )


def write_comparison_results(inputs: ComparisonInputs, folder: Path) -> Path:
    """Write what belongs under version control: ``README.md``, ``comparison.json`` and one CSV file per table.

    Returns:
        The path of the page.
    """
    views, claims = table_views(inputs), claim_views(inputs)
    tables = comparison_tables(inputs, views, claims)
    for name in _KEPT_TABLES:
        if tables[name].rows:
            write_text_atomic(folder / f"{name}.csv", tables[name].to_csv())
    kept = {name: value for name, value in _data(inputs, claims).items() if name not in _IN_TABLES}
    write_text_atomic(folder / DATA, as_json(kept))
    write_text_atomic(folder / README, comparison_markdown(inputs, views, claims))
    return folder / README


def _data(inputs: ComparisonInputs, claims: list[ClaimView]) -> dict[str, Any]:
    values: dict[str, Any] = plain(
        {
            "headline": headline(inputs),
            "claims": [
                {
                    "claim": view.claim.text,
                    "source": view.claim.source,
                    "verdict": view.verdict.value,
                    "measured_in_part": view.partly,
                    "evidence": {part.label: part.words for part in view.evidence},
                }
                for view in claims
            ],
            **inputs.model_dump(mode="json"),
        }
    )
    return values
