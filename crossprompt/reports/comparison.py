"""The report of a comparison: the paper's tables beside ours, its claims and what became of them."""

from __future__ import annotations

from crossprompt.reports.claims import judge_claims
from crossprompt.reports.comparison_claims import CLAIMS
from crossprompt.reports.comparison_inputs import ComparisonInputs
from crossprompt.reports.comparison_page import comparison_values
from crossprompt.reports.comparison_summary import alignments, averages, headline, lead, not_run, retrieval
from crossprompt.reports.paper_tables import paper_differences, paper_numbers, paper_section
from crossprompt.reports.paper_views import table_views
from crossprompt.reports.study import Study
from crossprompt.reports.table import Table, make_table, records_table


def comparison_study(inputs: ComparisonInputs) -> Study:
    """All that the report says."""
    views, claims = table_views(inputs), judge_claims(CLAIMS, inputs, inputs.alpha)
    return Study(
        inputs=inputs,
        name="comparison",
        headline=headline(inputs),
        lead=lead(inputs, claims),
        subject=f"Backbone: {inputs.backbone}. {inputs.pretraining}",
        claims=claims,
        template="comparison.html",
        shown=comparison_values(inputs, views),
        own_tables={
            "paper_numbers": paper_numbers(views),
            "paper_differences": paper_differences(views),
            "retrieval": _retrieval(inputs),
            "chat": records_table(("model", "task", "shots", "locale", "examples", "score"), inputs.chat),
            "alignments": records_table(
                ("contender", "description", "pairs", "locales", "length", "updates"), inputs.alignments
            ),
            "not_run": records_table(("table", "task", "shots", "contender", "reason"), inputs.not_run),
        },
        averages=averages(inputs),
        sections=(
            *map(paper_section, views),
            ("Retrieval: the translation of a sentence among all of its language", retrieval(inputs)),
            ("Alignment variants", alignments(inputs)),
            ("What was not run", not_run(inputs)),
        ),
        in_tables=frozenset({"statistics", "retrieval", "chat"}),
    )


def _retrieval(inputs: ComparisonInputs) -> Table:
    rows = [
        [
            *(run.contender, run.result.pooling, part.code, part.locale, part.pairs),
            *(part.to_english.accuracy, part.from_english.accuracy),
        ]
        for run in inputs.retrieval
        for part in run.result.languages
    ]
    columns = ("contender", "pooling", "language", "locale", "pairs", "to_english", "from_english")
    return make_table(columns, rows)
