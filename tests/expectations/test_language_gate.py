"""A language in pieces comes out as a language at once, and so does the same in bare pandas."""

from __future__ import annotations

from typing import Any

import pytest
from datasets import Dataset

from crossprompt.quality.records import LocaleVerdict
from crossprompt.quality.settings import ValidationSettings
from expectations.data_docs import render_locale
from expectations.language_check import LanguageOutcome, check_language
from expectations.language_gate import pass_language
from expectations.validator import Validator
from tests.expectations.tables import DUTCH, dialogues, rows, table
from tests.expectations.test_gate import BROKEN
from tools.bare_checks import count_failures

LENIENT = ValidationSettings(min_accepted_share=0, examples_per_check=10)
COUNT = 40


def damaged() -> list[dict[str, Any]]:
    """Every check fails somewhere, a turn is missing, one is there twice, one belongs nowhere."""
    found = rows(count=COUNT)
    for place, check in enumerate(BROKEN, start=1):
        found[place * 10 + 3] |= BROKEN[check]
    del found[182]
    return [*found, found[7], found[4] | {"turn": 9}, found[4] | {"dialogue_id": "d99"}]


@pytest.fixture(scope="module")
def whole() -> LanguageOutcome:
    return check_language("de-DE", table(damaged()), dialogues(COUNT + 2), LENIENT, Validator())


@pytest.fixture(scope="module")
def pieces() -> LanguageOutcome:
    return check_language("de-DE", table(damaged()), dialogues(COUNT + 2), LENIENT, Validator(), rows_per_chunk=20)


def ordered(verdict: LocaleVerdict) -> LocaleVerdict:
    """With examples in an order of their own: a missing turn comes at the end of its piece."""
    checks = [check.model_copy(update={"examples": tuple(sorted(check.examples, key=str))}) for check in verdict.checks]
    return verdict.model_copy(update={"checks": tuple(checks)})


def in_order(rows: Dataset) -> list[dict[str, Any]]:
    return sorted(rows.to_list(), key=lambda row: (row["dialogue_id"], row["turn"], str(row["target"])))


def test_a_language_in_pieces_comes_out_as_at_once(whole: LanguageOutcome, pieces: LanguageOutcome) -> None:
    assert ordered(pieces.verdict) == ordered(whole.verdict)
    assert pieces.accepted.to_list() == whole.accepted.to_list()
    assert in_order(pieces.refused) == in_order(whole.refused)
    assert whole.verdict.missing_turns == 1
    assert whole.verdict.absent_dialogues == 2
    assert whole.verdict.rows == len(whole.accepted) + len(whole.refused) == 5 * COUNT + 3


def test_great_expectations_own_result_adds_up(whole: LanguageOutcome, pieces: LanguageOutcome) -> None:
    for at_once, merged in zip(whole.result.results, pieces.result.results, strict=True):
        for name in ("element_count", "unexpected_count", "missing_count"):
            assert merged.result.get(name) == at_once.result.get(name), merged.expectation_config.type
        for name in ("unexpected_percent", "unexpected_percent_total"):
            assert merged.result.get(name) == pytest.approx(at_once.result.get(name))
        assert merged.success == at_once.success
        assert "unexpected_index_list" not in merged.result
    assert pieces.result.success is False
    assert pieces.result.statistics["evaluated_expectations"] == len(whole.result.results)
    page = render_locale("de-DE", pieces.result)
    assert "Every turn of the source dialogue has a translation." in page


@pytest.mark.parametrize("locale", ["de-DE", "qaa"])
def test_bare_pandas_finds_the_same(locale: str) -> None:
    given = table([row | {"locale": locale} for row in damaged()])
    verdict = pass_language(dialogues(COUNT), [given], locale, LENIENT).verdict
    found = {check.check: check.failed for check in verdict.checks if check.applies}
    assert count_failures(dialogues(COUNT), given, locale, LENIENT) == found


def test_replacements_are_validated_in_the_place_of_what_was_refused() -> None:
    bad = rows()
    bad[3] |= BROKEN["numbers_kept"]
    good = table([rows()[3] | {"engine": "second"}])
    first = pass_language(dialogues(), [table(bad)], "de-DE", LENIENT)
    assert [row["turn"] for row in first.quarantine] == [3]
    again = pass_language(dialogues(), [table(bad)], "de-DE", LENIENT, good)
    assert len(again.quarantine) == 0
    assert again.accepted[3] == good[0]
    assert again.verdict.engine == "memory, second"


def test_a_language_without_any_row_has_failed_and_has_a_page() -> None:
    found = pass_language(dialogues(), [table([])], "de-DE", LENIENT)
    assert not found.verdict.kept
    assert found.verdict.absent_dialogues == 4
    assert (len(found.accepted), len(found.quarantine)) == (0, 0)
    assert "de-DE" in found.page


def test_a_failed_language_keeps_its_rows_apart() -> None:
    """Whether it is left out is decided later, when another engine has had its turn."""
    given = table(rows("af-ZA", DUTCH))
    found = pass_language(dialogues(), [given], "af-ZA", ValidationSettings())
    verdict: LocaleVerdict = found.verdict
    assert not verdict.kept
    assert verdict.rows == len(found.accepted) + len(found.quarantine) == 20
    assert {reason for row in found.quarantine for reason in row["reasons"]} == {"language"}
