"""Which answers count: every reason by itself, and that all rows add up."""

from __future__ import annotations

from random import Random

import pytest

from crossprompt.rating.records import Reason
from crossprompt.rating.screening import screen
from crossprompt.rating.settings import ScreeningSettings
from tests.crossprompt.rating.rated_corpus import answer, honest, make_key

KEY = make_key("sw")
ITEM = next(item for item in KEY.items if not item.quiz)
QUIZ = [item for item in KEY.items if item.quiz]
ALONE = ScreeningSettings(raters_per_item=1)


def excluded(outcome, locale="sw"):
    return {reason: count for reason, count in outcome.excluded[locale].items() if count}


def test_three_honest_raters_are_kept_whole():
    outcome = screen([row for name in "abc" for row in honest(KEY, name)], KEY, ScreeningSettings())
    assert (len(outcome.kept), len(outcome.quiz), excluded(outcome)) == (36, 12, {})
    assert [(verdict.rater, verdict.passed, verdict.refused) for verdict in outcome.raters] == [
        ("a", 4, None),
        ("b", 4, None),
        ("c", 4, None),
    ]


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ((None, 0.5), Reason.INCOMPLETE),
        ((0.5, None), Reason.INCOMPLETE),
        ((1.01, 0.5), Reason.OUT_OF_RANGE),
        ((0.5, -0.01), Reason.OUT_OF_RANGE),
        ((float("nan"), 0.5), Reason.OUT_OF_RANGE),
        ((float("inf"), 0.5), Reason.OUT_OF_RANGE),
    ],
)
def test_a_row_that_is_no_whole_answer_on_the_scale(values, reason):
    assert excluded(screen([answer(ITEM, "a", *values)], KEY, ALONE)) == {reason: 1}


def test_the_ends_of_the_scale_are_on_it():
    rows = [answer(ITEM, "a", 0.0, 1.0), answer(QUIZ[0], "a", 0.0, 1.0)]
    assert len(screen(rows, KEY, ALONE).kept) == 1


def test_an_item_of_no_export_is_counted_apart():
    outcome = screen([answer("feed", "a", 1.0, 1.0)], KEY, ALONE)
    assert (outcome.unknown, excluded(outcome)) == (1, {})


def test_equal_answers_given_twice_count_once():
    rows = honest(KEY, "Amina")
    outcome = screen([*rows, *honest(KEY, "AMINA ")], KEY, ALONE)
    assert len(outcome.kept) == 12
    assert excluded(outcome) == {Reason.DUPLICATE: 16}


def test_of_different_answers_the_last_counts_if_times_are_known():
    quiz = answer(QUIZ[0], "a", 0.0, 1.0)
    timed = [answer(ITEM, "a", value, 0.5, f"2026-03-04T05:06:0{second}Z") for value, second in ((0.2, 7), (0.6, 9))]
    outcome = screen([timed[1], quiz, timed[0]], KEY, ALONE)
    assert [opinion.meaning for opinion in outcome.kept] == [0.6]
    assert excluded(outcome) == {Reason.DUPLICATE: 1}


@pytest.mark.parametrize("times", [("", ""), ("2026-03-04T05:06:07Z", ""), ("2026-03-04T05:06:07Z",) * 2])
def test_different_answers_without_an_order_count_neither(times):
    rows = [answer(ITEM, "a", value, 0.5, when) for value, when in zip((0.2, 0.6), times, strict=True)]
    outcome = screen([answer(QUIZ[0], "a", 0.0, 1.0), *rows], KEY, ALONE)
    assert outcome.kept == []
    assert excluded(outcome) == {Reason.CONTRADICTORY: 2}


@pytest.mark.parametrize(("wrong", "counts"), [(0, True), (1, True), (2, False), (4, False)])
def test_a_rater_must_pass_most_quiz_items(wrong, counts):
    rows = [answer(item, "a", 0.9 if item.quiz and item in QUIZ[:wrong] else 0.3, 0.5) for item in KEY.items]
    outcome = screen(rows, KEY, ALONE)
    assert len(outcome.kept) == (12 if counts else 0)
    assert excluded(outcome) == ({} if counts else {Reason.FAILED_QUIZ: 16})
    assert (outcome.raters[0].quizzes, outcome.raters[0].passed) == (4, 4 - wrong)


def test_a_rater_without_quiz_items_is_not_counted_unless_there_are_none():
    rows = [answer(ITEM, "a", 0.9, 0.9)]
    assert excluded(screen(rows, KEY, ALONE)) == {Reason.NO_QUIZ: 1}
    without = make_key("sw", quizzes=0)
    assert len(screen([answer(without.items[0], "a", 0.9, 0.9)], without, ALONE).kept) == 1


def test_an_item_needs_three_raters_that_count():
    liar = [answer(item, "liar", 1.0, 1.0) for item in KEY.items]
    outcome = screen([*honest(KEY, "a"), *honest(KEY, "b"), *liar], KEY, ScreeningSettings())
    assert excluded(outcome) == {Reason.FAILED_QUIZ: 16, Reason.TOO_FEW_RATERS: 24}
    assert outcome.kept == []
    four = screen([row for name in "abcd" for row in honest(KEY, name)], KEY, ScreeningSettings())
    assert len(four.kept) == 48


def test_a_rater_is_judged_in_each_language_by_itself():
    key = make_key("sw", "ar")
    blind = [answer(item, "a", 1.0, 1.0) for item in key.of_locale("ar")]
    seeing = [row for row in honest(key, "a") if row.item in {item.id for item in key.of_locale("sw")}]
    outcome = screen([*blind, *seeing], key, ALONE)
    assert {verdict.locale: verdict.refused for verdict in outcome.raters} == {"ar": Reason.FAILED_QUIZ, "sw": None}


def test_whatever_comes_in_every_row_ends_in_one_place():
    key, random = make_key("sw", "ar"), Random(11)
    values = (None, 0.0, 0.1, 0.5, 1.0, 1.5, float("nan"))
    for _ in range(30):
        rows = [
            answer(
                random.choice([*key.items, "feed"]),
                random.choice("abcdef"),
                random.choice(values),
                random.choice(values),
                random.choice(("", "2026-03-04T05:06:07Z", "2026-03-05T05:06:07Z")),
            )
            for _ in range(random.choice((0, 5, 400)))
        ]
        outcome = screen(rows, key, ScreeningSettings(raters_per_item=2, min_quiz_share=0.4))
        lost = sum(sum(reasons.values()) for reasons in outcome.excluded.values())
        assert len(outcome.kept) + len(outcome.quiz) + outcome.unknown + lost == len(rows)
