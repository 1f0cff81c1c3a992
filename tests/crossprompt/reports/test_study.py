"""What the reports of all studies have in common."""

from __future__ import annotations

import json

import pytest

from crossprompt.reports.comparison import comparison_study
from crossprompt.reports.transfer import transfer_study
from crossprompt.reports.translator import translator_study
from tests.crossprompt.reports.comparison_factory import comparison_inputs
from tests.crossprompt.reports.transfer_factory import transfer_inputs
from tests.crossprompt.reports.translator_factory import translator_inputs

STUDIES = {
    "comparison": lambda: comparison_study(comparison_inputs()),
    "study": lambda: translator_study(translator_inputs()),
    "transfer": lambda: transfer_study(transfer_inputs()),
}


@pytest.fixture(params=STUDIES)
def study(request):
    return STUDIES[request.param]()


def test_every_page_says_what_all_pages_say(study):
    html = study.report().html
    wanted = (
        'href="#claims"',
        'id="method"',
        "made up for a test",
        "5 h 15 min",
        "2026-01-02 at 03:04:05 UTC",
        "torch",
    )
    assert [words for words in wanted if words not in html] == []
    assert html.count("<h1>") == html.count("<main>") == 1


def test_a_folder_of_results_holds_this_study_and_no_other(study, tmp_path):
    (tmp_path / "gone.csv").write_text("of an earlier run\n", encoding="utf-8")
    page = study.write_results(tmp_path)
    tables = {name for name, table in study.report().tables.items() if table.rows}
    assert {path.name for path in tmp_path.iterdir()} == {
        *(f"{name}.csv" for name in tables),
        f"{study.name}.json",
        "README.md",
    }
    kept = json.loads((tmp_path / f"{study.name}.json").read_text(encoding="utf-8"))
    assert (kept["headline"], kept["title"]) == (study.headline, study.inputs.title)
    assert not study.in_tables & kept.keys()
    text = page.read_text(encoding="utf-8")
    assert text.startswith(f"# {study.inputs.title}\n\n**{study.headline}**\n")
    assert "Measuring took 5 h 15 min, earlier runs counted." in text
