"""Secrets: kept in ZenML, named in addresses, filled in by the process that connects, written nowhere."""

from __future__ import annotations

import re
from urllib.parse import quote

from zenml.client import Client

REFERENCE = re.compile(r"\{\{\s*([\w-]+)\.([\w-]+)\s*\}\}")
"""As in ZenML's stacks: ``{{secret.key}}``. In the configuration of a run ZenML leaves it as it is, while it fills
``${VARIABLE}`` in at once and stores the result."""


_PASSWORD = re.compile(r"://[^/@:]*:([^/@]+)@")
_NAMED = re.compile(rf"({REFERENCE.pattern}|\$\{{\w+\}})+")


class SecretError(RuntimeError):
    """A secret is not there, lacks a key, or was written where it would be kept."""


def fill_in(address: str) -> str:
    """An address with the values of ZenML's secrets in place of ``{{secret.key}}``, quoted as addresses need it.

    Raises:
        SecretError: ZenML has no such secret, or the secret has no such key; the message holds no value.
    """
    return REFERENCE.sub(lambda found: quote(_value(*found.groups()), safe=""), address)


def refuse_written_password(address: str, setting: str) -> None:
    """Let no password through in an address of a configuration, which ZenML keeps and shows.

    Raises:
        SecretError: It has one that is written out; the message does not hold it.
    """
    found = _PASSWORD.search(address)
    if found is not None and not _NAMED.fullmatch(found.group(1)):
        raise SecretError(
            f"{setting} holds a password, which ZenML would keep with the run: put it into a secret (`zenml secret "
            "create crossprompt -i`, as STUDY_PASSWORD) and write {{crossprompt.STUDY_PASSWORD}} in its place"
        )


def _value(secret: str, key: str) -> str:
    try:
        values = Client().get_secret(secret, allow_partial_name_match=False, allow_partial_id_match=False).secret_values
    except KeyError:
        known = ", ".join(sorted(found.name for found in Client().list_secrets(size=100).items)) or "none"
        raise SecretError(f"ZenML has no secret {secret}; there are: {known}. Make it: `zenml secret create`") from None
    if key not in values:
        raise SecretError(f"the secret {secret} has no {key}: add it with `zenml secret update {secret} -i`")
    return values[key]
