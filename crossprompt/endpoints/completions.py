"""An OpenAI-compatible endpoint through the official client: one attempt at one completion.

The client's own retries are off (who asks decides about those), redirects are not followed (the key stays with the
address that it is meant for), and proxies of the environment are left out for an address of this machine. Whatever the
server says is searched for the key before it goes anywhere. What goes wrong is returned, not raised: the client's
exceptions hold requests and responses, and they end here.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, Self

from openai import APIConnectionError, APIError, APIStatusError, APITimeoutError, DefaultHttpxClient, OpenAI
from pydantic import BaseModel, Field, ValidationError

from crossprompt.endpoints.connection import Connection, is_loopback, read_key
from crossprompt.endpoints.outcome import Completion, Trouble, TroubleKind, retry_after

HIDDEN = "[key]"
"""Stands where a server repeated the key."""
SHORTEST_KEY = 12
"""A shorter one is no secret but a word for an endpoint that wants none; answers may hold it by chance."""

_LONGEST_MESSAGE = 200
_PASSING = frozenset({408, 409, 425, 429})
_FILTERED = "content_filter"
_REASONS = {TroubleKind.FILTER: "filtered", TroubleKind.TOO_LARGE: "too_large"}
_TOO_LONG = frozenset({"context_length_exceeded", "string_above_max_length"})


class _Message(BaseModel):
    content: str | None = None


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None


class _Tokens(BaseModel):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class _Body(BaseModel):
    """What is used of a completion; the client itself takes any answer for one."""

    model: str = ""
    choices: list[_Choice] = Field(min_length=1)
    usage: _Tokens | None = None


class CompletionEndpoint:
    """One endpoint with its key; may be used by several threads. Close it, or use it as a context."""

    def __init__(self, connection: Connection) -> None:
        """Read the key from the environment; nothing is sent.

        Raises:
            KeyVariableError: The key's variable is not set or holds no key.
        """
        logging.getLogger("httpx2").setLevel(logging.WARNING)  # it would log a line for every call
        self._connection = connection
        self._where = connection.base_url
        self._key = read_key(connection.key_variable)
        self._client = OpenAI(
            api_key=self._key.get_secret_value(),
            base_url=connection.base_url,
            timeout=connection.timeout_seconds,
            max_retries=0,
            http_client=DefaultHttpxClient(
                timeout=connection.timeout_seconds,
                trust_env=not is_loopback(connection.base_url),
                follow_redirects=False,
            ),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def complete(
        self,
        content: str,
        *,
        max_output_tokens: int,
        temperature: float | None = None,
        response_format: Mapping[str, Any] | None = None,
    ) -> Completion | Trouble:
        """Send one message, once.

        Args:
            content: The message, in the role of the user.
            max_output_tokens: Longest answer, in the model's tokens.
            temperature: None: not sent, for models that accept none.
            response_format: The form of the answer, as the protocol writes it; None: not sent.
        """
        options: dict[str, Any] = {self._connection.limit_parameter: max_output_tokens}
        if temperature is not None:
            options["temperature"] = temperature
        if response_format is not None:
            options["response_format"] = response_format
        try:
            response = self._client.chat.completions.with_raw_response.create(
                model=self._connection.model, messages=[{"role": "user", "content": content}], **options
            )
            return self._read(response.content)
        except APIStatusError as error:
            return self._judge(error)
        except APIError as error:
            return self._excuse(error)

    def _read(self, body: bytes) -> Completion | Trouble:
        try:
            found = _Body.model_validate_json(body)
        except ValidationError:
            message = f"{self._where} answered with something that is no chat completion"
            return Trouble(TroubleKind.PASSING, "no_completion", message)
        choice, tokens = found.choices[0], found.usage or _Tokens()
        return Completion(
            text=self._without_key(choice.message.content or ""),
            finish=self._without_key(choice.finish_reason or "unknown"),
            model=self._without_key(found.model),
            input_tokens=tokens.prompt_tokens,
            output_tokens=tokens.completion_tokens,
        )

    def _excuse(self, error: APIError) -> Trouble:
        if isinstance(error, APITimeoutError):
            message = f"{self._where} was silent for {self._connection.timeout_seconds:g} s"
            return Trouble(TroubleKind.PASSING, "timeout", message)
        what = "can't be reached, or broke off" if isinstance(error, APIConnectionError) else "failed"
        message = f"{self._where} {what} ({type(error.__cause__ or error).__name__})"
        return Trouble(TroubleKind.PASSING, "no_connection", message)

    def _judge(self, error: APIStatusError) -> Trouble:
        status, reason = error.status_code, f"status_{error.status_code}"
        if status in (401, 403):
            variable = self._connection.key_variable
            message = f"{self._where} refused the key ({status}); check the environment variable {variable}"
            return Trouble(TroubleKind.KEY, reason, message)
        if error.code == "insufficient_quota":
            message = f"the account at {self._where} has no quota left ({status}); top it up and start again"
            return Trouble(TroubleKind.QUOTA, "no_quota", message)
        if status in _PASSING or status >= 500:
            message = f"{self._where} answered {status}"
            return Trouble(TroubleKind.PASSING, reason, message, retry_after(error.response.headers))
        kind = _kind(error)
        return Trouble(kind, _REASONS.get(kind, reason), self._refusal(error))

    def _refusal(self, error: APIStatusError) -> str:
        said = " ".join(self._without_key(error.message).split())[:_LONGEST_MESSAGE]
        section = self._connection.section
        return (
            f"{self._where} refused a question to {self._connection.model} ({error.status_code}: {said}); "
            f"check {section}.base_url, {section}.model and the limits of tokens"
        )

    def _without_key(self, text: str) -> str:
        key = self._key.get_secret_value()
        return text.replace(key, HIDDEN) if len(key) >= SHORTEST_KEY else text


def _kind(error: APIStatusError) -> TroubleKind:
    if error.code == _FILTERED:
        return TroubleKind.FILTER
    if error.status_code == 413 or error.code in _TOO_LONG:
        return TroubleKind.TOO_LARGE
    return TroubleKind.REQUEST if error.status_code in (400, 422) else TroubleKind.ADDRESS
