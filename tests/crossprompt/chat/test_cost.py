from __future__ import annotations

import pytest

from crossprompt.chat.cost import (
    Purse,
    estimate_cost,
    require_affordable,
    usage_of,
)
from crossprompt.chat.errors import ChatCostError
from crossprompt.chat.question import Answer, Question
from crossprompt.chat.settings import ChatSettings
from crossprompt.endpoints.tokens import TOKENS_PER_MESSAGE

PRICES = {"input_price": 2.0, "output_price": 10.0}
QUESTION = Question("m", "a" * 40, "b" * 20, 0.0, 50)


def test_an_estimate_by_hand() -> None:
    settings = ChatSettings(**PRICES)
    estimate = estimate_cost([QUESTION] * 1000, 7, settings)
    reads = 10 + 5 + TOKENS_PER_MESSAGE
    assert (estimate.calls, estimate.cached) == (1000, 7)
    assert (estimate.input_tokens, estimate.output_tokens) == (1000 * reads, 50_000)
    assert estimate.dollars == pytest.approx(1000 * reads * 2e-6 + 50_000 * 10e-6)
    assert "1,000 calls (7 answers are there)" in str(estimate)
    assert "about $0.5460" in str(estimate)


def test_without_prices_the_estimate_says_so() -> None:
    assert str(estimate_cost([QUESTION], 0, ChatSettings())).endswith("at unknown prices")


def test_too_dear_is_refused_in_one_sentence() -> None:
    estimate = estimate_cost([QUESTION] * 1000, 0, ChatSettings(**PRICES))
    require_affordable(estimate, ChatSettings(**PRICES, max_cost=0.6))
    with pytest.raises(ChatCostError, match=r"^not started: 1,000 calls.*\$0\.5460, more than chat\.max_cost = \$0\.5"):
        require_affordable(estimate, ChatSettings(**PRICES, max_cost=0.5))


def test_usage_sums_what_the_endpoint_counted() -> None:
    answers = [Answer("", "stop", "", 100, 10), Answer("", "stop", "", 200, 20), Answer("", "stop", "", None, None)]
    usage = usage_of(answers, ChatSettings(**PRICES))
    assert (usage.calls, usage.input_tokens, usage.output_tokens, usage.uncounted) == (3, 300, 30, 1)
    assert usage.dollars == pytest.approx(300 * 2e-6 + 30 * 10e-6)
    assert usage_of(answers, ChatSettings()).dollars is None


def test_a_purse_without_a_limit_pays_everything() -> None:
    purse = Purse(ChatSettings(**PRICES))
    for _ in range(3):
        purse.pay(QUESTION, Answer("", "stop", "", 10**9, 10**9))
