"""Secrets: kept in ZenML, read by a process that needs them, written nowhere."""

from __future__ import annotations

import os

from zenml.client import Client


class SecretError(RuntimeError):
    """A secret is not there, or holds nothing."""


def fill_environment(secret: str) -> tuple[str, ...]:
    """Set an environment variable for each value of a ZenML secret; a variable that is set already stays.

    As ZenML does for the steps of a run whose configuration names the secret under ``secrets``.

    Returns:
        The names of the variables that the secret has.

    Raises:
        SecretError: ZenML has no such secret, or it has no values.
    """
    try:
        values = Client().get_secret(secret, allow_partial_name_match=False, allow_partial_id_match=False).secret_values
    except KeyError:
        known = ", ".join(sorted(found.name for found in Client().list_secrets(size=100).items)) or "none"
        raise SecretError(
            f"ZenML has no secret {secret} (there are: {known}); make it with `zenml secret create`"
        ) from None
    if not values:
        raise SecretError(f"the secret {secret} has no values: `zenml secret update {secret} --NAME=VALUE`")
    for name, value in values.items():
        os.environ.setdefault(name, value)
    return tuple(sorted(values))
