"""Settings of the chat baselines."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from crossprompt.endpoints.connection import VARIABLE_NAME, LimitParameter, check_address
from crossprompt.settings import Settings, all_different


class ChatSettings(Settings):
    """A chat model, how it is asked, and what may be spent on it (paper 001, section 7.1 and appendix E)."""

    base_url: str | None = None
    """Address of an OpenAI-compatible endpoint, such as ``https://api.openai.com/v1``; None: nothing is asked."""
    model: str | None = Field(default=None, min_length=1)
    key_variable: str = Field(default="OPENAI_API_KEY", pattern=VARIABLE_NAME)
    """The environment variable that holds the key; the key itself is never a setting."""

    locales: Annotated[tuple[str, ...], AfterValidator(all_different)] = ()
    """Empty: every locale of the utterances."""
    partition: Literal["dev", "test"] = "test"
    examples_per_language: int = Field(default=100, ge=1)
    """Utterances per locale, the same ids in each."""
    intent_shots: Annotated[tuple[Annotated[int, Field(ge=0)], ...], AfterValidator(all_different)] = (0, 1, 5)
    """One cell of intent classification each: English training examples shown; 0: zero-shot."""
    shots_per: Literal["intent", "prompt"] = "intent"
    """Whether so many examples are shown of each intent, or in all; the paper does not say which it did."""
    slots: bool = True
    """Whether slots are asked for as well (zero-shot)."""
    seed: int = 0
    """Draws the ids, and the shots: of the same seed as a training, they are the training's shots."""

    temperature: float | None = Field(default=0.0, ge=0, le=2)
    """None: not sent, for models that accept none."""
    max_intent_tokens: int = Field(default=64, ge=1)
    """Longest answer that names an intent, in the model's tokens."""
    max_slot_tokens: int = Field(default=256, ge=1)
    """Longest answer that marks slots."""
    limit_parameter: LimitParameter = "max_tokens"
    """What the endpoint calls that limit: reasoning models of OpenAI know only the second."""

    input_price: float | None = Field(default=None, ge=0)
    """Dollars per million tokens read; None: unknown."""
    output_price: float | None = Field(default=None, ge=0)
    """Dollars per million tokens written; None: unknown."""
    max_cost: float | None = Field(default=None, ge=0)
    """Dollars that one run may spend: it does not start if the estimate is higher, and stops when the bill is."""

    concurrency: int = Field(default=8, ge=1, le=256)
    """Questions under way at the same time."""
    timeout_seconds: float = Field(default=60.0, gt=0)
    """Longest silence of the server."""
    max_retries: int = Field(default=6, ge=0)
    """Further attempts after a failure that may pass: a lost connection, silence, 408, 409, 425, 429, 5xx, nonsense."""
    first_wait_seconds: float = Field(default=1.0, ge=0)
    """Before the first retry; doubled each time, with jitter."""
    longest_wait_seconds: float = Field(default=120.0, gt=0)
    """Longest wait before a retry; a server that asks for more is given up."""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.base_url is not None:
            check_address(self.base_url)
            if self.model is None:
                raise ValueError("base_url needs a model: name it in chat.model")
        if self.max_cost is not None and (self.input_price is None or self.output_price is None):
            raise ValueError("max_cost needs input_price and output_price, in dollars per million tokens")
        if self.first_wait_seconds > self.longest_wait_seconds:
            raise ValueError("first_wait_seconds may not exceed longest_wait_seconds")
        return self
