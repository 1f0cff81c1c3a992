"""A chat model's results as the comparison's report takes them."""

from __future__ import annotations

from collections.abc import Iterable

from crossprompt.chat.records import ChatResult
from crossprompt.reports.study_inputs import ChatScore, NotRun

CHAT_TABLES = ("6", "12")
"""The paper's tables that need an endpoint."""


def chat_scores(result: ChatResult) -> tuple[ChatScore, ...]:
    """One score per cell and locale."""
    return tuple(
        ChatScore(
            model=result.model or "",
            task=cell.task,
            shots=cell.shots,
            locale=own.answers.locale,
            examples=len(own.answers.ids),
            score=own.answers.score,
        )
        for cell in result.cells
        for own in cell.locales
    )


def chat_not_run(result: ChatResult) -> Iterable[NotRun]:
    """Why the paper's tables of chat models are empty, if they are."""
    if result.not_run is not None:
        yield from (NotRun(reason=result.not_run, table=table) for table in CHAT_TABLES)
