"""Checkpoints that a kill can't spoil: tensors first, and last a marker that names exactly what it vouches for."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from crossprompt.records import Record
from crossprompt.storage.atomic import atomic_path, write_text_atomic
from crossprompt.storage.fingerprint import fingerprint_file, fingerprint_value

logger = logging.getLogger(__name__)

MARKER = "checkpoint.json"


class CheckpointError(RuntimeError):
    """A folder holds the checkpoint of another run."""


class Marker(Record):
    """What the newest checkpoint is: of which run, after how many updates, in which file with which content."""

    run: str
    """Fingerprint of everything that decides the result: corpus, settings, backbone."""
    step: int
    finished: bool
    file: str
    sha256: str
    info: dict[str, Any]
    """Small facts beside the tensors, such as the precision and the seconds spent."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A checkpoint that was read back and found whole."""

    step: int
    finished: bool
    tensors: dict[str, Tensor]
    info: dict[str, Any]


class CheckpointStore:
    """The checkpoints of one run in one folder; only the newest is kept."""

    def __init__(self, folder: Path, run: Mapping[str, Any]) -> None:
        """Use ``folder`` for the run that the JSON-serialisable ``run`` describes."""
        self.folder = folder
        self.run = fingerprint_value(dict(run))

    def save(
        self, step: int, tensors: Mapping[str, Tensor], info: Mapping[str, Any] | None = None, finished: bool = False
    ) -> None:
        """Write the tensors, then the marker, then delete what the marker no longer names."""
        file = self.folder / f"step-{step:08d}.safetensors"
        with atomic_path(file) as temporary:
            save_file({name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}, temporary)
            digest = fingerprint_file(temporary)
        marker = Marker(
            run=self.run, step=step, finished=finished, file=file.name, sha256=digest, info=dict(info or {})
        )
        write_text_atomic(self.folder / MARKER, marker.model_dump_json(indent=2))
        self._delete_others(file)

    def load(self) -> Checkpoint | None:
        """The newest checkpoint, or None if there is none or it is damaged (which is logged: the run starts anew).

        Raises:
            CheckpointError: The folder holds a checkpoint of another run.
        """
        marker = self._read_marker()
        if marker is None:
            return None
        if marker.run != self.run:
            raise CheckpointError(
                f"{self.folder} holds the checkpoint of another run (other data, settings or backbone): "
                "give another folder or delete this one"
            )
        file = self.folder / marker.file
        if not file.is_file() or fingerprint_file(file) != marker.sha256:
            logger.warning("%s is gone or was altered since step %d: starting anew", file, marker.step)
            return None
        try:
            tensors = load_file(file)
        except SafetensorError as error:
            logger.warning("%s can't be read (%s): starting anew", file, error)
            return None
        return Checkpoint(marker.step, marker.finished, tensors, marker.info)

    def _read_marker(self) -> Marker | None:
        path = self.folder / MARKER
        if not path.is_file():
            return None
        try:
            return Marker.model_validate_json(path.read_text(encoding="utf-8"))
        except (ValidationError, UnicodeDecodeError) as error:
            logger.warning("%s can't be understood (%s): starting anew", path, error)
            return None

    def _delete_others(self, newest: Path) -> None:
        """Delete older checkpoints, and the torn temporary files of a killed process."""
        for pattern in ("step-*.safetensors", ".*.part"):
            for path in self.folder.glob(pattern):
                if path != newest:
                    path.unlink(missing_ok=True)
