"""Budgets that differ are named."""

from __future__ import annotations

import pytest

from crossprompt.tasks.budget import BudgetError, assert_equal_budgets, budget_of
from crossprompt.tasks.settings import TaskSettings


def test_equal_budgets_pass():
    assert_equal_budgets({name: budget_of(TaskSettings(), (0, 1), (0.1,), 16) for name in ("aligned", "fresh")})


def test_unequal_budgets_name_the_fields():
    budgets = {
        "aligned": budget_of(TaskSettings(max_updates=400), (0, 1), (0.1,), 16),
        "fresh": budget_of(TaskSettings(max_updates=100), (0,), (0.1,), 4),
    }
    fields = r"max_updates: 400 \(aligned\) and 100 \(fresh\); seeds: \(0, 1\).* prompt_length: 16"
    with pytest.raises(BudgetError, match=fields):
        assert_equal_budgets(budgets)
