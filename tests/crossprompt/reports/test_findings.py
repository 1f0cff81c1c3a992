from __future__ import annotations

import math
from random import Random

import pytest

from crossprompt.reports.findings import Verdict, average_difference, find, locale_verdict, summary_lines
from crossprompt.tasks.records import Method
from tests.factories import Shape, make_evaluation, report_inputs


def evaluation(**shape):
    return make_evaluation(Shape(**shape), Random(3))


def with_pooled(result, **changes):
    return result.model_copy(update={"pooled": result.pooled.model_copy(update=changes)})


def test_a_clear_gain_is_said_with_its_size():
    result = evaluation(gain=6.0)
    findings = find(result)
    aligned, fresh = (score.mean for score in result.average)
    assert findings.verdict is Verdict.BETTER
    assert f"{aligned:.1f} %" in findings.headline
    assert f"{aligned - fresh:.1f} points more" in findings.headline
    assert "52 locales" in findings.headline
    assert f"{fresh:.1f} %" in findings.explanation
    assert "p < 0.001" in findings.explanation


def test_a_loss_is_said_plainly():
    findings = find(evaluation(gain=-6.0))
    assert findings.verdict is Verdict.WORSE
    assert "do worse than fresh ones" in findings.headline


def test_a_difference_within_chance_is_no_success():
    result = with_pooled(evaluation(gain=3.0), p=0.21)
    findings = find(result)
    assert findings.verdict is Verdict.UNDECIDED
    assert "do not clearly beat fresh ones" in findings.headline
    assert "does not show that alignment helps" in findings.explanation


def test_a_pooled_test_that_points_the_other_way_leaves_it_undecided():
    result = with_pooled(evaluation(gain=3.0), difference=-0.2, p=1e-9)
    assert find(result).verdict is Verdict.UNDECIDED


def test_an_unknown_p_is_no_success():
    findings = find(with_pooled(evaluation(gain=3.0), p=math.nan))
    assert findings.verdict is Verdict.UNDECIDED
    assert "p unknown" in findings.explanation


def test_locales_are_counted_by_their_corrected_p():
    result = evaluation(gain=1.0)
    findings = find(result)
    better = [s for s in result.locales if s.comparison.p_corrected < 0.05 and s.comparison.difference > 0]
    worse = [s for s in result.locales if s.comparison.p_corrected < 0.05 and s.comparison.difference < 0]
    assert (findings.better, findings.worse) == (len(better), len(worse))
    assert findings.better + findings.worse + findings.undecided == 52
    assert any(s.comparison.p < 0.05 <= s.comparison.p_corrected for s in result.locales), "the case is in the data"


def test_a_locale_without_correction_is_judged_by_its_plain_p():
    score = evaluation(gain=9.0).locales[0]
    plain = score.model_copy(
        update={"comparison": score.comparison.model_copy(update={"p": 0.01, "p_corrected": None})}
    )
    assert locale_verdict(plain, 0.95) is Verdict.BETTER
    assert locale_verdict(plain, 0.995) is Verdict.UNDECIDED


@pytest.mark.parametrize("method", list(Method))
def test_one_method_alone_is_not_compared(method):
    result = evaluation(methods=(method,))
    findings = find(result)
    assert findings.verdict is Verdict.NOT_COMPARED
    assert findings.headline.startswith(method.value.capitalize())
    assert average_difference(result) is None
    assert findings.better == findings.worse == findings.undecided == 0


def test_cautions_name_locales_at_the_majority_line_and_single_seeds():
    result = evaluation(locales=("en-US", "sw-KE"), seeds=(0,))
    low = result.locales[1].model_copy(update={"majority": 99.0})
    cautions = " ".join(find(result.model_copy(update={"locales": (result.locales[0], low)})).cautions)
    assert "sw-KE" in cautions
    assert "en-US" not in cautions
    assert "Only 1 seed" in cautions


def test_an_average_below_the_majority_class_is_said():
    result = evaluation().model_copy(update={"average_majority": 90.0})
    assert sum("no better than always answering" in caution for caution in find(result).cautions) == 2


def test_the_summary_for_a_terminal_is_plain_lines():
    lines = summary_lines(report_inputs(Shape(dropped=("mn-MN",))))
    assert all(line and "\n" not in line and "<b" not in line for line in lines)
    text = "\n".join(lines)
    assert "Best learning rates on English dev: aligned 0.01, fresh 0.01." in text
    assert "1 corpus record, 6 translations" in text
    assert "mn-MN" in text


def test_a_long_list_of_locales_is_cut_and_counted():
    result = evaluation()
    low = tuple(score.model_copy(update={"majority": 99.0}) for score in result.locales)
    (caution,) = find(result.model_copy(update={"locales": low})).cautions
    assert caution.startswith("In 52 locales")
    assert caution.endswith("da-DK and 44 more.")
