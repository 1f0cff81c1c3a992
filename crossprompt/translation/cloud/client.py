"""Cloud Translation v3 through Google's client over REST: one attempt at one request, and what went wrong with it.

The client's own retries are off (who asks decides about those; a token that has expired is still fetched anew by
Google's library, which asks again with it), redirects are not followed, and proxies of the environment are left out for
an address of this machine. Errors are returned, not raised: the client's exceptions hold requests and responses, with
the credentials in them, and they end here. Messages hold what the service said, searched for the token. An answer with
an error status bills nothing; whether a lost one does, nobody knows.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

import google.auth
from google.api_core.exceptions import GoogleAPICallError, from_http_status
from google.auth.credentials import AnonymousCredentials, Credentials
from google.auth.exceptions import DefaultCredentialsError, GoogleAuthError
from google.cloud.translate_v3 import TranslationServiceClient
from google.cloud.translate_v3.services.translation_service.transports.rest import TranslationServiceRestTransport
from google.protobuf.json_format import ParseError
from requests import Response
from requests.exceptions import ConnectTimeout, RequestException, Timeout, TooManyRedirects
from urllib3.exceptions import NewConnectionError

from crossprompt.endpoints.connection import is_loopback
from crossprompt.endpoints.outcome import retry_after
from crossprompt.translation.engine import EngineError, Failure

if TYPE_CHECKING:
    from google.cloud.translate_v3.types import TranslateTextRequest, TranslateTextResponse

SERVICE: Final = "https://translate.googleapis.com"
_SCOPE: Final = "https://www.googleapis.com/auth/cloud-platform"
_FIRST_ERROR: Final = 400
_LONGEST_MESSAGE: Final = 200
_SHORTEST_TOKEN: Final = 12
_CREDENTIALS_ADVICE: Final = (
    "set GOOGLE_APPLICATION_CREDENTIALS to a key file, or run gcloud auth application-default login"
)

_REFUSED: Final[Mapping[int, tuple[Failure, str]]] = {
    400: (Failure.DIALOGUE, "invalid_argument"),
    401: (Failure.FATAL, "unauthorised"),
    403: (Failure.FATAL, "forbidden"),
    404: (Failure.FATAL, "not_found"),
    408: (Failure.TRANSIENT, "timeout"),
    413: (Failure.CONTENT, "too_large"),
    429: (Failure.TRANSIENT, "rate_limited"),
    504: (Failure.TRANSIENT, "timeout"),
}
"""By status. The settings are checked before any call, so that a 400 is about the texts of one call."""
_QUOTAS: Final[Mapping[str, tuple[Failure, str]]] = {
    "ratelimitexceeded": (Failure.TRANSIENT, "rate_limited"),
    "userratelimitexceeded": (Failure.TRANSIENT, "rate_limited"),
    "rate_limit_exceeded": (Failure.TRANSIENT, "rate_limited"),
    "dailylimitexceeded": (Failure.FATAL, "quota_spent"),
}
"""Reasons in the body of a 403 or 429 (cloud.google.com/translate/quotas: a spent quota is answered with 403)."""
_ADVICE: Final[Mapping[str, str]] = {
    "unauthorised": _CREDENTIALS_ADVICE,
    "forbidden": "check that the Cloud Translation API is enabled for the project, and the account's roles",
    "not_found": "check the options project, location, model and glossary",
    "precondition": "check the project's billing, and the options model and glossary",
    "quota_spent": "start again when the quota is renewed: what is done is kept",
}


class _Transport(TranslationServiceRestTransport):
    """The client's transport, kept to the one address that it was given."""

    def __init__(self, address: str, credentials: Credentials) -> None:
        super().__init__(host=address, credentials=credentials)
        self._session.request = _raising(self._session.request)  # type: ignore[method-assign]  # the client makes it
        self._session.max_redirects = 0
        if is_loopback(address):
            self._session.trust_env = False


def _raising(request: Callable[..., Response]) -> Callable[..., Response]:
    """``request``, raising an error status itself: the client's own reading fails on a body not in Google's form.

    A session renews an expired token and asks again within ``request``, so that what it gives is the last answer.
    """

    def ask(*args: Any, **kwargs: Any) -> Response:
        response = request(*args, **kwargs)
        if response.status_code >= _FIRST_ERROR:
            status = response.status_code
            raise from_http_status(status, "", response=response)  # type: ignore[no-untyped-call]  # api-core's
        return response

    return ask


class CloudClient:
    """One service with its credentials; may be used by several threads, each of which gets connections of its own."""

    def __init__(self, address: str | None, timeout_seconds: float, credentials: Credentials | None = None) -> None:
        """Nothing is sent, and no credentials are looked for yet.

        Args:
            address: ``https://host``, or ``http://`` with an address of this machine, which is asked anonymously;
                None: Google's.
            timeout_seconds: Longest silence of the service.
            credentials: None: those that Google's library finds in the environment.
        """
        self._address = address or SERVICE
        self._timeout = timeout_seconds
        self._credentials = credentials
        self._project: str | None = None
        self._lock = threading.Lock()
        self._own = threading.local()
        if credentials is None and self._address.startswith("http://"):
            self._credentials = AnonymousCredentials()  # type: ignore[no-untyped-call]  # google-auth leaves it untyped

    def project(self) -> str | None:
        """The project that the credentials name, where they name one.

        Raises:
            EngineError: There are no credentials.
        """
        self._find_credentials()
        return self._project

    def translate(self, request: TranslateTextRequest) -> TranslateTextResponse | EngineError:
        """Ask once.

        Raises:
            EngineError: There are no credentials.
        """
        client = self._client()
        try:
            return client.translate_text(request=request, retry=None, timeout=self._timeout)
        except GoogleAPICallError as error:
            return self._judge(error)
        except GoogleAuthError as error:
            return self._judge_credentials(error)
        except RequestException as error:
            return self._excuse(error)
        except (ParseError, UnicodeDecodeError):
            return self._trouble(Failure.TRANSIENT, "not_json", "answered with something that is no translation")

    def _client(self) -> TranslationServiceClient:
        """This thread's client: the session under it is not safe to share."""
        if not hasattr(self._own, "client"):
            self._own.client = TranslationServiceClient(transport=_Transport(self._address, self._find_credentials()))
        client: TranslationServiceClient = self._own.client
        return client

    def _find_credentials(self) -> Credentials:
        with self._lock:
            if self._credentials is None:
                self._credentials, self._project = _default_credentials()
            return self._credentials

    def _judge(self, error: GoogleAPICallError) -> EngineError:
        response = error.response
        status = int(error.code or 0)
        failure, reason = _REFUSED.get(status, _others(status))
        details = _details(response)
        failure, reason = next((_QUOTAS[word] for word in _reasons(details) if word in _QUOTAS), (failure, reason))
        if details.get("status") == "FAILED_PRECONDITION":
            failure, reason = Failure.FATAL, "precondition"
        wait = None
        if failure is Failure.TRANSIENT:
            headers = response.headers if response is not None else {}
            wait = retry_after(headers) or _retry_info(details)
        return self._trouble(failure, reason, f"answered {status}{self._said(details)}", wait, billed=False)

    def _judge_credentials(self, error: GoogleAuthError) -> EngineError:
        if error.retryable:
            said = "can't be asked: the token can't be renewed now"
            return self._trouble(Failure.TRANSIENT, "credentials", said, billed=False)
        said = f"refused the credentials ({type(error).__name__})"
        return self._trouble(Failure.FATAL, "unauthorised", said, billed=False)

    def _excuse(self, error: RequestException) -> EngineError:
        if isinstance(error, ConnectTimeout):
            return self._trouble(Failure.TRANSIENT, "no_connection", "can't be reached", billed=False)
        if isinstance(error, Timeout):
            return self._trouble(Failure.TRANSIENT, "timeout", f"was silent for {self._timeout:g} s")
        if isinstance(error, TooManyRedirects):
            said = "sends requests elsewhere; check the option endpoint"
            return self._trouble(Failure.FATAL, "redirected", said, billed=False)
        if _was_never_sent(error):
            return self._trouble(Failure.TRANSIENT, "no_connection", "can't be reached", billed=False)
        return self._trouble(Failure.TRANSIENT, "broken_off", f"broke off ({type(error).__name__})")

    def _trouble(
        self, failure: Failure, reason: str, said: str, wait: float | None = None, *, billed: bool | None = None
    ) -> EngineError:
        advice = f"; {_ADVICE[reason]}" if reason in _ADVICE else ""
        return EngineError(failure, reason, f"{self._address} {said}{advice}", wait, billed=billed)

    def _said(self, details: Mapping[str, Any]) -> str:
        """What the service said in an error, on one line, short, and without the token."""
        said = " ".join(str(details.get("message") or "").split())
        token = str(getattr(self._credentials, "token", None) or "")
        if len(token) >= _SHORTEST_TOKEN:
            said = said.replace(token, "[token]")
        return f": {said[:_LONGEST_MESSAGE]}" if said else ""


def _default_credentials() -> tuple[Credentials, str | None]:
    """The credentials of the environment, and the project that they belong to.

    Raises:
        EngineError: There are none.
    """
    try:
        credentials, project = google.auth.default(scopes=[_SCOPE])
    except DefaultCredentialsError:
        found = None
    else:
        found = credentials, project
    if found is None:
        raise EngineError(Failure.FATAL, "no_credentials", f"no Google credentials were found; {_CREDENTIALS_ADVICE}")
    return found


def _was_never_sent(error: RequestException) -> bool:
    """Whether there was no connection at all."""
    inner = error.args[0] if error.args else None
    return isinstance(getattr(inner, "reason", inner), NewConnectionError)


def _others(status: int) -> tuple[Failure, str]:
    return (Failure.TRANSIENT, "server_error") if status >= 500 else (Failure.FATAL, "refused")


def _details(response: Response | None) -> Mapping[str, Any]:
    """The ``error`` object of a body in the service's form; empty for any other body."""
    try:
        content = response.json() if response is not None else None
    except ValueError:
        return {}
    error = content.get("error") if isinstance(content, dict) else None
    return error if isinstance(error, dict) else {}


def _reasons(details: Mapping[str, Any]) -> list[str]:
    """Reasons in the old form (``errors``) and the new one (``google.rpc.ErrorInfo`` in ``details``), in lower case."""
    items = [*_list(details, "errors"), *_list(details, "details")]
    return [str(item.get("reason", "")).lower() for item in items]


def _retry_info(details: Mapping[str, Any]) -> float | None:
    """Seconds in a ``google.rpc.RetryInfo``."""
    for item in _list(details, "details"):
        if found := re.fullmatch(r"(\d+(?:\.\d+)?)s", str(item.get("retryDelay", ""))):
            return float(found[1])
    return None


def _list(details: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    items = details.get(name)
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
