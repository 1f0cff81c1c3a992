"""One attempt at one question; ``chat.asking`` decides about further ones."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from crossprompt.chat.errors import ChatError, TransientError
from crossprompt.chat.question import Answer, Question
from crossprompt.chat.settings import ChatSettings
from crossprompt.endpoints.completions import CompletionEndpoint
from crossprompt.endpoints.connection import Connection, KeyVariableError
from crossprompt.endpoints.outcome import Completion, Trouble, TroubleKind


class Endpoint:
    """The endpoint of the settings with its key; may be used by several threads. Close it, or use it as a context."""

    def __init__(self, settings: ChatSettings) -> None:
        """Read the key from the environment; nothing is sent.

        Raises:
            ChatError: No endpoint is configured, or the key's variable is not set or holds no key.
        """
        self._longest_wait = settings.longest_wait_seconds
        try:
            self._endpoint = CompletionEndpoint(_connection(settings))
        except KeyVariableError as error:
            raise ChatError(str(error)) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._endpoint.close()

    def ask(self, question: Question) -> Answer:
        """Ask once.

        Raises:
            TransientError: The server can't be reached, is silent, busy or broken, or talks nonsense.
            ChatError: It refuses the key, the question or the model, or asks to wait too long.
        """
        outcome = self._endpoint.complete(
            question.content, max_output_tokens=question.max_output_tokens, temperature=question.temperature
        )
        if isinstance(outcome, Completion):
            return outcome
        if outcome.kind is TroubleKind.FILTER:
            return Answer("", "content_filter", "", None, None)
        raise self._error(outcome)

    def _error(self, trouble: Trouble) -> ChatError | TransientError:
        if trouble.kind is not TroubleKind.PASSING:
            return ChatError(trouble.message)
        told, longest = trouble.retry_after, self._longest_wait
        if told is not None and told > longest:
            return ChatError(
                f"{trouble.message} and asks to wait {told:,.0f} s, more than "
                f"chat.longest_wait_seconds = {longest:g}; start again then: all answers so far are kept"
            )
        return TransientError(trouble.message, told)


def _connection(settings: ChatSettings) -> Connection:
    if settings.base_url is None or settings.model is None:
        raise ChatError("no endpoint is configured: set chat.base_url and chat.model")
    return Connection(
        base_url=settings.base_url,
        model=settings.model,
        key_variable=settings.key_variable,
        timeout_seconds=settings.timeout_seconds,
        limit_parameter=settings.limit_parameter,
        section="chat",
    )
