"""Prices are settings, amounts add up, and tokens are estimated by a rule that can be checked by hand."""

from __future__ import annotations

import pytest

from crossprompt.factory.prices import (
    Amount,
    PricedEngineSettings,
    PriceSettings,
    TokenSettings,
    amount_of,
    dollars,
    estimate_tokens,
)
from crossprompt.settings import SettingsError
from crossprompt.translation.engine import TranslationCall
from tests.crossprompt.factory.corpus_files import say
from tests.crossprompt.factory.counting_engine import CountingEngine

CALL = TranslationCall(say("1_00000", ["Grüße", "🚲🚲", "ends here"]), "de", 0, 2)


class ReckoningEngine(CountingEngine):
    def estimate_tokens(self, call: TranslationCall) -> tuple[int, int]:
        return 1000, 10 * len(call.turns)


def test_no_engine_has_a_price_unless_one_is_set():
    price = PricedEngineSettings().price
    assert not price.known
    assert dollars(price, Amount(characters=10**9, input_tokens=10**9)) is None


def test_characters_are_code_points_and_cost_by_the_million():
    amount = amount_of(CALL, CountingEngine(), PricedEngineSettings())
    assert amount == Amount(calls=1, utterances=2, characters=7)
    assert dollars(PriceSettings(characters=20), Amount(characters=2_400_000_000)) == 48_000
    assert dollars(PriceSettings(characters=0), amount) == 0


def test_tokens_cost_by_what_is_read_and_written():
    price = PriceSettings(input_tokens=2.5, output_tokens=10)
    assert dollars(price, Amount(input_tokens=400_000, output_tokens=100_000, characters=5)) == pytest.approx(2.0)


def test_tokens_are_estimated_from_the_whole_dialogue_and_the_texts_asked_for():
    rule = TokenSettings(characters_per_token=4, instructions=100, growth=2.5)
    reads, writes = estimate_tokens(CALL, rule)
    assert reads == 100 + 4  # 16 characters of context
    assert writes == 5  # 7 / 4 * 2.5 = 4.375, rounded up


def test_an_engine_that_estimates_itself_is_believed():
    settings = PricedEngineSettings(price=PriceSettings(input_tokens=1, output_tokens=1))
    own = amount_of(CALL, ReckoningEngine(), settings)
    rule = amount_of(CALL, CountingEngine(), settings)
    assert (own.input_tokens, own.output_tokens) == (1000, 20)
    assert (rule.input_tokens, rule.output_tokens) == (304, 6)


def test_amounts_add_up():
    one = Amount(calls=1, utterances=2, characters=3, input_tokens=4, output_tokens=5)
    assert one + one == one.times(2) == Amount(calls=2, utterances=4, characters=6, input_tokens=8, output_tokens=10)


@pytest.mark.parametrize(
    ("price", "message"),
    [
        ({"input_tokens": 1}, "give both prices or neither"),
        ({"output_tokens": 1}, "give both prices or neither"),
        ({"characters": 20, "input_tokens": 1, "output_tokens": 1}, "give one kind of price"),
        ({"characters": -1}, "greater than or equal to 0"),
        ({"per_call": 1}, "no such setting"),
    ],
)
def test_a_price_that_makes_no_sense_is_refused(price, message):
    with pytest.raises(SettingsError, match=message):
        PriceSettings.parse(price, "factory.chain.0.price")
