"""Settings of a published corpus."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from crossprompt.settings import Settings


def _check_endpoint(address: str | None) -> str | None:
    """A validator: the address is shown on cards and in runs, so it may hold no secret."""
    if address is None:
        return None
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("an endpoint looks like https://huggingface.co")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("an endpoint holds no user, password or query: the token comes from the environment")
    return address


class HubSettings(Settings):
    """A hub to push to. Nothing is pushed unless this section is there; the token comes from the environment."""

    repository: str = Field(pattern=r"^[\w.-]+/[\w.-]+$")
    """``owner/name`` of a repository of data sets."""
    private: bool = True
    """Whether a repository that is not there yet is made private."""
    endpoint: Annotated[str | None, AfterValidator(_check_endpoint)] = None
    """The hub's address; None: ``HF_ENDPOINT``, else the public hub's."""
    token_variable: str = "HF_TOKEN"
    """The environment variable that holds the token."""


class CutSettings(Settings):
    """How a language's files are cut."""

    rows_per_file: int = Field(default=250_000, ge=1)
    """Most rows of one Parquet file."""
    rows_per_group: int = Field(default=10_000, ge=1)
    """Rows that are in memory at a time while a file is written, and those that a reader fetches at a time."""


class PublishingSettings(Settings):
    """What the published folder is called, how its files are cut, and where it goes."""

    name: str = Field(default="crossprompt-corpus", pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    """Of the folder ``published/<name>`` in the project's home."""
    title: str = "Schema-guided dialogues in many languages"
    files: CutSettings = CutSettings()
    rating: str | None = None
    """The ``ratings.json`` that ``crossprompt rate import`` wrote, for the card; None: the corpus was not rated."""
    hub: HubSettings | None = None
    """Where to push the folder; None: nothing leaves this machine."""
    experiment: str = "build_corpus"
    """The MLflow experiment."""
