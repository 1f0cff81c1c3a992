"""Candidates and champions whose answers are told locale by locale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa

from crossprompt.bundles.predictions import answer_rows
from crossprompt.promotion.contestant import Contestant
from crossprompt.tasks.records import Method
from crossprompt.tasks.task import ScoredAnswers
from tests.crossprompt.bundles.made_up import make_rows


def side(
    right: Mapping[str, Sequence[bool]], languages: Sequence[str] = ("de-DE",), name: str = "c" * 64
) -> Contestant:
    """Tested on intents, with the seed of its own that makes no difference."""
    return Contestant(name, tuple(languages), {"intent": "accuracy"}, {"intent": make_rows(right, seed=len(name) % 3)})


def with_slots(own: Contestant, spans: Mapping[str, Sequence[tuple[int, int]]]) -> Contestant:
    """The same, also tested on slots: twice the right spans, and predicted plus true ones, by utterance."""
    answers = [
        ScoredAnswers(
            locale=locale,
            ids=tuple(str(number) for number in range(len(pairs))),
            answers=tuple("" for _ in pairs),
            numerators=tuple(right for right, _ in pairs),
            denominators=tuple(whole for _, whole in pairs),
        )
        for locale, pairs in spans.items()
    ]
    rows: pa.Table = answer_rows(answers, Method.ALIGNED, seed=0)
    return Contestant(
        own.fingerprint, own.languages, {**own.score_names, "slots": "F1"}, {**own.predictions, "slots": rows}
    )


def right(*counts: tuple[bool, int]) -> list[bool]:
    """Right and wrong answers in a row: ``right((True, 3), (False, 2))``."""
    return [hit for hit, count in counts for _ in range(count)]
