"""What an examination starts from: folders and addresses, found without opening or making anything."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import typer
import yaml

from crossprompt.corpora.sources import home_folder
from crossprompt.tuning.settings import DATABASE as STUDY_DATABASE
from infra.doctor.zenml_file import ZenMLFacts, read_facts

CONFIGURATION = "config.yaml"


class SurroundingsError(Exception):
    """A configuration can't be understood, so what it names can't be looked at."""


@dataclass(frozen=True)
class Surroundings:
    """The environment of one examination."""

    home: Path = field(default_factory=home_folder)
    """The project's home, which need not be there."""
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    working_folder: Path = field(default_factory=Path.cwd)
    study_address: str | None = None
    """The study's database, if the configuration names another than the home's."""
    thorough: bool = False
    """Read every file that has a checksum, however large."""

    @property
    def study(self) -> str:
        """The address of the study's database."""
        return self.study_address or f"sqlite:///{self.home / STUDY_DATABASE}"

    @cached_property
    def zenml_folder(self) -> Path:
        """ZenML's configuration folder, which need not be there."""
        given = self.environment.get("ZENML_CONFIG_PATH")
        return Path(given).resolve() if given else Path(typer.get_app_dir("zenml"))

    @cached_property
    def zenml_configuration(self) -> dict[str, Any]:
        """What ZenML's configuration file says; empty if there is none yet.

        Raises:
            SurroundingsError: It can't be understood.
        """
        return _read_mapping(self.zenml_folder / CONFIGURATION)

    @property
    def local_stores(self) -> Path:
        """ZenML's folder of local stores."""
        given = self.environment.get("ZENML_LOCAL_STORES_PATH")
        return Path(given) if given else self.zenml_folder / "local_stores"

    @property
    def zenml_address(self) -> str:
        """The address of ZenML's database or server.

        Raises:
            SurroundingsError: See :attr:`zenml_configuration`.
        """
        configured = self.zenml_configuration.get("store") or {}
        default = f"sqlite:///{self.local_stores / 'default_zen_store' / 'zenml.db'}"
        return str(self.environment.get("ZENML_STORE_URL") or configured.get("url") or default)

    @property
    def active_stack(self) -> str | None:
        """The identity of the stack that a run would take; None if nobody has chosen one.

        Raises:
            SurroundingsError: A configuration can't be understood.
        """
        repository = self._repository_configuration()
        found = (
            self.environment.get("ZENML_ACTIVE_STACK_ID")
            or repository.get("active_stack_id")
            or self.zenml_configuration.get("active_stack_id")
        )
        return str(found).replace("-", "") if found else None

    @cached_property
    def zenml(self) -> ZenMLFacts | None:
        """What ZenML's own database says; None if it is no file of this machine, or there is none yet.

        Raises:
            SurroundingsError: A configuration can't be understood.
            UnsoundDatabaseError, BusyDatabaseError: The database can't be read.
            ForeignVersionError: It is not one of the ZenML that is installed.
        """
        file = self.zenml_file
        return read_facts(file) if file is not None and file.exists() else None

    @property
    def zenml_file(self) -> Path | None:
        """The file of ZenML's database; None if it is on a server."""
        scheme, separator, path = self.zenml_address.partition(":///")
        return Path(path) if separator and scheme == "sqlite" else None

    def _repository_configuration(self) -> dict[str, Any]:
        """What ``zenml init`` wrote in the working folder or one above it."""
        given = self.environment.get("ZENML_REPOSITORY_PATH")
        places = [Path(given)] if given else [self.working_folder, *self.working_folder.parents]
        folder = next((place / ".zen" for place in places if (place / ".zen").is_dir()), None)
        return {} if folder is None else _read_mapping(folder / CONFIGURATION)


def _read_mapping(file: Path) -> dict[str, Any]:
    if not file.is_file():
        return {}
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SurroundingsError(f"{file} can't be read ({' '.join(str(error).split())[:120]})") from None
    if not isinstance(content, dict | None):
        raise SurroundingsError(f"{file} holds no settings")
    return content or {}
