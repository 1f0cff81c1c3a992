"""A language in pieces comes out as a language at once, and so does the same in bare pandas."""

from __future__ import annotations

from typing import Any

import pytest
from datasets import Dataset, concatenate_datasets

from crossprompt.quality.records import LocaleVerdict, ValidationSummary
from crossprompt.quality.settings import ValidationSettings
from crossprompt.quality.verdict import describe_refusal
from expectations.data_docs import render_locale
from expectations.language_check import LanguageOutcome, check_language
from expectations.language_gate import pass_language
from expectations.page import render_page
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


def two_splits() -> Dataset:
    """Two dialogues in each of ``train`` and ``test``."""
    train = [row | {"split": "train"} for row in dialogues(2).to_list()]
    return concatenate_datasets([dialogues(2), Dataset.from_list(train, features=dialogues().features)])


def test_turns_of_absent_dialogues_count_against_a_language_of_which_all_was_wanted() -> None:
    given = [table(rows(count=1))]
    part = pass_language(dialogues(), given, "de-DE", ValidationSettings()).verdict
    assert (part.kept, part.wanted, part.absent_dialogues, part.absent_turns) == (True, 5, 3, 0)
    whole = pass_language(dialogues(), given, "de-DE", ValidationSettings(), splits=["test"]).verdict
    assert (whole.kept, whole.wanted, whole.absent_dialogues, whole.absent_turns) == (False, 20, 3, 15)
    assert (whole.rows, whole.accepted) == (5, 5)
    assert describe_refusal(whole) == "de-DE: 25.0 % of 20 rows accepted, 90 % required (absent_turns 15)"
    page = render_page(ValidationSummary(locales=(whole,), dropped=("de-DE",)), {}, whole=True)
    assert "25.0 %" in page
    assert "turns of one that is not translated count as rows that fail" in page


def test_a_tenth_may_be_absent_as_it_may_be_refused() -> None:
    wanted, settings = dialogues(10), ValidationSettings()
    found = [pass_language(wanted, [table(rows(count=n))], "de-DE", settings, splits=["test"]) for n in (9, 8)]
    assert [result.verdict.kept for result in found] == [True, False]


def test_a_split_that_was_lost_whole_is_absent() -> None:
    given = [table(rows(count=2))]
    wanted = pass_language(two_splits(), given, "de-DE", ValidationSettings(), splits=["train", "test"]).verdict
    assert (wanted.kept, wanted.absent_dialogues, wanted.absent_turns) == (False, 2, 10)
    not_wanted = pass_language(two_splits(), given, "de-DE", ValidationSettings(), splits=["test"]).verdict
    assert (not_wanted.kept, not_wanted.absent_dialogues, not_wanted.absent_turns) == (True, 0, 0)


def test_a_language_without_any_row_lacks_what_was_wanted_of_it() -> None:
    verdict = pass_language(two_splits(), [table([])], "de-DE", ValidationSettings(), splits=["train"]).verdict
    assert (verdict.kept, verdict.absent_dialogues, verdict.absent_turns) == (False, 2, 10)


def test_a_failed_language_keeps_its_rows_apart() -> None:
    """Whether it is left out is decided later, when another engine has had its turn."""
    given = table(rows("af-ZA", DUTCH))
    found = pass_language(dialogues(), [given], "af-ZA", ValidationSettings())
    verdict: LocaleVerdict = found.verdict
    assert not verdict.kept
    assert verdict.rows == len(found.accepted) + len(found.quarantine) == 20
    assert {reason for row in found.quarantine for reason in row["reasons"]} == {"language"}
