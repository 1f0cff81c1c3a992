"""The gate on answers whose outcome can be reckoned by hand."""

from __future__ import annotations

from random import Random

import pytest

from crossprompt.promotion.contestant import GateError, contestant
from crossprompt.promotion.decision import decide, new_languages
from crossprompt.promotion.records import Decision, Rule
from crossprompt.promotion.settings import GateSettings
from crossprompt.settings import SettingsError
from tests.crossprompt.bundles.made_up import make_bundle
from tests.crossprompt.promotion.sides import right, side, with_slots

QUICK = {"statistics": {"resamples": 200, "permutations": 199}}
SETTINGS = GateSettings.parse(QUICK, "gate")
ENGLISH = right((True, 36), (False, 4))
HALF = right((True, 20), (False, 20))


def settings(**changes) -> GateSettings:
    return GateSettings.parse({**QUICK, **changes}, "gate")


def broken(decision: Decision) -> list[Rule]:
    return [check.rule for check in decision.failed]


def test_without_a_champion_the_floor_alone_decides():
    first = decide(side({"en-US": ENGLISH, "de-DE": HALF}), None, SETTINGS)
    assert first.promote
    assert (first.champion, first.new_languages) == (None, ("de-DE",))
    (row,) = [row for row in first.tasks[0].locales if row.is_new]
    assert (row.locale, row.candidate, row.floor, row.champion, row.difference) == ("de-DE", 50.0, 45.0, None, None)
    assert (
        first.headline
        == f"Candidate {'c' * 12} with 1 language (1 new: de-DE) passes the gate as the first model: all rules hold."
    )
    refused = decide(side({"en-US": ENGLISH, "de-DE": right((True, 10), (False, 30))}), None, SETTINGS)
    assert broken(refused) == [Rule.FLOOR]
    assert refused.sentences[1] == "New languages (intent): de-DE reaches 25.0 %, its floor is 45.0 %."


@pytest.mark.parametrize(
    ("share", "floor"), [(0.2, 18.0), ({"intent": 0.2}, 18.0), ({"slots": 0.2}, 45.0), ({"intent": 0}, 0.0)]
)
def test_the_share_of_english_may_differ_from_task_to_task(share, floor):
    decision = decide(side({"en-US": ENGLISH, "de-DE": HALF}), None, settings(floor_of_english=share))
    assert [row.floor for row in decision.tasks[0].locales if row.is_new] == [floor]
    assert Decision.model_validate_json(decision.model_dump_json()) == decision


def test_a_fall_is_told_with_its_exact_p_value_corrected_over_the_locales():
    champion = side({"en-US": ENGLISH, "de-DE": HALF}, name="a")
    worse = side({"en-US": ENGLISH, "de-DE": right((True, 10), (False, 30))})
    decision = decide(worse, champion, SETTINGS)
    assert broken(decision) == [Rule.FALLS, Rule.AVERAGE]
    (row,) = [row for row in decision.tasks[0].locales if row.locale == "de-DE"]
    # ten utterances are lost and none is won: two of 2^10 ways to turn the signs are as extreme
    assert (row.difference.difference, row.difference.p) == (-25.0, pytest.approx(2 / 2**10))
    assert row.difference.p_corrected == pytest.approx(2 * 2 / 2**10)
    assert row.unnoticed > 0
    assert "de-DE falls from 50.0 % to 25.0 %, -25.00 points" in decision.failed[0].sentence
    assert "corrected p 0.004" in decision.failed[0].sentence
    task = decision.tasks[0]
    assert (task.candidate, task.champion, task.difference.difference) == (57.5, 70.0, -12.5)


def test_a_fall_within_the_margin_or_the_noise_is_none():
    champion = side({"en-US": ENGLISH, "de-DE": HALF}, name="a")
    better = right((True, 38), (False, 2))
    worse = side({"en-US": better, "de-DE": right((True, 10), (False, 30))})
    assert decide(worse, champion, settings(margin=25, average_margin=20)).promote
    slightly = side({"en-US": better, "de-DE": right((True, 18), (False, 22))})
    decision = decide(slightly, champion, SETTINGS)
    assert decision.promote
    # two lost, none won: p is 2 / 2^2
    (row,) = [row for row in decision.tasks[0].locales if row.locale == "de-DE"]
    assert (row.difference.difference, row.difference.p) == (-5.0, 0.5)
    assert "would mostly go unnoticed" in next(c.sentence for c in decision.checks if c.rule is Rule.FALLS)


def test_the_average_is_over_what_the_champion_knew_so_that_new_languages_pay_for_nothing():
    poor, rich = right((True, 4), (False, 36)), right((True, 36), (False, 4))
    champion = side({"en-US": ENGLISH, "de-DE": HALF, "sw-KE": poor}, name="a")
    candidate = side(
        {"en-US": ENGLISH, "de-DE": right((True, 19), (False, 21)), "sw-KE": rich}, languages=("de", "sw-KE")
    )
    decision = decide(candidate, champion, SETTINGS)
    assert broken(decision) == [Rule.AVERAGE]
    assert decision.tasks[0].difference.difference == pytest.approx(-1.25)
    assert decide(candidate, champion, settings(average_margin=1.25)).promote
    assert decision.new_languages == ("sw-KE",)


def test_a_new_language_may_have_to_gain_on_what_the_backbone_alone_gives():
    champion = side({"en-US": ENGLISH, "de-DE": HALF, "sw-KE": HALF}, name="a")
    candidate = side({"en-US": ENGLISH, "de-DE": HALF, "sw-KE": HALF}, languages=("de-DE", "sw-KE"))
    assert decide(candidate, champion, SETTINGS).promote
    decision = decide(candidate, champion, settings(gain={"intent": 2}))
    assert broken(decision) == [Rule.FLOOR]
    assert "its floor is 52.0 %" in decision.failed[0].sentence
    assert broken(decide(candidate, champion, settings(floors={"intent": 60}))) == [Rule.FLOOR]


def test_nothing_that_the_champion_has_may_be_missing():
    champion = with_slots(side({"en-US": ENGLISH, "de-DE": HALF}, ("de-DE", "fr-FR"), "a"), {"en-US": [(2, 2)]})
    decision = decide(side({"en-US": ENGLISH}), champion, SETTINGS)
    assert broken(decision) == [Rule.TASKS, Rule.LANGUAGES, Rule.LOCALES]
    assert [check.sentence for check in decision.failed] == [
        "Tasks: the candidate lacks slots.",
        "Languages: the candidate lacks fr-FR.",
        "Locales (intent): the candidate was not tested in de-DE.",
    ]


def test_a_new_language_without_tests_is_refused_or_accepted_as_set():
    champion = side({"en-US": ENGLISH, "de-DE": HALF}, name="a")
    candidate = side({"en-US": ENGLISH, "de-DE": HALF}, languages=("de-DE", "sw-KE"))
    decision = decide(candidate, champion, SETTINGS)
    assert broken(decision) == [Rule.FLOOR]
    assert "sw-KE was not tested" in decision.failed[0].sentence
    assert decide(candidate, champion, settings(untested="accept")).promote


def test_scores_that_are_no_accuracies_are_permuted():
    spans = [(2, 4)] * 30
    champion = with_slots(side({"en-US": ENGLISH, "de-DE": HALF}, name="a"), {"en-US": spans, "de-DE": spans})
    candidate = with_slots(
        side({"en-US": ENGLISH, "de-DE": HALF}), {"en-US": spans, "de-DE": [(0, 4)] * 12 + [(2, 4)] * 18}
    )
    decision = decide(candidate, champion, SETTINGS)
    assert broken(decision) == [Rule.FALLS, Rule.AVERAGE]
    (slots,) = [task for task in decision.tasks if task.task == "slots"]
    assert slots.test.startswith("the paired permutation test")
    (row,) = [row for row in slots.locales if row.locale == "de-DE"]
    assert (row.champion, row.candidate, row.difference.p) == (50.0, 30.0, 1 / 200)


def test_other_utterances_or_other_labels_can_not_be_compared():
    champion = side({"en-US": ENGLISH, "de-DE": HALF}, name="a")
    with pytest.raises(GateError, match=r"different utterances of task intent \(first de-DE, id '39'\)"):
        decide(side({"en-US": ENGLISH, "de-DE": HALF[:-1]}), champion, SETTINGS)


def test_languages_are_new_by_what_they_are_and_not_by_how_they_are_spelled():
    assert new_languages(side({}, ("de", "sw-KE", "zh-TW")), side({}, ("de-DE", "swh", "zh-CN"))) == ("zh-TW",)


def test_the_whole_family_keeps_its_level():
    """Where all is noise, the gate refuses about as rarely as its level says, however many locales there are."""
    random, refused = Random(3), 0
    for _ in range(20):
        locales = ("en-US", "de-DE", "fr-FR", "it-IT", "nl-NL", "pl-PL", "sv-SE", "tr-TR")
        sides = [{locale: [random.random() < 0.6 for _ in range(60)] for locale in locales} for _ in range(2)]
        decision = decide(side(sides[0]), side(sides[1], name="a"), settings(average_margin=50))
        refused += Rule.FALLS in broken(decision)
    assert refused <= 3


def test_a_bundle_comes_to_the_gate_with_its_own_predictions_or_others(tmp_path):
    bundle = make_bundle(tmp_path / "bundle")
    own = contestant(bundle)
    assert decide(own, own, SETTINGS).promote
    anew = contestant(bundle, {"intent": own.predictions["intent"].slice(0, 10)})
    assert anew.predictions["intent"].num_rows == 10


def test_a_decision_goes_to_json_and_back():
    decision = decide(side({"en-US": ENGLISH, "de-DE": HALF}), None, SETTINGS)
    assert Decision.model_validate_json(decision.model_dump_json()) == decision


def test_wrong_settings_are_named():
    with pytest.raises(SettingsError, match=r"gate\.floors: .*a floor is a score from 0 to 100, not intent: 120"):
        settings(floors={"intent": 120})
    with pytest.raises(SettingsError, match=r"gate\.floor_of_english"):
        settings(floor_of_english={"slots": 1.5})
    with pytest.raises(SettingsError, match=r"gate\.level"):
        settings(level=2)
