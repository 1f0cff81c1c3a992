"""The report of translated prompts: claims are judged by their evidence, and every number is where it belongs."""

from __future__ import annotations

import csv
import json
import re
from html import unescape

from crossprompt.reports.claims import Verdict, judge_claims
from crossprompt.reports.files import write_report
from crossprompt.reports.translator import translator_study
from crossprompt.reports.translator_charts import translator_charts
from crossprompt.reports.translator_claims import CLAIMS, headline
from crossprompt.translator.describing import describe
from crossprompt.translator.settings import ContenderSettings
from tests.browser import WIDE, complaints, resize
from tests.crossprompt.reports.translator_factory import LANGUAGES, SKILLS, translator_inputs

VERDICTS = {
    "MPT is better than FT, SP and PCT.": Verdict.HOLDS,
    "MPT gains more over SP in Chinese, Thai, Hindi and Turkish than in English.": Verdict.HOLDS,
    "Two linear layers are the best translator.": Verdict.HOLDS,
    "The best place of the prompt is behind both sentences.": Verdict.HOLDS,
    "Four soft tokens are the best length.": Verdict.DOES_NOT_HOLD,
    "Both losses are worth the same: alpha = 0.5 is best.": Verdict.HOLDS,
    "More parallel pairs help, up to a number.": Verdict.HOLDS,
    "Each part of MPT is needed.": Verdict.HOLDS,
    "MPT is better than SP with as many updates.": Verdict.HOLDS,
}


def test_the_claims_come_out_as_they_were_made_to():
    inputs = translator_inputs()
    assert {claim.text: claim.verdict for claim in judge_claims(CLAIMS, inputs, inputs.alpha)} == VERDICTS


def test_what_was_not_measured_is_said_and_not_claimed():
    inputs = translator_inputs(("MPT", "FT"), (1, 2))
    found = {claim.text: claim for claim in judge_claims(CLAIMS, inputs, inputs.alpha)}
    assert found["MPT is better than FT, SP and PCT."].partly
    assert found["Each part of MPT is needed."].verdict is Verdict.NOT_MEASURED
    assert headline(inputs).startswith("MPT, 2 shots gets ")
    assert "no such pair of cells" in translator_study(inputs).report().html


def test_the_headline_compares_with_one_prompt_for_all():
    assert re.fullmatch(
        r"With the translated prompt 8\d\.\d % are right, with one prompt for all languages 5\d\.\d %: 64 shots, on "
        r"average over 9 languages\.|With the translated prompt 7\d\.\d % are right, .*",
        headline(translator_inputs()),
    )


def test_languages_are_tested_as_in_table_ii():
    inputs = translator_inputs()
    tests = {own.second.contender: own for own in inputs.tests}
    assert set(tests) == set(SKILLS) - {"MPT"}
    assert {own.languages for own in tests.values()} == {len(LANGUAGES)}
    assert tests["SP"].difference > 10
    assert tests["FT"].p < 1e-4
    table = {row["second"]: row for row in translator_study(inputs).report().tables["language_tests"].records()}
    assert table["SP"]["paper_p"] == 1.9e-8
    assert table["FT"]["paper_p"] is None


def test_figures_stand_where_they_belong():
    charts = {chart.key: chart for chart in translator_charts(translator_inputs())}
    assert set(charts) == {
        "study-shots-paper",
        "study-shots-ours",
        "study-gain",
        "study-translators",
        "study-places",
        "study-length",
        "study-alpha",
        "study-pairs",
    }
    assert [tick.label for tick in charts["study-length"].x_ticks] == ["1", "4", "16"]
    assert [tick.label for tick in charts["study-alpha"].x_ticks] == ["0.1", "0.5", "1"]
    assert next(tick.label for tick in charts["study-translators"].x_ticks) == "linear-2"
    assert {chart.key for chart in translator_charts(translator_inputs(("MPT",)))} == {
        "study-shots-paper",
        "study-shots-ours",
    }


def test_the_papers_numbers_stand_beside_ours(tmp_path):
    inputs = translator_inputs()
    page = translator_study(inputs).write_results(tmp_path)
    with (tmp_path / "paper_numbers.csv").open(encoding="utf-8") as stream:
        rows = {(r["table"], r["row"], r["column"]): r for r in csv.DictReader(stream) if r["group"] == "64"}
    assert rows["I", "MPT", "AVG"]["paper"] == "51.7"
    assert float(rows["I", "MPT", "AVG"]["ours"]) == inputs.summary("MPT", 64).average.mean
    assert rows["I-64", "SP", "SW"]["paper"] == "41.3"
    assert float(rows["I-64", "SP", "SW"]["ours"]) == inputs.summary("SP", 64).score("sw").mean
    assert rows["I-64", "SP", "AR"]["ours"] == ""
    assert rows["II", "w/o prompt translator", "AVG"]["paper"] == "48.8"
    text = page.read_text(encoding="utf-8")
    assert "## Table II: MPT without one of its parts" in text
    assert "| MPT − SP | 64 shots |" in text
    assert json.loads((tmp_path / "study.json").read_text(encoding="utf-8"))["claims"][0]["verdict"] == "holds"


def test_equal_inputs_give_equal_reports():
    assert translator_study(translator_inputs()).report() == translator_study(translator_inputs()).report()


def test_contenders_in_words():
    def words(**changes):
        return describe(ContenderSettings.parse(changes, "method"))

    assert words() == (
        "4 soft tokens as suffix, made by an LSTM and an MLP; translated by a linear translator of 2 layers; "
        "alpha 0.5; up to 500 parallel pairs"
    )
    assert words(method="soft-prompt", prompt_encoder={"kind": "none"}) == (
        "4 soft tokens as suffix, made by no network; one prompt for all languages"
    )
    assert "a prompt of their own; alpha 1" in words(translator={"kind": "own"}, alpha=1)
    assert words(auxiliary="unlabelled", pairs=None).endswith("all unlabelled XNLI pairs")
    assert words(method="fine-tuning") == "a head on the first token"
    assert words(method="templates", alpha=0.2) == "templates in each language, alpha 0.2"


def test_the_page_is_whole(browser, tmp_path):
    page = write_report(translator_study(translator_inputs()).report(), tmp_path)
    resize(browser, WIDE)
    browser.get(page.as_uri())
    assert complaints(browser) == []
    wide = browser.execute_script("return document.documentElement.scrollWidth - window.innerWidth")
    assert wide <= 0
    html = unescape(page.read_text(encoding="utf-8"))
    for words in (*SKILLS, "The paper's p", "neutral: <em>may</em>", "a finding made up for a test"):
        assert words in html
