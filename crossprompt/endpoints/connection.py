"""Where an endpoint is, and the key for it: from the environment, and nowhere else."""

from __future__ import annotations

import ipaddress
import os
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from pydantic import SecretStr

LimitParameter = Literal["max_tokens", "max_completion_tokens"]
"""What an endpoint calls the limit of an answer's length: reasoning models of OpenAI know only the second."""

VARIABLE_NAME = r"^[A-Za-z_][A-Za-z0-9_]*$"
"""The pattern of an environment variable's name, for settings."""


class KeyVariableError(ValueError):
    """The environment variable of the key is not set, or holds none; the message names the variable, never its text."""


@dataclass(frozen=True, slots=True)
class Connection:
    """An endpoint and its model.

    Attributes:
        base_url: Such as ``https://api.openai.com/v1``.
        model: As the endpoint calls it.
        key_variable: The environment variable that holds the key.
        timeout_seconds: Longest silence of the server.
        limit_parameter: What the endpoint calls the limit of an answer's length.
        section: The settings that these come from, for messages: ``chat``.
    """

    base_url: str
    model: str
    key_variable: str
    timeout_seconds: float
    limit_parameter: LimitParameter
    section: str


def check_address(address: str) -> str:
    """A validator: ``address`` if it is one of http(s), without secrets.

    Raises:
        ValueError: It is none, or holds a user, a password or a query.
    """
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("base_url must look like https://host/v1")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("base_url may hold no user, password or query: the key belongs into the variable key_variable")
    return address


def is_loopback(address: str) -> bool:
    """Whether ``address`` is of this machine: ``localhost``, or a loopback address."""
    host = (urlsplit(address).hostname or "").rstrip(".")
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def read_key(variable: str) -> SecretStr:
    """The key that the environment variable holds.

    Raises:
        KeyVariableError: There is none.
    """
    key = os.environ.get(variable, "").strip()
    if not key:
        raise KeyVariableError(
            f"the environment variable {variable} is not set; put the endpoint's key into it, "
            "or any word if the endpoint wants none"
        )
    if not key.isascii() or not key.isprintable() or " " in key:
        # a header can't hold it, and the HTTP library would show it in its complaint
        raise KeyVariableError(
            f"the environment variable {variable} holds blanks or strange characters, so it is no key"
        )
    return SecretStr(key)
