"""The report of translated prompts: the paper's tables and figures beside ours, its claims and what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from crossprompt.reports.claim_tables import claims_data, claims_markdown, claims_table
from crossprompt.reports.claims import JudgedClaim, tally
from crossprompt.reports.comparison_claims import shots_in_words
from crossprompt.reports.comparison_paper import TableView, table_views
from crossprompt.reports.comparison_summary import spread, table_section
from crossprompt.reports.comparison_tables import paper_differences, paper_numbers, statistics_tables
from crossprompt.reports.files import Report, as_json, plain
from crossprompt.reports.formats import number, p_value, rate, signed
from crossprompt.reports.markdown import markdown_table
from crossprompt.reports.table import Table, make_table
from crossprompt.reports.templates import environment, own_file
from crossprompt.reports.translator_charts import study_charts
from crossprompt.reports.translator_claims import headline, study_claims
from crossprompt.reports.translator_inputs import PromptStudyInputs
from crossprompt.storage.atomic import write_text_atomic
from crossprompt.translator.paper import P_VALUES, TABLES
from crossprompt.translator.records import LanguageTest

README, DATA = "README.md", "study.json"
TABLE_II_SHOTS = 64


def build_study_report(inputs: PromptStudyInputs) -> Report:
    """The report. Equal inputs give an equal report, byte for byte."""
    views, claims = table_views(inputs, TABLES), study_claims(inputs)
    return Report(html=_page(inputs, views, claims), tables=_tables(inputs, views, claims), data=_data(inputs, claims))


def write_study_results(inputs: PromptStudyInputs, folder: Path) -> Path:
    """Write what belongs under version control: ``README.md``, ``study.json`` and one CSV file per table.

    Returns:
        The path of the page.
    """
    views, claims = table_views(inputs, TABLES), study_claims(inputs)
    for name, table in _tables(inputs, views, claims).items():
        if table.rows:
            write_text_atomic(folder / f"{name}.csv", table.to_csv())
    kept = {name: value for name, value in _data(inputs, claims).items() if name not in ("statistics", "tests")}
    write_text_atomic(folder / DATA, as_json(kept))
    write_text_atomic(folder / README, _markdown(inputs, views, claims))
    return folder / README


def paper_p(test: LanguageTest) -> float | None:
    """The paper's p value of the same difference, from table II."""
    return P_VALUES.get(test.second.contender) if test.first.shots == TABLE_II_SHOTS else None


def _page(inputs: PromptStudyInputs, views: Sequence[TableView], claims: Sequence[JudgedClaim]) -> str:
    text: str = (
        environment()
        .get_template("translator.html")
        .render(
            inputs=inputs,
            headline=headline(inputs),
            lead=tally(own.verdict for own in claims),
            claims=claims,
            charts=study_charts(inputs),
            views=_worth_showing(views),
            cells=_averages(inputs),
            tests=[(shots_in_words(own.first.shots), own, paper_p(own)) for own in inputs.tests],
            style=own_file("report.css") + own_file("comparison.css"),
        )
    )
    return text


def _worth_showing(views: Sequence[TableView]) -> list[TableView]:
    """Averages always; the languages of what was measured."""
    return [view for view in views if not view.tall or view.measured]


def _averages(inputs: PromptStudyInputs) -> list[tuple[str, ...]]:
    """Contender, examples, average with deviation, interval, English, the mean of all others, dev, updates, seeds."""
    rows: list[tuple[str, ...]] = []
    ordered = sorted(inputs.statistics.cells, key=lambda own: own.cell.shots or 0)
    for own in ordered:
        english = own.score("en")
        others = [part.score.mean for part in own.locales if part.locale != "en"]
        dev = [training.dev_score for training in own.trainings]
        rows.append(
            (
                own.cell.contender,
                shots_in_words(own.cell.shots),
                spread(own.average.mean, own.average.std),
                f"{number(own.average.low)} to {number(own.average.high)}",
                number(english.mean if english else None),
                number(sum(others) / len(others) if others else None),
                number(sum(dev) / len(dev)),
                number(max(training.updates for training in own.trainings), 0),
                rate(own.trainings[0].learning_rate),
                str(len(own.trainings)),
            )
        )
    return rows


AVERAGES = (
    *("contender", "examples", "accuracy, %", "interval", "English", "others", "English dev", "updates", "rate"),
    "seeds",
)


def _tables(inputs: PromptStudyInputs, views: Sequence[TableView], claims: Sequence[JudgedClaim]) -> dict[str, Table]:
    """All tables by name; a name is also that of the CSV file."""
    return {
        **statistics_tables(inputs.statistics),
        "paper_numbers": paper_numbers(views),
        "paper_differences": paper_differences(views),
        "language_tests": make_table(
            ("shots", "first", "second", "languages", "difference", "low", "high", "p", "paper_p"),
            [
                [
                    *(own.first.shots, own.first.contender, own.second.contender, own.languages),
                    *(own.difference, own.low, own.high, own.p, paper_p(own)),
                ]
                for own in inputs.tests
            ],
        ),
        "claims": claims_table(claims),
        "contenders": make_table(
            ("contender", "description", "tunes_backbone", "learning_rate"),
            [[own.contender, own.description, own.tunes_backbone, own.learning_rate] for own in inputs.contenders],
        ),
        "verbalizer": make_table(("label", "word"), inputs.verbalizer.items()),
        "versions": make_table(("library", "version"), inputs.versions.items()),
    }


def _data(inputs: PromptStudyInputs, claims: Sequence[JudgedClaim]) -> dict[str, Any]:
    values: dict[str, Any] = plain(
        {
            "headline": headline(inputs),
            "claims": claims_data(claims),
            **inputs.model_dump(mode="json"),
        }
    )
    return values


def _markdown(inputs: PromptStudyInputs, views: Sequence[TableView], claims: Sequence[JudgedClaim]) -> str:
    """The page for ``results/``: GitHub's Markdown."""
    facts = {**inputs.machine, **inputs.versions}
    sections = (
        ("", _head(inputs, claims)),
        ("Averages", markdown_table(AVERAGES, _averages(inputs))),
        ("Claims", claims_markdown(claims)),
        ("Tests over languages", _language_tests(inputs)),
        *((f"Table {v.table.number}: {v.table.title}", table_section(v)) for v in _worth_showing(views)),
        ("Machine and versions", markdown_table(["", ""], [[n.replace("_", " "), v] for n, v in facts.items()])),
    )
    return "\n\n".join(f"## {title}\n\n{body}" if title else body for title, body in sections if body) + "\n"


def _head(inputs: PromptStudyInputs, claims: Sequence[JudgedClaim]) -> str:
    begun = f"Begun on {inputs.started.replace('T', ' at ')} UTC" if inputs.started else "Measured"
    took = f"; it took {number(inputs.hours)} hours in all" if inputs.hours is not None else ""
    parts = [
        f"# {inputs.title}",
        f"**{headline(inputs)}**",
        tally(own.verdict for own in claims),
        f"Backbone: {inputs.backbone}. {inputs.pretraining} Parallel pairs: {inputs.auxiliary}.",
        *inputs.findings,
        f"{begun} with the following command{took}.",
        f"    {inputs.command}",
        "The CSV files hold these numbers in full precision, `study.json` the claims and how all came to be.",
    ]
    return "\n\n".join(part for part in parts if part.strip())


def _language_tests(inputs: PromptStudyInputs) -> str:
    rows = [
        [
            f"{own.first.contender} − {own.second.contender}",
            shots_in_words(own.first.shots),
            signed(own.difference),
            f"{signed(own.low)} to {signed(own.high)}",
            p_value(own.p),
            p_value(paper_p(own)),
        ]
        for own in inputs.tests
    ]
    return markdown_table(["", "examples", "difference", "interval", "p", "the paper's p"], rows) if rows else ""
