"""The google engine: Cloud Translation v3 (``translateText``) with whole dialogues as context.

All turns of a call go into one request, as plain text, so that the service sees a dialogue's turns together and leaves
characters such as ``&`` as they are. Nothing pins the service's own model: Google changes it without notice, and a
translation of last year may differ. The key of an answer is the API's version, the model's name, the glossary's and
the languages that were set.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, ClassVar, Final, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from crossprompt.endpoints.connection import is_loopback
from crossprompt.locales.languages import LocaleError, normalise_tag
from crossprompt.settings import Settings
from crossprompt.storage.fingerprint import fingerprint_value
from crossprompt.translation.cloud.languages import GENERAL_NMT
from crossprompt.translation.codes import SOURCE_LANGUAGE, LanguageCodes
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

if TYPE_CHECKING:
    from google.cloud.translate_v3.types import TranslateTextRequest, TranslateTextResponse

    from crossprompt.translation.cloud.client import CloudClient

API: Final = "v3"
LIMITS: Final = CallLimits(utterances=100, characters=30_000)
"""Utterances as paper 001 has them (section 3; the API takes 1,024), and the API's 30,000 code points a request."""

_NAME = r"[A-Za-z0-9_.:-]+"
_NMT = "general/nmt"
_MODEL = rf"general/(nmt|translation-llm)|projects/{_NAME}/locations/{_NAME}/models/{_NAME}(/{_NAME})*"
_GLOSSARY = rf"projects/{_NAME}/locations/(?P<location>{_NAME})/glossaries/{_NAME}"


def _check_endpoint(address: str | None) -> str | None:
    if address is None:
        return None
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/"):
        raise ValueError("an endpoint looks like https://translate-eu.googleapis.com")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("an endpoint holds no user, password or query: credentials come from the environment")
    if parts.scheme == "http" and not is_loopback(address):
        raise ValueError("without TLS only an address of this machine is asked: write https://")
    return address.rstrip("/")


def _check_codes(codes: tuple[str, ...] | None) -> tuple[str, ...] | None:
    for code in codes or ():
        try:
            normalise_tag(code)
        except LocaleError as error:
            raise ValueError(str(error)) from None
    return codes


class GoogleOptions(Settings):
    """Which project, model and glossary. Credentials are no option: Google's library finds them in the environment."""

    project: str | None = Field(default=None, pattern=rf"^{_NAME}$")
    """The project that is billed; None: the one that the credentials or ``GOOGLE_CLOUD_PROJECT`` name."""
    location: str = Field(default="global", pattern=rf"^{_NAME}$")
    """Custom models and glossaries live in a region, such as ``us-central1``."""
    model: str = Field(default=_NMT, pattern=rf"^({_MODEL})$")
    """``general/nmt``, ``general/translation-llm``, or the full name of a custom model. Others than the first may be
    billed by what they write as well, which no plan can know: the bill is then higher than the characters sent, and a
    budget is refused."""
    glossary: str | None = Field(default=None, pattern=rf"^{_GLOSSARY}$")
    """The full name of a glossary; where it is set, the translations made with it are taken."""
    ignore_glossary_case: bool = False
    endpoint: Annotated[str | None, AfterValidator(_check_endpoint)] = None
    """Another address of the service; an ``http://`` one must be of this machine and is asked without credentials."""
    timeout_seconds: float = Field(default=60.0, gt=0)
    """Longest silence of the service."""
    languages: Annotated[tuple[str, ...] | None, AfterValidator(_check_codes)] = None
    """The service's language codes to offer; None: those of the general NMT model, of which others know fewer."""

    @model_validator(mode="after")
    def _same_place(self) -> Self:
        found = re.fullmatch(_GLOSSARY, self.glossary or "")
        if found and found["location"] != self.location:
            raise ValueError(f"the glossary lives in {found['location']}: set location to it")
        return self


class GoogleEngine(Engine):
    """Translations by Cloud Translation, billed by the character."""

    title: ClassVar[str] = "Cloud Translation, API v3"
    nature: ClassVar[Nature] = Nature.TRANSLATED
    paid: ClassVar[bool] = True

    def __init__(self, options: GoogleOptions | None = None) -> None:
        self._options = options or GoogleOptions()
        languages = GENERAL_NMT if self._options.languages is None else self._options.languages
        self._codes = LanguageCodes({code: code for code in languages})

    @classmethod
    def from_settings(cls, settings: EngineSettings, folders: EngineFolders) -> Self:
        """The engine with ``settings.options``; it reads no source, looks for no credentials and makes no call.

        Raises:
            SettingsError: If an option is wrong.
        """
        return cls(GoogleOptions.parse(settings.options, "translation.engine.options"))

    @property
    def options(self) -> GoogleOptions:
        """See :attr:`Engine.options`."""
        return self._options

    @cached_property
    def revision(self) -> str:
        """SHA-256 over the API's version and the options that decide a text; not project, endpoint and time-out."""
        options = self._options
        languages = None if options.languages is None else sorted(options.languages)
        return fingerprint_value([API, options.model, options.glossary, options.ignore_glossary_case, languages])

    @property
    def limits(self) -> CallLimits:
        """See :data:`LIMITS`."""
        return LIMITS

    @property
    def open_bill(self) -> str | None:
        """Why no budget can be kept with this model; None: it can, characters sent are known beforehand."""
        if re.fullmatch(rf"(projects/.+/models/)?{_NMT}", self._options.model):
            return None
        return f"the model {self._options.model} may be billed by what it writes as well"

    def locales(self) -> tuple[str, ...]:
        """The languages of the model, from a table: the service is not asked."""
        return self._codes.locales

    def offers(self, locale: str) -> bool:
        """Whether the model has the language, in the script of ``locale``."""
        try:
            self._codes.find(locale)
        except LocaleError:
            return False
        return True

    def translate(self, call: TranslationCall) -> TranslationReply:
        """Ask once for the turns of ``call``. Empty turns are not sent, and stay empty.

        Raises:
            EngineError: ``DIALOGUE`` if the call is too large or the service refuses its texts (400); ``CONTENT`` if
                the reply has another number of texts, or the request is too large (413); ``TRANSIENT`` for 408, 429,
                5xx, silence, a lost connection and a reply that is no JSON; ``FATAL`` for refused credentials, a spent
                quota, an unknown language or a wrong address.
        """
        wanted = [number for number, turn in enumerate(call.turns) if turn.utterance]
        targets = [""] * len(call.turns)
        if wanted:
            _check_size(call)
            outcome = self._client.translate(self._request(call))
            if isinstance(outcome, EngineError):
                raise outcome
            for number, text in zip(wanted, self._texts(outcome, len(wanted)), strict=True):
                targets[number] = text
        return TranslationReply(tuple(targets))

    @cached_property
    def _client(self) -> CloudClient:
        try:
            from crossprompt.translation.cloud.client import CloudClient  # a plan needs no Google library
        except ImportError as error:
            message = f"Google's client is not installed ({error.name}): pip install google-cloud-translate"
            raise EngineError(Failure.FATAL, "not_installed", message) from error
        return CloudClient(self._options.endpoint, self._options.timeout_seconds)

    def _request(self, call: TranslationCall) -> TranslateTextRequest:
        from google.cloud.translate_v3.types import TranslateTextGlossaryConfig, TranslateTextRequest

        options, parent = self._options, f"projects/{self._project}/locations/{self._options.location}"
        request = TranslateTextRequest(
            parent=parent,
            contents=[turn.utterance for turn in call.turns if turn.utterance],
            mime_type="text/plain",
            source_language_code=SOURCE_LANGUAGE,
            target_language_code=self._code(call.locale),
            model=options.model if options.model.startswith("projects/") else f"{parent}/models/{options.model}",
        )
        if options.glossary is not None:
            request.glossary_config = TranslateTextGlossaryConfig(
                glossary=options.glossary, ignore_case=options.ignore_glossary_case
            )
        return request

    @cached_property
    def _project(self) -> str:
        project = self._options.project or self._client.project()
        if not project:
            message = "no project is known: set the option project, or GOOGLE_CLOUD_PROJECT"
            raise EngineError(Failure.FATAL, "no_project", message)
        return project

    def _code(self, locale: str) -> str:
        try:
            return self._codes.find(locale)
        except LocaleError as error:
            raise EngineError(Failure.FATAL, "unknown_locale", str(error)) from None

    def _texts(self, response: TranslateTextResponse, asked: int) -> list[str]:
        """The translations, exactly as they came; with a glossary, those made with it."""
        found = response.translations if self._options.glossary is None else response.glossary_translations
        if len(found) != asked:
            message = f"the service sent {len(found)} translations for {asked} texts"
            raise EngineError(Failure.CONTENT, "wrong_count", message, billed=True)
        return [translation.translated_text for translation in found]


def _check_size(call: TranslationCall) -> None:
    if len(call.turns) > LIMITS.utterances or call.characters > (LIMITS.characters or 0):
        message = (
            f"{call.name}: {len(call.turns)} turns with {call.characters} characters are more than a call may hold"
        )
        raise EngineError(Failure.DIALOGUE, "too_long", f"{message} ({LIMITS.utterances}, {LIMITS.characters})")
    for number, turn in enumerate(call.turns, start=call.start):
        if any("\ud800" <= character <= "\udfff" for character in turn.utterance):
            message = f"turn {number} holds half a surrogate pair, which is no text"
            raise EngineError(Failure.DIALOGUE, "invalid_text", message)
