"""Macro-F1 over topics, from answers that are texts."""

from __future__ import annotations

from collections.abc import Sequence


def macro_f1(gold: Sequence[str], answers: Sequence[str], labels: Sequence[str]) -> float:
    """The mean over ``labels`` of the F1 of each, in percent.

    A label that is neither true nor answered anywhere counts 0, as in scikit-learn's ``f1_score``.

    Args:
        gold: True labels, one per text.
        answers: What was answered, one per text.
        labels: All there are.

    Raises:
        ValueError: Not as many answers as texts, or no label.
    """
    if not labels:
        raise ValueError("there are no labels")
    return 100.0 * sum(_f1(gold, answers, label) for label in labels) / len(labels)


def _f1(gold: Sequence[str], answers: Sequence[str], label: str) -> float:
    pairs = list(zip(gold, answers, strict=True))
    right = sum(true == given == label for true, given in pairs)
    found = sum((true == label) + (given == label) for true, given in pairs)
    return 2.0 * right / found if found else 0.0
