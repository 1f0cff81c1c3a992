"""Groups and single trials train the same."""

import pytest

from benchmarks import grid
from benchmarks.contest import ContestError
from tests.benchmarks.turns import QUICK, laps_of, outcome, with_other_loss


def test_the_mean_loss_of_a_group_is_that_of_single_trials(texts):
    (contest,) = grid.grid_contests(texts.english, QUICK)
    grouped, single = (laps_of(grid.run, c.options | {"dtype": "float32"})[0] for c in contest.contenders)
    assert grouped.units == single.units == 2 * 2 * QUICK.grid_updates
    (remark,) = grid.check_grid(outcome(contest, grouped, single))
    assert remark.startswith("Mean training loss in float32")
    other = with_other_loss(single)
    with pytest.raises(ContestError, match="mean losses"):
        grid.check_grid(outcome(contest, grouped, other))
