"""The report of a comparison: the paper's numbers stand beside ours, and claims are judged by evidence."""

from __future__ import annotations

import csv
import json
from types import SimpleNamespace

import pytest
from lxml import etree

from crossprompt.comparison.paper import parse_rows
from crossprompt.comparison.paper_languages import TABLE_12, TABLE_13
from crossprompt.comparison.paper_tables import TABLE_4, TABLES
from crossprompt.comparison.records import Cell
from crossprompt.comparison.statistics import standard_pairs
from crossprompt.locales.languages import describe_locale
from crossprompt.reports.claims import Evidence, Verdict, judge, judge_claims
from crossprompt.reports.comparison import comparison_study
from crossprompt.reports.comparison_bars import bar_panels
from crossprompt.reports.comparison_claims import CLAIMS, dialogue_evidence, retrieval_evidence
from crossprompt.reports.comparison_effects import cost_lines, effect_matrices
from crossprompt.reports.comparison_plots import length_charts, scatter_chart, shots_charts
from crossprompt.reports.files import write_report
from crossprompt.reports.paper_views import Agreement, agreement, table_views
from tests.crossprompt.reports.comparison_factory import SKILLS, comparison_inputs, without


@pytest.fixture(scope="module")
def inputs():
    return comparison_inputs()


@pytest.fixture(scope="module")
def views(inputs):
    return {view.table.number: view for view in table_views(inputs)}


def verdicts(inputs):
    return {claim.text: claim for claim in judge_claims(CLAIMS, inputs, inputs.alpha)}


def test_the_papers_tables_have_their_shape():
    assert [table.number for table in TABLES] == ["2", "3", "4", "5", "6", "7", "8", "9", "10", "12", "13", "14"]
    for table in TABLES:
        assert len(table.columns) == len(table.locales)
        assert all(len(row.values) == len(table.columns) for row in table.rows)
        assert all(table.row(key) for contrast in table.contrasts for key in (contrast.first, contrast.second))


def test_a_few_of_the_papers_numbers():
    row = TABLE_4.row(("5 shots", "APT"))
    assert (row.values, row.std) == ((65.2, 52.1, 38.5, 59.3, 55.2), 1.3)
    assert row.cell == Cell(task="intent", shots=5, contender="APT")
    by_column = dict(zip(TABLE_13.columns, TABLE_13.rows[0].values, strict=True))
    assert (by_column["sw-KE"], by_column["AVG"]) == (56.6, 78.9)
    assert [describe_locale(tag).tag for tag in TABLE_12.locales if tag] == [tag for tag in TABLE_12.locales if tag]


@pytest.mark.parametrize("number", ["12", "13"])
def test_columns_by_language_average_to_what_is_printed_or_nearly(number):
    """A slip in copying would show: the largest gap that the paper itself has is 0.2."""
    table = next(table for table in TABLES if table.number == number)
    for row in table.rows:
        *languages, printed = row.values
        assert len(languages) == 52
        if printed is not None:
            assert sum(languages) / 52 == pytest.approx(printed, abs=0.21)


def test_a_line_of_a_table_that_can_not_be_read_is_an_error():
    with pytest.raises(ValueError, match="is no line of a table"):
        parse_rows("5 shots | FT | 9.4")


def test_ours_stands_beside_the_papers_number(inputs, views):
    line = next(line for line in views["4"].lines if (line.group, line.name) == ("5 shots", "APT"))
    summary = inputs.statistics.cell(Cell(task="intent", shots=5, contender="APT"))
    assert (line.pairs[-1].paper, line.pairs[-1].ours) == (55.2, summary.average.mean)
    assert line.pairs[0].ours == summary.score("en-US").mean
    assert line.pairs[2].paper == 38.5
    assert line.pairs[2].ours == summary.score("ja-JP").mean


def test_matched_fine_tuning_is_added_where_it_was_measured(views):
    added = [(line.group, line.name) for line in views["4"].lines if line.added]
    assert added == [("5 shots", "FT-matched")]
    labels = [(line.group, line.label, line.paper) for line in views["4"].contrasts if "matched" in line.label]
    assert labels == [("5 shots", "PT − FT-matched", None), ("5 shots", "APT − FT-matched", None)]


def test_differences_have_their_direction_and_p(inputs, views):
    line = next(line for line in views["4"].contrasts if (line.group, line.label) == ("5 shots", "APT − PT"))
    assert line.paper == pytest.approx(30.3)
    assert line.agreement is Agreement.SAME
    assert line.ours.p < 0.001
    turned = next(line for line in views["7"].contrasts if (line.group, line.label) == ("15 shots", "APT − FT"))
    assert (turned.paper < 0, turned.value > 0, turned.agreement) == (True, True, Agreement.OPPOSITE)


def test_tasks_are_compared_with_each_other(views):
    line = views["3"].contrasts[0]
    assert (line.group, line.label, line.agreement) == ("5 shots", "NLI-based − vanilla", Agreement.SAME)
    assert line.ours is not None


def test_what_was_not_run_says_why(views):
    said = {number: view.reasons for number, view in views.items()}
    assert said["4"] == ("no time was left for all data",)
    assert said["8"] == ("needs XLM-R-XL (3.5 billion parameters)", "no time was left for all data")
    assert said["14"] == ("XSGD needs files that are not here",)
    assert said["2"][0] == "not part of this run"


def test_chat_models_need_an_endpoint(inputs, views):
    assert views["6"].measured == 4
    bare = {view.table.number: view for view in table_views(without(inputs, chat=()))}
    assert bare["6"].reasons == bare["12"].reasons == ("needs a chat endpoint",)
    line = views["6"].contrasts[0]
    assert (line.paper, line.value, line.ours) == (pytest.approx(13.8), 5.0, None)


@pytest.mark.parametrize(
    ("paper", "ours", "expected"),
    [
        (1.0, 0.1, Agreement.SAME),
        (-1.0, -3.0, Agreement.SAME),
        (1.0, -0.1, Agreement.OPPOSITE),
        (1.0, 0.0, Agreement.OPPOSITE),
        (None, 1.0, Agreement.UNKNOWN),
        (1.0, None, Agreement.UNKNOWN),
    ],
)
def test_directions_agree_by_their_sign(paper, ours, expected):
    assert agreement(paper, ours) is expected


def part(difference, p):
    return Evidence("", "", difference, p=p)


@pytest.mark.parametrize(
    ("evidence", "expected"),
    [
        ([part(5.0, 0.01), part(1.0, 0.04)], Verdict.HOLDS),
        ([part(5.0, 0.01), part(1.0, 0.2)], Verdict.UNDECIDED),
        ([part(5.0, 0.01), part(-1.0, 0.2)], Verdict.UNDECIDED),
        ([part(5.0, 0.01), part(-1.0, 0.01)], Verdict.DOES_NOT_HOLD),
        ([part(5.0, 0.01), Evidence("", "why")], Verdict.HOLDS),
        ([Evidence("", "why")], Verdict.NOT_MEASURED),
    ],
)
def test_a_claim_is_judged_by_all_that_was_measured(evidence, expected):
    assert judge(evidence, 0.05) is expected


def test_the_claims_come_out_as_the_skills_say(inputs):
    found = verdicts(inputs)
    assert found[CLAIMS[0].text].verdict is Verdict.HOLDS
    assert found["The contrastive loss matters: masked words alone align less."].verdict is Verdict.HOLDS
    assert found["The contrastive loss matters: masked words alone align less."].partly
    larger = "A backbone six times as large makes more of aligned prompts than of fresh ones."
    assert found[larger].verdict is Verdict.NOT_MEASURED
    slots = next(view for text, view in found.items() if text.startswith("For slots, aligned"))
    assert slots.verdict is not Verdict.HOLDS
    retrieval = next(claim for claim in found.values() if claim.source == "figure 3")
    assert all(part.difference > 0 for part in retrieval.evidence)


class Asked:
    """Statistics without any cell that notes which comparisons are asked for."""

    confidence = 0.95

    def __init__(self):
        self.pairs = []

    def cell(self, cell):
        return None

    def comparison(self, first, second):
        self.pairs.append((first, second))


def test_all_that_tables_and_claims_ask_for_is_compared(inputs):
    """Else a claim would stay without evidence though both sides were measured."""
    asked = Asked()
    blank = SimpleNamespace(
        **{name: getattr(inputs, name) for name in ("not_run", "retrieval")}, statistics=asked, chat=()
    )
    judge_claims(CLAIMS, blank, 0.05)
    table_views(blank)
    measurable = [pair for pair in asked.pairs if not any(c.contender == "chat" or c.task == "slots-xl" for c in pair)]
    cells = {cell for pair in measurable for cell in pair}
    compared = {frozenset(pair) for pair in standard_pairs(cells)}
    assert len(measurable) > 50
    assert [pair for pair in measurable if frozenset(pair) not in compared] == []


def test_figures_have_directions_instead_of_numbers(inputs):
    found = retrieval_evidence(inputs)
    assert [part.label.split(",")[0] for part in found] == [
        "APT-length-1 − no prompt",
        "APT − APT-length-1",
        "APT − APT-length-100",
    ]
    assert [part.difference for part in found] == pytest.approx([15.0, 20.0, 13.0])
    assert [part.words for part in dialogue_evidence(inputs)] == ["XSGD needs files that are not here"] * 2


def test_bars_are_grouped_by_family_with_the_best_first(inputs):
    panels = bar_panels(inputs.statistics)
    assert [panel.key for panel in panels] == ["intent-5", "intent-15", "nli-5", "slots-5", "slots-15"]
    germanic = panels[0].groups[0]
    assert (germanic.name, germanic.rows[0].tag) == ("Indo-European: Germanic", "en-US")
    assert [name for name, _ in panels[0].contenders] == ["APT", "PT", "FT", "FT-matched"]
    assert panels[0].groups[-1].name == "Families with one locale"


def test_effects_are_given_by_family_and_script(inputs):
    matrices = {matrix.key: matrix for matrix in effect_matrices(inputs.statistics)}
    assert list(matrices) == ["APT-PT-family", "APT-PT-script", "PT-FT-family", "PT-FT-script"]
    latin = next(line for line in matrices["APT-PT-script"].lines if line.name == "Latin")
    assert (latin.locales, len(latin.cells)) == (5, len(SKILLS))
    assert latin.cells[0].difference.difference > 0


def test_what_each_way_to_tune_cost_is_told(inputs):
    lines = {(line.task, line.shots, line.contender): line for line in cost_lines(inputs.statistics)}
    line = lines["Intents, vanilla classifier", "5 shots", "FT"]
    assert (line.updates, line.most_updates, line.rates, line.seeds) == (120, 120, (0.005,), 3)


def test_lengths_and_shots_are_drawn_where_they_were_measured(inputs):
    assert [chart.key for chart in length_charts(inputs)] == ["retrieval-start-last", "retrieval-mean-last"]
    paper, ours = shots_charts(inputs)[0]
    assert [tick.label for tick in ours.x_ticks] == ["5 shots", "15 shots", "all data"]
    assert [len(drawn.dots) for drawn in paper.lines] == [3, 3, 3]
    assert {drawn.line.label: len(drawn.dots) for drawn in ours.lines} == {"APT": 2, "PT": 2, "FT": 2, "FT-matched": 1}
    assert scatter_chart(inputs).lines[0].path == ""
    assert len(scatter_chart(inputs).lines[0].dots) == 8


def test_files_hold_everything_and_a_report_is_reproducible(inputs, tmp_path):
    report = comparison_study(inputs).report()
    assert comparison_study(inputs).report() == report
    write_report(report, tmp_path)
    with (tmp_path / "csv" / "paper_numbers.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    wanted = ("4", "5 shots", "FT", "AVG")
    found = next(row for row in rows if (row["table"], row["group"], row["row"], row["column"]) == wanted)
    assert (found["paper"], found["paper_std"], found["contender"]) == ("5.9", "3.3", "FT")
    assert float(found["ours"]) > 0
    data = json.loads((tmp_path / "report.json").read_text())
    assert data["command"] == inputs.command
    assert len(data["claims"]) == len(CLAIMS)


def test_the_page_for_results_names_what_was_and_was_not_run(inputs, tmp_path):
    page = comparison_study(inputs).write_results(tmp_path).read_text()
    for expected in (
        inputs.command,
        "5 h 15 min",
        "## Retrieval",
        "## Table 14",
        "no time was left for all data",
        "**does not hold**",
    ):
        assert expected in page
    assert "| 5 shots | APT | 65.2 / " in page
    assert (tmp_path / "averages.csv").is_file()
    assert json.loads((tmp_path / "comparison.json").read_text())["backbone"] == "mini"


def test_nothing_measured_still_makes_a_page():
    empty = without(
        comparison_inputs(whole=False),
        statistics=comparison_inputs().statistics.model_copy(update={"cells": (), "comparisons": ()}),
    )
    report = comparison_study(empty).report()
    assert "were not measured side by side" in report.html
    assert {claim.verdict for claim in verdicts(empty).values()} == {Verdict.NOT_MEASURED}


def test_text_from_outside_is_escaped(inputs):
    report = comparison_study(without(inputs, backbone="<b>mini</b>\x07")).report()
    assert "&lt;b&gt;mini&lt;/b&gt;�" in report.html


def test_the_page_is_well_formed_and_loads_nothing(inputs):
    html = comparison_study(inputs).report().html
    etree.fromstring(html.replace("<!DOCTYPE html>", "").strip().encode())
    assert "http://" not in html
    assert "https://" not in html
