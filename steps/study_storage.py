"""Where a step finds the database of its studies: the address that the pipeline gave, with ZenML's secrets in it."""

from __future__ import annotations

from infra.secrets import fill_in
from steps.places import given_place


def given_storage() -> str | None:
    """The SQLAlchemy address to connect to; None: SQLite in the project's home. It must not be logged or kept.

    Raises:
        SecretError: The address names a secret that ZenML does not have.
    """
    address = given_place("storage")
    return None if address is None else fill_in(address)
