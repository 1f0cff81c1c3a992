"""What the report of a comparison calls tasks and scores, and which colour a contender has."""

from __future__ import annotations

from crossprompt.comparison.paper import INTENT, NLI, SLOTS, XSGD

METHODS = ("APT", "PT", "FT", "FT-matched")
"""The contenders of bars and plots, with their styles in :func:`style_of`."""
TASK_NAMES = {
    INTENT: "Intents, vanilla classifier",
    NLI: "Intents, NLI-based classifier",
    SLOTS: "Slots",
    XSGD: "Intents of dialogues (XSGD)",
}


def style_of(contender: str) -> str:
    """The name of a contender's colour on the page."""
    return {"APT": "aligned", "PT": "fresh", "FT": "tuned", "FT-matched": "matched"}.get(contender, "third")


def task_name(task: str) -> str:
    """A task as the page calls it."""
    return TASK_NAMES.get(task, task)


def score_name(task: str) -> str:
    """What the task's score is called."""
    return "F1" if task.startswith(SLOTS) else "accuracy"
