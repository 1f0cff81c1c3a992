"""Groups of soft prompts, single ones, and whole forwards train the same."""

import pytest

from benchmarks import soft_grid
from benchmarks.contest import ContestError
from tests.benchmarks.turns import QUICK, laps_of, outcome, with_other_loss


def test_the_mean_loss_is_the_same_in_a_group_alone_and_with_whole_forwards(texts):
    (contest,) = soft_grid.soft_grid_contests(texts.english, QUICK)
    laps = [laps_of(soft_grid.run, contender.options)[0] for contender in contest.contenders]
    assert {lap.units for lap in laps} == {2 * 2 * QUICK.grid_updates}
    (remark,) = soft_grid.check_soft_grid(outcome(contest, *laps))
    assert remark.startswith("Mean training loss in float32: ")
    wrong = with_other_loss(laps[0])
    with pytest.raises(ContestError, match="mean losses"):
        soft_grid.check_soft_grid(outcome(contest, wrong, *laps[1:]))
