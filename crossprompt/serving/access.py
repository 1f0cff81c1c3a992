"""Who may ask: a bearer token, and the rule that without one nobody from another machine does."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import socket
from collections.abc import Mapping

from crossprompt.serving.errors import ServingError
from crossprompt.serving.settings import ServingSettings

TOKEN_VARIABLE = "CROSSPROMPT_SERVE_TOKEN"
"""The environment variable that holds the token; it is in no file and on no command line."""
SHORTEST_TOKEN = 16
_SCHEME = "bearer "


class Access:
    """Compares tokens, in a time that tells nothing of the right one."""

    def __init__(self, token: str | None) -> None:
        """Ask for ``token``; None: ask for nothing."""
        self._digest = None if token is None else _digest(token)

    @property
    def needed(self) -> bool:
        """Whether a token is asked for."""
        return self._digest is not None

    def allows(self, authorization: str | None) -> bool:
        """Whether an ``Authorization`` header holds the token, or none is needed."""
        if self._digest is None:
            return True
        given = authorization or ""
        if given[: len(_SCHEME)].lower() != _SCHEME:
            return False
        return hmac.compare_digest(_digest(given[len(_SCHEME) :].strip()), self._digest)


def read_token(environment: Mapping[str, str]) -> str | None:
    """The token in the environment, or None if there is none.

    Raises:
        ServingError: It is too short to be a secret, or holds characters that no header can carry.
    """
    token = environment.get(TOKEN_VARIABLE, "")
    if not token:
        return None
    if len(token) < SHORTEST_TOKEN or not token.isascii() or not token.isprintable() or " " in token:
        raise ServingError(
            f"{TOKEN_VARIABLE} must be at least {SHORTEST_TOKEN} ASCII characters without blanks; make one with "
            "`openssl rand -hex 32`"
        )
    return token


def check_exposure(settings: ServingSettings, token: str | None) -> None:
    """Refuse to listen where other machines can ask without a token.

    Raises:
        ServingError: That is so and was not asked for, or the address is none.
    """
    if token is None and not settings.allow_anonymous and not is_loopback(settings.host):
        raise ServingError(
            f"{settings.host} can be reached from other machines and there is no token: set {TOKEN_VARIABLE}, listen "
            "on 127.0.0.1, or say --allow-anonymous if anybody may ask"
        )


def is_loopback(host: str) -> bool:
    """Whether ``host``, a name or an address, is this machine for itself alone.

    Raises:
        ServingError: There is no such address.
    """
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise ServingError(f"host {host!r} is no address of this machine: {error}") from None
    return all(ipaddress.ip_address(str(place[0]).partition("%")[0]).is_loopback for *_, place in found)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()
