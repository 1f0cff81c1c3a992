"""The report of soft prompts on a decoder: the page, its tables, and what belongs under version control."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from crossprompt.locales.distance import Kinship, kinship
from crossprompt.locales.languages import describe_locale
from crossprompt.reports.claim_tables import claims_data, claims_markdown, claims_table
from crossprompt.reports.claims import JudgedClaim, tally
from crossprompt.reports.comparison_claims import shots_in_words
from crossprompt.reports.comparison_summary import spread
from crossprompt.reports.comparison_tables import statistics_tables
from crossprompt.reports.files import Report, as_json, plain
from crossprompt.reports.formats import number, p_value, signed
from crossprompt.reports.markdown import markdown_table
from crossprompt.reports.table import Table, make_table
from crossprompt.reports.templates import environment, own_file
from crossprompt.reports.transfer_charts import transfer_charts
from crossprompt.reports.transfer_claims import headline, name_of, transfer_claims
from crossprompt.reports.transfer_inputs import TransferInputs
from crossprompt.reports.transfer_lines import cell_lines, gain_pairs, language_lines, shown_cells
from crossprompt.soft_prompts.records import Distances
from crossprompt.storage.atomic import write_text_atomic

README, DATA = "README.md", "transfer.json"


def build_transfer_report(inputs: TransferInputs) -> Report:
    """The report. Equal inputs give an equal report, byte for byte."""
    claims = transfer_claims(inputs)
    return Report(html=_page(inputs, claims), tables=_tables(inputs, claims), data=_data(inputs, claims))


def write_transfer_results(inputs: TransferInputs, folder: Path) -> Path:
    """Write what belongs under version control: ``README.md``, ``transfer.json`` and one CSV file per table.

    Returns:
        The path of the page.
    """
    claims = transfer_claims(inputs)
    for name, table in _tables(inputs, claims).items():
        if table.rows:
            write_text_atomic(folder / f"{name}.csv", table.to_csv())
    kept = {name: value for name, value in _data(inputs, claims).items() if name not in ("statistics", "facts")}
    write_text_atomic(folder / DATA, as_json(kept))
    write_text_atomic(folder / README, _markdown(inputs, claims))
    return folder / README


def difference_name(own: Distances) -> str:
    """What is looked at by distance, in words."""
    if own.second is None:
        return name_of(own.first)
    return f"{own.first.contender} − {own.second.contender}, {shots_in_words(own.first.shots)}"


def _page(inputs: TransferInputs, claims: Sequence[JudgedClaim]) -> str:
    cells = shown_cells(inputs)
    text: str = (
        environment()
        .get_template("transfer.html")
        .render(
            inputs=inputs,
            headline=headline(inputs),
            lead=tally(own.verdict for own in claims),
            claims=claims,
            cells=cell_lines(inputs),
            charts=transfer_charts(inputs),
            shown=[cell.contender for cell in cells],
            shots=shots_in_words(cells[0].shots) if cells else "",
            gains=[f"{first.contender} − {second.contender}" for first, second in gain_pairs(inputs)],
            languages=language_lines(inputs, cells),
            relations=[own.words for own in Kinship],
            distances=[(difference_name(own), own) for own in inputs.facts.distances],
            style=own_file("report.css") + own_file("comparison.css"),
        )
    )
    return text


def _tables(inputs: TransferInputs, claims: Sequence[JudgedClaim]) -> dict[str, Table]:
    """All tables by name; a name is also that of the CSV file."""
    return {
        **statistics_tables(inputs.statistics),
        "macro_f1": _macro_f1(inputs),
        "distances": _distances(inputs),
        "claims": claims_table(claims),
        "verbalizer": make_table(("topic", "word"), inputs.verbalizer.items()),
        "versions": make_table(("library", "version"), inputs.versions.items()),
    }


def _macro_f1(inputs: TransferInputs) -> Table:
    rows = [
        [own.cell.shots or "all", own.cell.contender, own.locale, *_kin(own.locale, inputs), own.mean, *own.macro_f1]
        for own in inputs.facts.scores
    ]
    seeds = max((len(own.macro_f1) for own in inputs.facts.scores), default=0)
    columns = ("shots", "contender", "locale", "name", "relation", "mean", *(f"draw_{n + 1}" for n in range(seeds)))
    return make_table(columns, [row + [None] * (len(columns) - len(row)) for row in rows])


def _kin(locale: str, inputs: TransferInputs) -> tuple[str, str]:
    return describe_locale(locale).english_name, kinship(locale, inputs.facts.english).words


def _distances(inputs: TransferInputs) -> Table:
    relations = [own.words for own in Kinship]
    rows = [
        [own.first.shots or "all", own.first.contender, own.second.contender if own.second else None]
        + [own.by_kinship.get(name) for name in relations]
        + [own.trend.languages, own.trend.rho, own.trend.p]
        for own in inputs.facts.distances
    ]
    names = [name.replace(" ", "_") for name in relations]
    return make_table(("shots", "first", "second", *names, "languages", "rho", "p"), rows)


def _data(inputs: TransferInputs, claims: Sequence[JudgedClaim]) -> dict[str, Any]:
    values: dict[str, Any] = plain(
        {
            "headline": headline(inputs),
            "claims": claims_data(claims),
            **inputs.model_dump(mode="json"),
        }
    )
    return values


def _markdown(inputs: TransferInputs, claims: Sequence[JudgedClaim]) -> str:
    """The page for ``results/``: GitHub's Markdown."""
    facts = {**inputs.machine, **inputs.versions}
    sections = (
        ("", _head(inputs, claims)),
        ("Averages", _averages(inputs)),
        ("Claims", claims_markdown(claims)),
        ("Distance from English", _distance_lines(inputs)),
        ("Machine and versions", markdown_table(["", ""], [[n.replace("_", " "), v] for n, v in facts.items()])),
    )
    return "\n\n".join(f"## {title}\n\n{body}" if title else body for title, body in sections if body) + "\n"


def _head(inputs: TransferInputs, claims: Sequence[JudgedClaim]) -> str:
    begun = f"Begun on {inputs.started.replace('T', ' at ')} UTC" if inputs.started else "Measured"
    took = f"; it took {number(inputs.hours)} hours in all" if inputs.hours is not None else ""
    parts = [
        f"# {inputs.title}",
        f"**{headline(inputs)}**",
        tally(own.verdict for own in claims),
        f"Decoder: {inputs.backbone}. {inputs.pretraining}",
        *inputs.findings,
        f"{begun} with the following command{took}.",
        f"    {inputs.command}",
        "The CSV files hold these numbers in full precision, `transfer.json` the claims and how all came to be.",
    ]
    return "\n\n".join(part for part in parts if part.strip())


def _averages(inputs: TransferInputs) -> str:
    rows = [
        [
            line.name,
            line.shots,
            spread(line.average.mean, line.average.std),
            f"{number(line.average.low)} to {number(line.average.high)}",
            number(line.f1),
            number(line.whole),
            number(line.english),
            signed(line.gap),
            str(line.seeds),
        ]
        for line in cell_lines(inputs)
    ]
    header = ["prompt", "examples", "accuracy", "interval", "macro-F1", "whole vocabulary", "English", "gap", "seeds"]
    return markdown_table(header, rows)


def _distance_lines(inputs: TransferInputs) -> str:
    relations = [own.words for own in Kinship]
    rows = [
        [
            difference_name(own),
            *((signed if own.second else number)(own.by_kinship.get(name)) for name in relations),
            signed(own.trend.rho, 2),
            p_value(own.trend.p),
        ]
        for own in inputs.facts.distances
    ]
    return markdown_table(["", *relations, "rank correlation", "p"], rows)
