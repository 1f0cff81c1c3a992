from __future__ import annotations

import math

import pytest

from crossprompt.reports import formats


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (62.44, 1, "62.4"),
        (-0.04, 1, "0.0"),
        (-1.25, 2, "−1.25"),
        (1234567, 0, "1,234,567"),
        (None, 1, "–"),
        (math.nan, 1, "–"),
    ],
)
def test_numbers_have_true_minus_signs_and_a_dash_for_what_is_missing(value, digits, text):
    assert formats.number(value, digits) == text


@pytest.mark.parametrize(
    ("value", "text"), [(3.14, "+3.1"), (-0.44, "−0.4"), (0.0, "0.0"), (0.01, "0.0"), (10.0, "+10.0"), (math.inf, "–")]
)
def test_differences_carry_their_sign_unless_they_round_to_nothing(value, text):
    assert formats.signed(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(1e-300, "p < 0.001"), (0.0, "p < 0.001"), (0.0213, "p = 0.021"), (0.5, "p = 0.50"), (math.nan, "p unknown")],
)
def test_p_values_are_never_zero(value, text):
    assert formats.p_phrase(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(4.21, "4.2 s"), (59.7, "1 min 0 s"), (725, "12 min 5 s"), (7800, "2 h 10 min"), (None, "–")]
)
def test_durations_use_their_two_largest_units(seconds, text):
    assert formats.duration(seconds) == text


def test_a_hyphen_before_a_number_is_a_minus_and_one_in_a_name_is_not():
    assert formats.tied("SPT-8 on 2026-01-02: -7.5 (-9 to -6)") == "SPT-8 on 2026-01-02: −7.5 (−9 to −6)"


def test_only_blanks_that_must_not_break_are_tied():
    assert formats.tied("47.8 % of 51, p < 0.001") == "47.8\u00a0% of 51, p\u00a0<\u00a00.001"
