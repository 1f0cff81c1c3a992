"""What questions may cost, before they are asked, and what they have cost.

Tokens are estimated by a rule of thumb, which is no bound. What is billed are the tokens that the endpoint counts, and
``Purse`` goes by these.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from crossprompt.chat.errors import ChatCostError
from crossprompt.chat.question import Answer, Question
from crossprompt.chat.records import CostEstimate, Usage
from crossprompt.chat.settings import ChatSettings
from crossprompt.endpoints.tokens import TOKENS_PER_MESSAGE, estimate_tokens

_MILLION = 1_000_000


def question_tokens(question: Question) -> int:
    """Estimated tokens of the message."""
    return estimate_tokens(question.instruction) + estimate_tokens(question.text) + TOKENS_PER_MESSAGE


def estimate_cost(missing: Sequence[Question], cached: int, settings: ChatSettings) -> CostEstimate:
    """The estimate for distinct questions that are to be asked, beside so many that have an answer."""
    reads = sum(question_tokens(question) for question in missing)
    writes = sum(question.max_output_tokens for question in missing)
    return CostEstimate(
        calls=len(missing),
        cached=cached,
        input_tokens=reads,
        output_tokens=writes,
        dollars=dollars(reads, writes, settings),
    )


def dollars(input_tokens: int, output_tokens: int, settings: ChatSettings) -> float | None:
    """The price of so many tokens; None if the settings name no price."""
    if settings.input_price is None or settings.output_price is None:
        return None
    return (input_tokens * settings.input_price + output_tokens * settings.output_price) / _MILLION


def require_affordable(estimate: CostEstimate, settings: ChatSettings) -> None:
    """Check the estimate against ``chat.max_cost``.

    Raises:
        ChatCostError: It is higher.
    """
    if settings.max_cost is not None and estimate.dollars is not None and estimate.dollars > settings.max_cost:
        raise ChatCostError(
            f"not started: {estimate}, more than chat.max_cost = ${settings.max_cost:,.4f}; "
            "raise it, or ask for fewer examples, shots or locales"
        )


def usage_of(answers: Iterable[Answer], settings: ChatSettings) -> Usage:
    """The sum over the answers to distinct questions."""
    kept = list(answers)
    reads = sum(answer.input_tokens or 0 for answer in kept)
    writes = sum(answer.output_tokens or 0 for answer in kept)
    return Usage(
        calls=len(kept),
        input_tokens=reads,
        output_tokens=writes,
        uncounted=sum(answer.input_tokens is None or answer.output_tokens is None for answer in kept),
        dollars=dollars(reads, writes, settings),
    )


class Purse:
    """What a run spends, against ``chat.max_cost``; tokens that the endpoint did not count are taken as estimated."""

    def __init__(self, settings: ChatSettings) -> None:
        """Nothing spent yet."""
        self._settings = settings
        self._spent = 0.0

    def pay(self, question: Question, answer: Answer) -> None:
        """Count an answer.

        Raises:
            ChatCostError: With it, more than ``chat.max_cost`` is spent.
        """
        reads = question_tokens(question) if answer.input_tokens is None else answer.input_tokens
        writes = question.max_output_tokens if answer.output_tokens is None else answer.output_tokens
        self._spent += dollars(reads, writes, self._settings) or 0.0
        limit = self._settings.max_cost
        if limit is not None and self._spent > limit:
            raise ChatCostError(
                f"stopped: the answers have cost ${self._spent:,.4f}, more than estimated and than chat.max_cost = "
                f"${limit:,.4f}; they are kept, so raise it and start again"
            )
