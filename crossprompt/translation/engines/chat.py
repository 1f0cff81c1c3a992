"""The chat engine: a chat model behind any OpenAI-compatible endpoint translates turns with the dialogue as context.

One call is one message; see :mod:`crossprompt.translation.dialogue_prompt` for the wording. The reply is checked turn
by turn (:mod:`crossprompt.translation.dialogue_reply`); one that does not fit is ``Failure.CONTENT``, so that who calls
asks again and then for fewer turns at a time.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from threading import Lock
from typing import Annotated, Any, ClassVar, Final, Literal, Self

from pydantic import AfterValidator, Field, field_validator

from crossprompt.endpoints.completions import CompletionEndpoint
from crossprompt.endpoints.connection import (
    VARIABLE_NAME,
    Connection,
    KeyVariableError,
    LimitParameter,
    check_address,
)
from crossprompt.endpoints.outcome import Completion, Trouble, TroubleKind
from crossprompt.endpoints.tokens import TOKENS_PER_MESSAGE, estimate_tokens
from crossprompt.locales.languages import LocaleError, normalise_tag, same_language
from crossprompt.settings import Settings, SettingsError
from crossprompt.storage.fingerprint import fingerprint_value
from crossprompt.translation.dialogue_prompt import message_of, response_schema, wording
from crossprompt.translation.dialogue_reply import ReplyError, read_reply
from crossprompt.translation.engine import (
    CallLimits,
    Engine,
    EngineError,
    EngineFolders,
    Failure,
    TranslationCall,
    TranslationReply,
)
from crossprompt.translation.rows import Nature
from crossprompt.translation.settings import EngineSettings

_SECTION: Final = "translation.engine.options"
_SOURCE_LANGUAGE: Final = "en"

_FAILURES: Final[Mapping[TroubleKind, Failure]] = {
    TroubleKind.PASSING: Failure.TRANSIENT,
    TroubleKind.KEY: Failure.FATAL,
    TroubleKind.QUOTA: Failure.FATAL,
    TroubleKind.TOO_LARGE: Failure.CONTENT,
    TroubleKind.FILTER: Failure.CONTENT,
    TroubleKind.REQUEST: Failure.DIALOGUE,
    TroubleKind.ADDRESS: Failure.FATAL,
}
_UNKNOWN_BILLS: Final = frozenset({"timeout", "no_connection", "no_completion"})
"""Reasons of trouble after which nobody knows whether the attempt is charged; an error status is not."""

_TOKENS_PER_ENTRY: Final = 12
"""Of a translation's number and marks, in the reply."""


class ChatOptions(Settings):
    """A chat model and how it is asked."""

    base_url: Annotated[str, AfterValidator(check_address)]
    """Address of an OpenAI-compatible endpoint, such as ``https://api.openai.com/v1``."""
    model: str = Field(min_length=1)
    """As the endpoint calls it; name a dated version where there is one, for it is part of the revision."""
    key_variable: str = Field(default="OPENAI_API_KEY", pattern=VARIABLE_NAME)
    """The environment variable that holds the key; the key itself is never a setting."""
    locales: tuple[str, ...] = ()
    """The locales it offers on its own account; it is asked for any other language just as well."""
    response_format: Literal["json_schema", "json_object", "text"] = "json_schema"
    """How the endpoint is held to the form of a reply: by its schema, as JSON of any form, or by the wording alone."""
    temperature: float | None = Field(default=0.0, ge=0, le=2)
    """None: not sent, for models that accept none."""
    notes: str = Field(default="", max_length=20_000)
    """Further instructions, such as the form of address or terms to use."""
    max_utterances: int = Field(default=50, ge=1, le=100)
    """Turns that one call may ask for (paper 001, section 3, has 100 as the most); the context is always whole."""
    max_output_tokens: int = Field(default=8192, ge=1)
    """Longest reply, in the model's tokens; a reply that reaches it is refused, and fewer turns are asked for."""
    limit_parameter: LimitParameter = "max_tokens"
    """What the endpoint calls that limit: reasoning models of OpenAI know only the second."""
    growth: float = Field(default=3.0, gt=0)
    """For estimates: tokens written for each token to translate; scripts that a model knows less take more."""
    timeout_seconds: float = Field(default=120.0, gt=0)
    """Longest silence of the server."""

    @field_validator("locales")
    @classmethod
    def _valid_tags(cls, tags: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(sorted({normalise_tag(tag) for tag in tags}))


class ChatEngine(Engine):
    """Translations by a chat model; may be used by several threads. It bills tokens."""

    title: ClassVar[str] = "a chat model, with the dialogue as context"
    nature: ClassVar[Nature] = Nature.TRANSLATED
    paid: ClassVar[bool] = True

    def __init__(self, options: ChatOptions) -> None:
        """Nothing is read or sent yet; the key is read at the first call."""
        self._options = options
        self._opening = Lock()
        self._endpoint: CompletionEndpoint | None = None

    @classmethod
    def from_settings(cls, settings: EngineSettings, folders: EngineFolders) -> Self:
        """The engine with ``settings.options``; it reads no source.

        Raises:
            SettingsError: If an option is wrong or missing, or a source is given.
        """
        if settings.source is not None:
            raise SettingsError("translation.engine.source: the chat engine reads none; leave it out")
        return cls(ChatOptions.parse(settings.options, _SECTION))

    @property
    def options(self) -> ChatOptions:
        """See :attr:`Engine.options`."""
        return self._options

    @cached_property
    def revision(self) -> str:
        """SHA-256 over the model, the wording and what else decides a reply; not the address, nor any secret."""
        options = self._options
        return fingerprint_value(
            {
                "model": options.model,
                "wording": wording(options.notes),
                "response_format": options.response_format,
                "temperature": options.temperature,
                "max_output_tokens": options.max_output_tokens,
            }
        )

    @property
    def limits(self) -> CallLimits:
        """So many utterances as the options say."""
        return CallLimits(utterances=self._options.max_utterances)

    def locales(self) -> tuple[str, ...]:
        """The locales of the options."""
        return self._options.locales

    def offers(self, locale: str) -> bool:
        """True for every valid tag of another language than English; how well the model knows it, nobody says."""
        try:
            return normalise_tag(locale) == locale and not same_language(locale, _SOURCE_LANGUAGE)
        except LocaleError:
            return False

    def estimate_tokens(self, call: TranslationCall) -> tuple[int, int]:
        """Tokens that ``call`` reads and writes, by a rule of thumb; the service may count otherwise."""
        reads = estimate_tokens(message_of(call, self._options.notes)) + TOKENS_PER_MESSAGE
        texts = sum(estimate_tokens(turn.utterance) for turn in call.turns)
        writes = round(self._options.growth * texts) + _TOKENS_PER_ENTRY * len(call.turns)
        return reads, min(writes, self._options.max_output_tokens)

    def bound_tokens(self, call: TranslationCall) -> tuple[int, int]:
        """Tokens that one attempt at ``call`` reads and writes at most.

        No tokenizer makes more tokens than there are bytes, and no endpoint writes more than it is allowed to.
        """
        told = len(message_of(call, self._options.notes).encode()) + len(str(response_schema()))
        return told + TOKENS_PER_MESSAGE, self._options.max_output_tokens

    def translate(self, call: TranslationCall) -> TranslationReply:
        """Ask the model for the turns of ``call``, once.

        Raises:
            EngineError: ``Failure.TRANSIENT`` if the service can't be reached, is silent, busy or broken;
                ``Failure.CONTENT`` if the reply does not fit the call, is cut off or refused by a filter, or if the
                call is too long; ``Failure.DIALOGUE`` if the service does not take the request; ``Failure.FATAL``
                if it refuses the key, the address or the model, or has no quota left.
        """
        outcome = self._open().complete(
            message_of(call, self._options.notes),
            max_output_tokens=self._options.max_output_tokens,
            temperature=self._options.temperature,
            response_format=_response_format(self._options.response_format),
        )
        if isinstance(outcome, Trouble):
            raise _failure(outcome)
        tokens = _counted(outcome)
        try:
            return TranslationReply(_targets(call, outcome), tokens=tokens)
        except ReplyError as error:
            reason, message = error.reason, f"{call.name}: {error}"
        raise EngineError(Failure.CONTENT, reason, message, billed=True, tokens=tokens)

    def _open(self) -> CompletionEndpoint:
        """The endpoint, opened once for all threads."""
        with self._opening:
            if self._endpoint is None:
                try:
                    self._endpoint = CompletionEndpoint(_connection(self._options))
                except KeyVariableError as error:
                    raise EngineError(Failure.FATAL, "no_key", str(error), billed=False) from None
            return self._endpoint


def _connection(options: ChatOptions) -> Connection:
    return Connection(
        base_url=options.base_url,
        model=options.model,
        key_variable=options.key_variable,
        timeout_seconds=options.timeout_seconds,
        limit_parameter=options.limit_parameter,
        section=_SECTION,
    )


def _response_format(name: str) -> dict[str, Any] | None:
    if name == "json_schema":
        described = {"name": "translations", "strict": True, "schema": response_schema()}
        return {"type": name, "json_schema": described}
    return {"type": name} if name == "json_object" else None


def _failure(trouble: Trouble) -> EngineError:
    billed = None if trouble.reason in _UNKNOWN_BILLS else False
    return EngineError(_FAILURES[trouble.kind], trouble.reason, trouble.message, trouble.retry_after, billed=billed)


def _counted(completion: Completion) -> tuple[int, int] | None:
    if completion.input_tokens is None or completion.output_tokens is None:
        return None
    return completion.input_tokens, completion.output_tokens


def _targets(call: TranslationCall, completion: Completion) -> tuple[str, ...]:
    if completion.finish == "length":
        raise ReplyError("cut_off", "the reply reached max_output_tokens and is cut off")
    if completion.finish == "content_filter":
        raise ReplyError("filtered", "the service's filter refused the turns or the reply")
    return read_reply(completion.text, [turn.utterance for turn in call.turns])
