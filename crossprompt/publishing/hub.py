"""Pushing a published folder to a hub with its official client. Only on request; the token is read when it is used."""

from __future__ import annotations

import os
from pathlib import Path

from huggingface_hub import HfApi
from huggingface_hub.utils import httpx  # type: ignore[attr-defined]  # exported by its __getattr__

from crossprompt.publishing.checksums import CHECKSUMS, verify_folder
from crossprompt.publishing.errors import PublishingError
from crossprompt.publishing.settings import HubSettings

_REPOSITORY_TYPE = "dataset"


def push_folder(folder: Path, settings: HubSettings) -> str:
    """Push a whole folder, the checksums last; gives the address of the repository.

    Files of the repository's ``data`` that the folder has not are removed there.

    Raises:
        PublishingError: The folder is not whole, there is no token, or the hub refuses.
    """
    verify_folder(folder)
    token = os.environ.get(settings.token_variable)
    if not token:
        raise PublishingError(
            f"publishing.hub: pushing to {settings.repository} needs a token in the environment variable "
            f"{settings.token_variable}; set it, or remove the section to keep the corpus on this machine"
        )
    api = HfApi(endpoint=settings.endpoint, token=token)
    try:
        return _push(api, folder, settings)
    except (httpx.HTTPError, OSError) as error:
        raise PublishingError(
            f"publishing.hub: the push to {settings.repository} failed ({_without(token, error)}); the corpus is whole "
            "on this machine, run again to go on"
        ) from None


def _push(api: HfApi, folder: Path, settings: HubSettings) -> str:
    name = settings.repository
    address = api.create_repo(name, repo_type=_REPOSITORY_TYPE, private=settings.private, exist_ok=True)
    api.upload_folder(
        repo_id=name,
        repo_type=_REPOSITORY_TYPE,
        folder_path=folder,
        ignore_patterns=[CHECKSUMS, ".*"],
        delete_patterns=["data/**"],
        commit_message="The corpus",
    )
    api.upload_file(
        repo_id=name,
        repo_type=_REPOSITORY_TYPE,
        path_or_fileobj=folder / CHECKSUMS,
        path_in_repo=CHECKSUMS,
        commit_message="What the files must be",
    )
    return str(address)


def _without(token: str, error: Exception) -> str:
    return " ".join(str(error).replace(token, "***").split())
