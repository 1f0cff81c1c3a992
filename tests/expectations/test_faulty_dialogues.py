"""Faults that concern a dialogue, or signs that cannot be seen: what is caught, and what must not be."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
import regex
from datasets import Dataset

from crossprompt.corpora.ingest import ingest_dialogues
from crossprompt.corpora.settings import DialogueSettings
from crossprompt.quality.settings import ValidationSettings
from crossprompt.translation.engine import load_engine
from crossprompt.translation.settings import EngineSettings, TranslationSettings
from crossprompt.translation.translate import translate_dialogues
from expectations.language_gate import LanguageGateResult, pass_language
from tests.expectations.tables import GERMAN, TURNS, dialogues, rows, table

LENIENT = ValidationSettings(min_accepted_share=0)
ZWSP, ZWNJ, ZWJ = "\u200b", "\u200c", "\u200d"


def run(damaged: list[dict[str, Any]]) -> LanguageGateResult:
    return pass_language(dialogues(), [table(damaged)], "de-DE", LENIENT)


def refused(damaged: list[dict[str, Any]]) -> dict[tuple[str, int], set[str]]:
    """Reasons by dialogue and turn."""
    return {(row["dialogue_id"], row["turn"]): set(row["reasons"]) for row in run(damaged).quarantine}


def with_targets(*targets: tuple[int, str]) -> list[dict[str, Any]]:
    """The first dialogue with other targets at some turns."""
    damaged = rows()
    for turn, target in targets:
        damaged[turn] |= {"target": target}
    return damaged


def swapped(one: int, other: int) -> list[dict[str, Any]]:
    return with_targets((one, GERMAN[other]), (other, GERMAN[one]))


def test_swapped_targets_are_caught_by_their_numbers_and_codes() -> None:
    found = refused(swapped(2, 3))
    assert found == {("d0", 2): {"numbers_kept"}, ("d0", 3): {"numbers_kept", "codes_kept"}}


def test_swapped_targets_without_a_number_pass() -> None:
    """No check reads what a turn means: see docs/validation.md."""
    assert refused(swapped(1, 4)) == {}


def test_swapped_rows_are_caught_by_their_sources() -> None:
    damaged = rows()
    damaged[1] |= {"turn": 4}
    damaged[4] |= {"turn": 1}
    found = refused(damaged)
    assert found.keys() == {("d0", 1), ("d0", 4)}
    assert all(reasons >= {"source_kept", "speaker_kept"} for reasons in found.values())


def test_of_a_dialogue_that_breaks_off_the_rest_is_missing() -> None:
    found = run([row for row in rows() if (row["dialogue_id"], row["turn"]) < ("d1", 2) or row["dialogue_id"] > "d1"])
    assert {(row["dialogue_id"], row["turn"]): row["reasons"] for row in found.quarantine} == {
        ("d1", turn): ["turn_present"] for turn in (2, 3, 4)
    }
    assert (found.verdict.missing_turns, found.verdict.absent_dialogues) == (3, 0)


@pytest.mark.parametrize("rest", ["english", "empty"])
def test_of_a_dialogue_that_is_half_translated_the_rest_is_caught(rest: str) -> None:
    found = refused(with_targets(*((turn, TURNS[turn][1] if rest == "english" else "") for turn in (2, 3, 4))))
    assert found.keys() == {("d0", 2), ("d0", 3), ("d0", 4)}
    assert all(("not_copied" if rest == "english" else "not_empty") in reasons for reasons in found.values())


@pytest.mark.parametrize("control", ["\u202e", "\u202b", "\u2067", "\u2069", "\u202c"])
def test_a_directional_control_without_its_other_end_is_caught(control: str) -> None:
    damaged = with_targets((0, GERMAN[0].replace("Birmingham", f"{control}Birmingham")))
    assert refused(damaged) == {("d0", 0): {"clean_text"}}


@pytest.mark.parametrize(("opened", "closed"), [("\u2068", "\u2069"), ("\u202a", "\u202c"), ("\u200e", "")])
def test_directional_controls_in_pairs_and_marks_pass(opened: str, closed: str) -> None:
    damaged = with_targets((0, GERMAN[0].replace("Birmingham", f"{opened}Birmingham{closed}")))
    assert refused(damaged) == {}


def test_a_target_of_nothing_but_signs_without_width_is_empty() -> None:
    found = refused(with_targets((4, f"{ZWSP}{ZWNJ}{ZWJ} ")))
    assert "not_empty" in found["d0", 4]


def between_words(text: str) -> str:
    """Khmer and Burmese mark words by a space without width, where they mark them."""
    return regex.sub(r"(?<=[\p{L}\p{M}]) (?=\p{L})", ZWSP, text)


def half_forms(text: str) -> str:
    """A joiner after the sign that takes a letter's vowel asks for the letter's half form."""
    return regex.sub(r"(?<=\p{L}\u094d)(?=\p{L})", ZWJ, text)


JOINED: dict[str, tuple[str, Callable[[str], str]]] = {
    "fa-IR": (ZWNJ, str),
    "hi-IN": (ZWJ, half_forms),
    "km-KH": (ZWSP, between_words),
    "my-MM": (ZWSP, between_words),
}
"""Per locale a sign without width that carries meaning, and how it comes into the sample's text, if it is not there."""


@cache
def sample() -> Dataset:
    return ingest_dialogues(DialogueSettings(), progress=False).dialogues.select(range(4))


@pytest.mark.parametrize("locale", JOINED)
def test_joiners_that_carry_meaning_pass_every_check_and_are_kept(locale: str) -> None:
    sign, join = JOINED[locale]
    plain = translate_dialogues(sample(), locale, load_engine(EngineSettings()), TranslationSettings(), progress=False)
    joined = plain.map(lambda row: {"target": join(row["target"])}, load_from_cache_file=False)
    assert sum(sign in target for target in joined["target"]) >= 5
    before = pass_language(sample(), [plain], locale, LENIENT)
    after = pass_language(sample(), [joined], locale, LENIENT)
    failed = [{check.check: check.failed for check in found.verdict.checks} for found in (before, after)]
    assert failed[0] == failed[1]
    accepted = {(row["dialogue_id"], row["turn"]) for row in before.accepted}
    kept = [row for row in joined if (row["dialogue_id"], row["turn"]) in accepted]
    assert after.accepted.to_list() == kept
