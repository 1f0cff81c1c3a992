"""Judged claims as a table, as Markdown and as plain values: for the reports of all studies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from crossprompt.reports.claims import JudgedClaim
from crossprompt.reports.markdown import markdown_table
from crossprompt.reports.table import Table, make_table

_COLUMNS = ("claim", "source", "verdict", "evidence", "difference", "low", "high", "p", "p_over_seeds", "words")
_EVIDENCE = ("label", "difference", "low", "high", "p", "p_over_seeds", "words")


def claims_table(claims: Sequence[JudgedClaim]) -> Table:
    """One row for each piece of evidence."""
    rows = [
        [own.text, own.source, own.verdict.value, *(getattr(part, name) for name in _EVIDENCE)]
        for own in claims
        for part in own.evidence
    ]
    return make_table(_COLUMNS, rows)


def claims_markdown(claims: Sequence[JudgedClaim]) -> str:
    """A table with one row for each claim."""
    rows = [
        [
            own.text,
            own.source,
            f"**{own.verdict.value}**" + (" (measured in part)" if own.partly else ""),
            "; ".join(f"{part.label}: {part.words}" for part in own.evidence),
        ]
        for own in claims
    ]
    return markdown_table(["claim", "source", "verdict", "evidence"], rows)


def claims_data(claims: Sequence[JudgedClaim]) -> list[dict[str, Any]]:
    """The claims in JSON's own types."""
    return [
        {
            "claim": own.text,
            "source": own.source,
            "verdict": own.verdict.value,
            "measured_in_part": own.partly,
            "evidence": {part.label: part.words for part in own.evidence},
        }
        for own in claims
    ]
