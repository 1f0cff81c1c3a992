import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from crossprompt.quality.checks import CATALOGUE, CheckName, Severity
from crossprompt.quality.settings import ValidationSettings
from crossprompt.quality.verdict import LocaleRefused
from expectations.gate import GateResult, validate_translations
from tests.expectations.tables import DUTCH, GERMAN, dialogues, rows, table

LENIENT = ValidationSettings(min_accepted_share=0)


def run(*tables: list[dict[str, Any]], settings: ValidationSettings = LENIENT, docs: Path | None = None) -> GateResult:
    return validate_translations(dialogues(), [table(t) for t in tables], settings, docs)


def failures(result: GateResult, locale: str = "de-DE") -> dict[str, int]:
    verdict = next(v for v in result.summary.locales if v.locale == locale)
    return {check.check: check.failed for check in verdict.checks if check.failed}


def counts_add_up(result: GateResult) -> bool:
    seen = Counter(result.accepted["locale"][:]) + Counter(result.quarantine["locale"][:])
    return seen == Counter({v.locale: v.rows for v in result.summary.locales})


@pytest.fixture(scope="module")
def clean() -> GateResult:
    return run(rows())


def test_good_rows_pass_every_check(clean: GateResult) -> None:
    assert failures(clean) == {}
    assert len(clean.accepted) == 20
    assert len(clean.quarantine) == 0
    assert clean.accepted.to_list() == rows()


BROKEN: dict[str, dict[str, Any]] = {
    "not_empty": {"target": " \u200b "},
    "speaker_kept": {"speaker": "USER"},
    "source_kept": {"source": "A table in Leeds costs 25 pounds, the code is QX482."},
    "clean_text": {"target": "Ein Tisch in Birmingham kostet 25 Pfund, der Code lautet QX482\ufffd."},
    "nfc": {"target": "Ein Tisch fu\u0308r Sie in Birmingham kostet 25 Pfund, der Code lautet QX482."},
    "no_markup": {"target": "Ein Tisch in [city: Birmingham] kostet 25 Pfund, der Code lautet QX482."},
    "script": {"target": "Столик в городе Бирмингем стоит 25 фунтов, ваш код QX482."},
    "language": {"target": "Una mesa en Birmingham cuesta 25 libras y el código es QX482, muchas gracias."},
    "not_copied": {"target": "A table in Birmingham costs 25 pounds, the code is QX482."},
    "length": {
        "target": "Ein Tisch in Birmingham kostet 25 Pfund, der Code lautet QX482. " + "Das ist sehr gut so. " * 20
    },
    "numbers_kept": {"target": "Ein Tisch in Birmingham kostet 52 Pfund, der Code lautet QX482."},
    "codes_kept": {"target": "Ein Tisch in Birmingham kostet 25 Pfund, der Code lautet QY482."},
    "names_kept": {"target": "Ein Tisch in der Stadt kostet 25 Pfund, der Code lautet QX482."},
    "turn_present": {"target": None},
}


@pytest.mark.parametrize("check", BROKEN)
def test_a_broken_row_fails_its_check(check: str) -> None:
    damaged = rows()
    damaged[3] |= BROKEN[check]
    result = run(damaged)
    assert failures(result)[check] == 1
    critical = next(c for c in CATALOGUE if c.name == check).severity is Severity.CRITICAL
    if critical:
        assert check in result.quarantine[0]["reasons"]
        assert (result.quarantine[0]["dialogue_id"], result.quarantine[0]["turn"]) == ("d0", 3)
    assert len(result.quarantine) == int(critical)
    assert counts_add_up(result)


def test_every_check_has_a_failing_case_here() -> None:
    elsewhere = {CheckName.ONE_ROW_PER_KEY, CheckName.NUMBERS_IN_DIGITS, CheckName.NAMES_CONSISTENT}
    assert {check.name.value for check in CATALOGUE} == set(BROKEN) | {name.value for name in elsewhere}


def test_a_missing_turn_is_quarantined_as_a_row_of_its_own() -> None:
    result = run([row for row in rows() if (row["dialogue_id"], row["turn"]) != ("d1", 2)])
    assert result.quarantine[0]["reasons"] == ["turn_present"]
    assert result.quarantine[0]["target"] is None
    assert result.quarantine[0]["source"] == "For four people, at 7:30 pm please."
    assert result.summary.locales[0].missing_turns == 1
    assert result.summary.locales[0].rows == 20
    assert counts_add_up(result)


def test_a_dialogue_without_any_row_is_counted_as_absent() -> None:
    verdict = run([row for row in rows() if row["dialogue_id"] != "d1"]).summary.locales[0]
    assert (verdict.rows, verdict.absent_dialogues, verdict.missing_turns) == (15, 1, 0)


def test_a_part_of_the_dialogues_is_enough_to_train_on() -> None:
    result = run(rows(count=1), settings=ValidationSettings())
    verdict = result.summary.locales[0]
    assert (verdict.kept, verdict.wanted, verdict.absent_dialogues) == (True, 5, 3)
    assert "splits asked for" not in result.page


def test_all_copies_of_a_key_are_refused() -> None:
    result = run([*rows(), rows()[7]])
    assert failures(result) == {"one_row_per_key": 2}
    assert len(result.accepted) == 19
    assert counts_add_up(result)


def test_a_turn_that_no_dialogue_has_is_refused() -> None:
    result = run([*rows(), rows()[4] | {"turn": 9}])
    assert set(result.quarantine[0]["reasons"]) >= {"speaker_kept", "source_kept"}
    assert counts_add_up(result)


def test_a_small_number_in_words_is_noted_and_passes() -> None:
    damaged = rows()
    damaged[2] |= {"target": "Für vier Personen, bitte um halb acht."}
    result = run(damaged)
    assert failures(result) == {"numbers_in_digits": 1}
    assert len(result.quarantine) == 0


def test_a_name_rendered_in_two_ways_is_a_warning() -> None:
    damaged = rows()
    damaged[3] |= {"target": "Das kostet Sie 25 Pfund, QX482."}
    assert failures(run(damaged))["names_consistent"] == 1


def test_localised_rows_may_have_other_numbers_and_names() -> None:
    damaged = rows(nature="localised")
    damaged[3] |= {"target": "Ein Tisch in Hamburg kostet 52 Euro, der Code lautet ZZ777."}
    result = run(damaged)
    assert failures(result) == {}
    applied = {check.check for check in result.summary.locales[0].checks if check.applies}
    assert not applied & {"numbers_kept", "codes_kept", "names_kept"}


def test_pseudo_localised_text_is_not_asked_for_its_language() -> None:
    accented = tuple(text.replace("e", "é").replace("a", "å") for text in GERMAN)
    assert "language" not in failures(run(rows("fr-FR", accented, engine="pseudo")), "fr-FR")


def test_a_swapped_language_stops_the_run_with_a_clear_message(tmp_path: Path) -> None:
    settings = ValidationSettings()
    with pytest.raises(
        LocaleRefused, match=r"1 of 2 languages .*af-ZA: 0\.0 % of 20 rows accepted, 90 % required"
    ) as error:
        run(rows(), rows("af-ZA", DUTCH), settings=settings, docs=tmp_path)
    assert "language 20" in str(error.value)
    assert "af-ZA" in (tmp_path / "index.html").read_text()


def test_a_failed_language_can_be_left_out() -> None:
    bad = rows("nl-NL", DUTCH)
    bad[0] |= {"target": ""}
    result = run(rows(), bad, settings=ValidationSettings(failed_locale="drop", min_accepted_share=0.99))
    assert result.summary.dropped == ("nl-NL",)
    assert set(result.accepted["locale"]) == {"de-DE"}
    assert Counter(tuple(row["reasons"]) for row in result.quarantine) == {("not_empty",): 1, ("locale_left_out",): 19}
    assert counts_add_up(result)


def test_one_table_with_several_locales_gives_the_same_as_one_each() -> None:
    together = validate_translations(dialogues(), table(rows() + rows("nl-NL", DUTCH)), LENIENT)
    apart = run(rows(), rows("nl-NL", DUTCH))
    assert together.summary == apart.summary
    assert together.accepted.to_list() == apart.accepted.to_list()


def test_settings_change_severities_and_shares() -> None:
    damaged = rows()
    damaged[3] |= BROKEN["numbers_kept"]
    result = run(damaged, settings=ValidationSettings(severities={CheckName.NUMBERS_KEPT: Severity.WARNING}))
    assert len(result.quarantine) == 0
    exempt = ValidationSettings(min_accepted_share=1.0, min_accepted_share_by_locale={"de-DE": 0.9})
    assert run(damaged, settings=exempt).summary.locales[0].kept


def test_pages_load_nothing_and_show_the_failures(tmp_path: Path) -> None:
    damaged = rows("fa-IR", GERMAN)
    result = run(rows(), damaged, docs=tmp_path, settings=ValidationSettings(min_accepted_share=0, data_docs_pages=1))
    pages = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.html"))
    assert pages == ["index.html", "locales/de-DE.html"]
    assert "فارسی" in result.page
    assert GERMAN[0] in result.page
    for page in tmp_path.rglob("*.html"):
        text = page.read_text()
        assert not re.search(r"<script|<link|<img|<iframe|@import|url\(|https?://", text)
        assert "Every turn of the source dialogue has a translation." in text


def test_text_is_escaped_on_the_page() -> None:
    damaged = rows()
    damaged[0] |= {"target": "<script>alert(1)</script>"}
    assert "<script>" not in run(damaged).page


def test_no_translations_give_empty_tables() -> None:
    result = validate_translations(dialogues(), [], LENIENT)
    assert (len(result.accepted), len(result.quarantine), result.summary.locales) == (0, 0, ())
    assert "reasons" in result.quarantine.features


def test_a_language_without_a_single_row_has_failed_and_is_named() -> None:
    tables, wanted = [table(rows())], ["de-DE", "nl-NL"]
    result = validate_translations(dialogues(), tables, ValidationSettings(failed_locale="drop"), None, wanted)
    assert [verdict.locale for verdict in result.summary.locales] == wanted
    assert result.summary.dropped == ("nl-NL",)
    assert (result.summary.locales[1].rows, result.summary.locales[1].absent_dialogues) == (0, 4)
    assert "nl-NL" in result.page
    with pytest.raises(LocaleRefused, match=r"nl-NL: 0.0 % of 0 rows accepted, 90 % required \(no rows at all\)"):
        validate_translations(dialogues(), tables, ValidationSettings(), None, wanted)
