"""What is wrong with found slots: counted by hand, over results that are believed, and refused where they don't fit."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from datasets import Dataset

from crossprompt.comparison.records import Cell, Measurement
from crossprompt.corpora.annotation import parse_annotation
from crossprompt.corpora.dialogue import SlotSpan
from crossprompt.corpora.utterance import UTTERANCE_FEATURES
from crossprompt.tasks.task import ScoredAnswers
from tests.crossprompt.comparison.made_up import FINGERPRINT
from tools.slot_errors import SlotErrors, SlotErrorsError, averages, measure, slot_errors

MARKUP = {
    "en-US": ["wake me [time : at nine] on [date : friday]", "play [song : yesterday]", "good morning"],
    "th-TH": ["ปลุกฉัน[time : เก้าโมง]วัน[date : ศุกร์]", "เล่น[song : เมื่อวาน]", "สวัสดี"],
}


def test_borders_kinds_and_numbers_are_told_apart() -> None:
    true = [[SlotSpan("time", 8, 15), SlotSpan("date", 19, 25)], [SlotSpan("song", 5, 14)], []]
    assert slot_errors(true, true) == SlotErrors(100, 100, 100, 100, 1.0)
    found = [[SlotSpan("date", 8, 15), SlotSpan("date", 22, 25)], [SlotSpan("song", 0, 14)], [SlotSpan("song", 0, 4)]]
    errors = slot_errors(found, true)
    assert errors.f1 == 0
    assert errors.borders_f1 == pytest.approx(100 * 2 * 1 / 7)  # "at nine", called a date
    assert errors.kinds_f1 == pytest.approx(100 * 2 * 2 / 6)  # date in the first, song in the second; three by three
    assert errors.touched == pytest.approx(100 * 2 / 3)  # friday and yesterday in part
    assert errors.found_per_true == pytest.approx(4 / 3)


def test_spans_that_only_meet_do_not_touch() -> None:
    assert slot_errors([[SlotSpan("time", 0, 4)]], [[SlotSpan("time", 4, 8)]]).touched == 0


def test_no_slots_at_all_are_no_division_by_zero() -> None:
    assert slot_errors([[], []], [[], []]) == SlotErrors(0, 0, 0, 0, 0.0)


def utterances() -> Dataset:
    rows = [
        {
            "id": str(place),
            "locale": locale,
            "partition": "test",
            "scenario": "alarm",
            "intent": "alarm_set",
            "utt": parse_annotation(marked)[0],
            "annot_utt": marked,
        }
        for locale, texts in MARKUP.items()
        for place, marked in enumerate(texts)
    ]
    return Dataset.from_list(rows, features=UTTERANCE_FEATURES)


def result(locale: str, answers: Sequence[str], seed: int = 0, **cell: object) -> Measurement:
    facts = {"contender": "APT", "task": "slots", "shots": 5} | cell
    scored = ScoredAnswers(
        locale=locale,
        ids=tuple(map(str, range(len(answers)))),
        answers=tuple(answers),
        numerators=(0,) * len(answers),
        denominators=(1,) * len(answers),
    )
    return Measurement(
        cell=Cell.model_validate(facts),
        seed=seed,
        answers=scored,
        learning_rate=0.1,
        updates=1,
        dev_score=0.0,
        fingerprint=FINGERPRINT,
    )


def test_results_become_a_line_each_and_seeds_a_mean() -> None:
    bare = ["wake me at nine on friday", "play yesterday", "good morning"]
    table = measure(
        [
            result("en-US", MARKUP["en-US"], seed=0),
            result("en-US", bare, seed=1),
            result("th-TH", MARKUP["th-TH"]),
            result("th-TH", MARKUP["th-TH"], shots=None),
            result("th-TH", ["alarm_set"] * 3, task="intent"),
        ],
        utterances(),
    )
    lines = {(row.shots, row.locale): row for row in table.itertuples()}
    assert set(lines) == {("5", "en-US"), ("5", "th-TH"), ("all", "th-TH")}
    assert (lines["5", "en-US"].f1, lines["5", "en-US"].found_per_true) == (50.0, 0.5)
    assert lines["5", "th-TH"].f1 == lines["all", "th-TH"].f1 == 100.0
    text = averages(table)
    assert "| 5 | APT | English | 50.00 | 50.00 | 50.00 | 50.00 | 0.50 |" in text
    assert "| 5 | APT | 1 others | 100.00 |" in text


def test_answers_to_other_utterances_are_refused() -> None:
    with pytest.raises(SlotErrorsError, match="1 results are of no utterance here, such as 3"):
        measure([result("en-US", [*MARKUP["en-US"], "and more"])], utterances())
    with pytest.raises(SlotErrorsError, match=r"en-US: .*another text"):
        measure([result("en-US", ["wake you [time : at nine]"])], utterances())
    with pytest.raises(SlotErrorsError, match="no results of slots"):
        measure([result("en-US", ["alarm_set"], task="intent")], utterances())
