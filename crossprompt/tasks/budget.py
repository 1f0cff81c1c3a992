"""Equal means for both prompts: what a training may spend, and the check that compared trainings spend alike."""

from __future__ import annotations

from collections.abc import Sequence

from crossprompt.tasks.records import Budget
from crossprompt.tasks.settings import TaskSettings


class BudgetError(ValueError):
    """Two trainings that are to be compared have different budgets."""


def budget_of(
    settings: TaskSettings, seeds: Sequence[int], learning_rates: Sequence[float], prompt_length: int
) -> Budget:
    """The budget of trainings with ``settings`` over these seeds and rates, in their order, of prompts so long."""
    return Budget(
        max_updates=settings.max_updates,
        batch_size=settings.batch_size,
        evaluate_every=settings.evaluate_every,
        patience=settings.patience,
        shots=settings.shots,
        seeds=tuple(seeds),
        learning_rates=tuple(learning_rates),
        prompt_length=prompt_length,
    )


def assert_equal_budgets(budgets: dict[str, Budget]) -> None:
    """Check that all ``budgets``, by the name of what has them, are equal.

    Raises:
        BudgetError: They are not; names the fields and both values.
    """
    (first, expected), *others = budgets.items()
    for name, budget in others:
        different = [
            f"{field}: {getattr(expected, field)} ({first}) and {getattr(budget, field)} ({name})"
            for field in Budget.model_fields
            if getattr(expected, field) != getattr(budget, field)
        ]
        if different:
            raise BudgetError(f"unequal budgets can't be compared: {'; '.join(different)}")
