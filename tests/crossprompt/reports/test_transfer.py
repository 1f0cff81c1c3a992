"""The report of soft prompts: claims are judged by their evidence, and every number is where it belongs."""

from __future__ import annotations

import csv
import json
import re

import pytest
from selenium.webdriver.common.by import By

from crossprompt.reports.claims import Verdict, judge_claims
from crossprompt.reports.files import write_report
from crossprompt.reports.transfer import transfer_study
from crossprompt.reports.transfer_claims import CLAIMS, headline
from crossprompt.reports.transfer_lines import cell_lines
from tests.browser import NARROW, WIDE, complaints, resize
from tests.crossprompt.reports.transfer_factory import FAR, NEAR, SKILLS, transfer_inputs


def judged(inputs):
    return judge_claims(CLAIMS, inputs, inputs.alpha)


def test_the_claims_hold_that_were_made_to():
    verdicts = {claim.source: claim.verdict for claim in judged(transfer_inputs())}
    assert verdicts == {
        "Philippy et al., figure 2": Verdict.HOLDS,
        "Philippy et al., abstract": Verdict.HOLDS,
        "Philippy et al., figure 3": Verdict.HOLDS,
        "Philippy et al., figure 4": Verdict.HOLDS,
        "Philippy et al., figure 5": Verdict.HOLDS,
    }


def test_without_pairs_nothing_is_claimed_to_be_measured():
    inputs = transfer_inputs((("SPT-8", 8),))
    assert {claim.verdict for claim in judged(inputs)} == {Verdict.NOT_MEASURED}
    assert headline(inputs).startswith("SPT-8, 8 shots gets ")
    page = transfer_study(inputs).report().html
    assert "no such pair of cells" in page


def test_a_claim_that_points_the_other_way_does_not_hold():
    inputs = transfer_inputs((("SPT-1", 8), ("SPT-32", 8)))
    turned = inputs.model_copy(
        update={
            "statistics": inputs.statistics.model_copy(
                update={
                    "comparisons": tuple(
                        own.model_copy(update={"first": own.second, "second": own.first})
                        for own in inputs.statistics.comparisons
                    )
                }
            )
        }
    )
    found = {claim.source: claim.verdict for claim in judged(turned)}
    assert found["Philippy et al., figure 4"] is Verdict.DOES_NOT_HOLD


def test_lines_have_the_average_the_gap_and_the_whole_vocabulary():
    lines = {(line.name, line.shots): line for line in cell_lines(transfer_inputs())}
    assert len(lines) == len(SKILLS)
    plain = lines["SPT-8", "8 shots"]
    assert plain.english > plain.average.mean
    assert plain.gap == pytest.approx(plain.english - (11 * plain.average.mean - plain.english) / 10)
    assert plain.whole == pytest.approx(0.7 * plain.average.mean, abs=4)
    assert plain.f1 == pytest.approx(0.9 * plain.average.mean)


def test_the_report_is_the_same_twice_and_its_page_loads_nothing():
    report, again = (transfer_study(transfer_inputs()).report() for _ in range(2))
    assert report == again
    assert not re.search(r"(src|href)=\"(?!#)", report.html)
    assert "With the model frozen" in report.html
    assert "NaN" not in json.dumps(report.data)


def test_results_are_kept_in_full(tmp_path):
    page = transfer_study(transfer_inputs()).write_results(tmp_path)
    text = page.read_text(encoding="utf-8")
    for words in ("SPT-8-tuned", "**holds**", "Distance from English", "| SPT-1 | 8 shots |"):
        assert words in text
    with (tmp_path / "macro_f1.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(SKILLS) * len(NEAR + FAR)
    assert {row["relation"] for row in rows} == {"same language", "same branch", "same family", "other family"}
    with (tmp_path / "distances.csv").open(encoding="utf-8") as file:
        differences = [row for row in csv.DictReader(file) if row["second"]]
    assert [(row["first"], row["second"]) for row in differences] == [
        ("SPT-8", "SPT-8-tuned"),
        ("SPT-8-reparameterized", "SPT-8"),
    ]
    assert (tmp_path / "transfer.json").is_file()


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    folder = tmp_path_factory.mktemp("transfer")
    return write_report(transfer_study(transfer_inputs()).report(), folder).as_uri()


@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_the_page_fits_and_complains_of_nothing(browser, address, size):
    browser.get(address)
    resize(browser, size)
    assert browser.execute_script("return document.documentElement.scrollWidth") <= size[0]
    assert len(browser.find_elements(By.CSS_SELECTOR, "#by-language tbody tr")) == len(NEAR + FAR)
    assert len(browser.find_elements(By.CSS_SELECTOR, "figure.chart")) == 5
    assert complaints(browser) == []
