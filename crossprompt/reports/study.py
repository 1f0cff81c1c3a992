"""The report of any study: what is common to all of them, and where each puts its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from crossprompt.reports.claim_tables import claims_data, claims_markdown, claims_table
from crossprompt.reports.claims import JudgedClaim
from crossprompt.reports.files import Report, as_json, plain, write_tables
from crossprompt.reports.formats import duration
from crossprompt.reports.markdown import markdown_table
from crossprompt.reports.study_inputs import StudyInputs
from crossprompt.reports.study_tables import statistics_tables
from crossprompt.reports.table import Table, make_table
from crossprompt.reports.templates import environment, own_file
from crossprompt.storage.atomic import write_text_atomic

README = "README.md"
STYLES = ("report.css", "study.css")


@dataclass(frozen=True)
class Study:
    """What a study found, ready to be a page, tables and Markdown.

    Attributes:
        inputs: What all of it is made from.
        name: Of the study's JSON file in a folder of results.
        headline: The result in one sentence.
        lead: How the claims came out.
        subject: What was trained on, in sentences.
        claims: Judged.
        template: Of the page; it extends ``study.html``.
        shown: What the template is given beside.
        own_tables: By name, which is also that of the CSV file; those of all studies are added to them.
        averages: Averages over languages, in Markdown.
        sections: Titles and texts of what follows the claims, in Markdown; an empty text is left out.
        in_tables: Parts of the inputs that tables hold whole, so that the JSON file of a folder of results lacks them.
    """

    inputs: StudyInputs
    name: str
    headline: str
    lead: str
    subject: str
    claims: Sequence[JudgedClaim]
    template: str
    shown: Mapping[str, Any]
    own_tables: Mapping[str, Table]
    averages: str
    sections: Sequence[tuple[str, str]]
    in_tables: frozenset[str] = field(default=frozenset({"statistics"}))

    def report(self) -> Report:
        """The page, all tables and everything as plain values. Equal studies give an equal report, byte for byte."""
        return Report(html=self._page(), tables=self._tables(), data=self._data())

    def write_results(self, folder: Path) -> Path:
        """Write what belongs under version control: tables as CSV files, a JSON file, and the page ``README.md`` last.

        Returns:
            The path of the page.
        """
        write_tables({name: table for name, table in self._tables().items() if table.rows}, folder)
        kept = {name: value for name, value in self._data().items() if name not in self.in_tables}
        write_text_atomic(folder / f"{self.name}.json", as_json(kept))
        write_text_atomic(folder / README, self._markdown())
        return folder / README

    def _page(self) -> str:
        template = environment().get_template(self.template)
        common = {"inputs": self.inputs, "title": self.inputs.title, "headline": self.headline, "lead": self.lead}
        own = {"subject": self.subject, "claims": self.claims, "style": own_file(*STYLES)}
        text: str = template.render(**common, **own, **self.shown)
        return text

    def _tables(self) -> dict[str, Table]:
        return {
            **statistics_tables(self.inputs.statistics),
            **self.own_tables,
            "claims": claims_table(self.claims),
            "versions": make_table(("library", "version"), self.inputs.versions.items()),
        }

    def _data(self) -> dict[str, Any]:
        found = {"headline": self.headline, "claims": claims_data(self.claims)}
        values: dict[str, Any] = plain({**found, **self.inputs.model_dump(mode="json")})
        return values

    def _markdown(self) -> str:
        """GitHub's Markdown."""
        facts = {**self.inputs.machine, **self.inputs.versions}
        sections = (
            ("", self._head()),
            ("Averages", self.averages),
            ("Claims", claims_markdown(self.claims)),
            *self.sections,
            ("Machine and versions", markdown_table(["", ""], [[n.replace("_", " "), v] for n, v in facts.items()])),
        )
        return "\n\n".join(f"## {title}\n\n{body}" if title else body for title, body in sections if body) + "\n"

    def _head(self) -> str:
        inputs = self.inputs
        when = f"Run on {inputs.started.replace('T', ' at ')} UTC" if inputs.started else "Run"
        took = ""
        if inputs.hours is not None:
            took = f" Measuring took {duration(3600 * inputs.hours)}, earlier runs counted."
        parts = [
            f"# {inputs.title}",
            f"**{self.headline}**",
            self.lead,
            self.subject,
            *inputs.findings,
            f"{when} by the command below.{took}",
            f"    {inputs.command}",
            "The CSV files hold these numbers in full precision, "
            f"`{self.name}.json` the claims and how all came to be.",
        ]
        return "\n\n".join(part for part in parts if part.strip())
