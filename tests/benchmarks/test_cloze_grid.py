"""Groups of translated prompts and single ones train the same."""

import pytest

from benchmarks import cloze_grid
from benchmarks.contest import ContestError
from tests.benchmarks.turns import QUICK, laps_of, outcome, with_other_loss


def test_the_mean_loss_is_the_same_in_a_group_and_alone(texts):
    (contest,) = cloze_grid.cloze_grid_contests(texts.english, QUICK)
    laps = [laps_of(cloze_grid.run, {**own.options, "dtype": "float32"})[0] for own in contest.contenders]
    assert {lap.units for lap in laps} == {2 * 2 * QUICK.grid_updates}
    (remark,) = cloze_grid.check_cloze_grid(outcome(contest, *laps))
    assert remark.startswith("Mean training loss in float32: ")
    wrong = with_other_loss(laps[0])
    with pytest.raises(ContestError, match="mean losses"):
        cloze_grid.check_cloze_grid(outcome(contest, wrong, laps[1]))
