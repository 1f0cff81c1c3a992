"""Finds a model's files: in a folder, or on the hub at a pinned commit.

Configuration and tokenizer are fetched first, since they tell the languages; the weights, gigabytes, only for the first
text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from huggingface_hub import snapshot_download

from crossprompt.settings import SettingsError
from crossprompt.storage.fingerprint import fingerprint_file, fingerprint_value
from crossprompt.translation.engine import EngineError, Failure
from crossprompt.translation.nmt.settings import NmtOptions

_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+")
_SMALL = ("*.json", "*.model")
_WEIGHTS = ("*.safetensors", "model.bin")
"""``model.bin`` is CTranslate2's."""
_OLD_WEIGHTS = ("pytorch_model*.bin",)
_TOKENIZER = ("tokenizer.json", "*.model")
_POSITIONS = ("max_position_embeddings", "n_positions")


@dataclass(frozen=True)
class NmtFiles:
    """A model's files. ``revision`` is the commit of a hub model, None for a folder."""

    name: str
    revision: str | None

    @cached_property
    def folder(self) -> Path:
        """The folder with configuration and tokenizer; those of a hub model are fetched if they aren't there.

        Raises:
            EngineError: The hub can't be reached, or files are missing.
        """
        folder = Path(self.name).expanduser() if self.revision is None else self._fetch(_SMALL, _tells_languages)
        self._require(folder, "configuration", ("config.json",))
        self._require(folder, "tokenizer", _TOKENIZER)
        return folder

    @property
    def at_hand(self) -> bool:
        """Whether :attr:`folder` is there without a look at the network."""
        return self.revision is None or self._cached(_SMALL, _tells_languages) is not None

    @cached_property
    def whole_folder(self) -> Path:
        """The same folder with the weights.

        Raises:
            EngineError: The hub can't be reached, or weights are missing.
        """
        if self.revision is not None and not _is_whole(self.folder):
            for weights in (_WEIGHTS, _OLD_WEIGHTS):
                if _has(self._fetch((*_SMALL, *weights), _is_whole), weights):
                    break
        self._require(self.folder, "weights", (*_WEIGHTS, *_OLD_WEIGHTS))
        if lost := _lost_shards(self.folder):
            raise _broken(self.name, f"{self.folder} lacks {lost[0]}, which its index names")
        return self.folder

    @property
    def converted(self) -> bool:
        """Whether this is a model converted for CTranslate2: its configuration names no architecture."""
        return "model_type" not in self._configuration

    @property
    def positions(self) -> int | None:
        """The longest text in tokens that the configuration tells; None: it tells none."""
        found = [value for key in _POSITIONS if isinstance(value := self._configuration.get(key), int)]
        return found[0] if found else None

    @property
    def identity(self) -> str:
        """What the model is known by: hub id and commit, or SHA-256 over the names and bytes of a folder's files."""
        if self.revision is not None:
            return f"{self.name}@{self.revision}"
        patterns = (*_SMALL, *_WEIGHTS, *_OLD_WEIGHTS)
        files = sorted({path for pattern in patterns for path in self.whole_folder.glob(pattern)})
        return fingerprint_value({path.name: _fingerprint(path, _stamp(path)) for path in files})

    @cached_property
    def _configuration(self) -> dict[str, object]:
        try:
            found = json.loads((self.folder / "config.json").read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise _broken(self.name, f"its config.json can't be read: {error}") from error
        return found if isinstance(found, dict) else {}

    def _fetch(self, patterns: Sequence[str], is_enough: Callable[[Path], bool]) -> Path:
        """The hub's snapshot: the cached one, without a look at the network, if that is enough."""
        if (cached := self._cached(patterns, is_enough)) is not None:
            return cached
        try:
            return self._snapshot(patterns, local=False)
        except (OSError, ValueError) as error:
            message = f"commit {self.revision} is not in the local cache and can't be fetched from the hub: {error}"
            raise _broken(self.name, message) from error

    def _cached(self, patterns: Sequence[str], is_enough: Callable[[Path], bool]) -> Path | None:
        """The hub's snapshot in the local cache; None: it is not there, or not enough of it."""
        try:
            folder = self._snapshot(patterns, local=True)
        except (OSError, ValueError):
            return None
        return folder if is_enough(folder) else None

    def _snapshot(self, patterns: Sequence[str], *, local: bool) -> Path:
        wanted = list(patterns)
        return Path(snapshot_download(self.name, revision=self.revision, allow_patterns=wanted, local_files_only=local))

    def _require(self, folder: Path, what: str, patterns: Sequence[str]) -> None:
        if not _has(folder, patterns):
            raise _broken(self.name, f"there is no {what} in {folder} (expected {' or '.join(patterns)})")


def locate_model(options: NmtOptions) -> NmtFiles:
    """The files of ``options.model``; nothing is fetched yet.

    Raises:
        SettingsError: A hub id without a commit, or a name that is neither a folder nor a hub id.
    """
    if Path(options.model).expanduser().is_dir():
        return NmtFiles(options.model, None)
    where = "translation.engine.options"
    if not _HUB_ID.fullmatch(options.model):
        raise SettingsError(f"{where}.model: there is no folder {options.model!r}; give one, or a hub id (owner/name)")
    if options.revision is None:
        raise SettingsError(
            f"{where}.revision: {options.model!r} is no folder here, and a hub model needs its commit (40 hex digits): "
            "without one, the same settings could give other texts tomorrow"
        )
    return NmtFiles(options.model, options.revision)


def _has(folder: Path, patterns: Sequence[str]) -> bool:
    return any(any(folder.glob(pattern)) for pattern in patterns)


def _tells_languages(folder: Path) -> bool:
    return _has(folder, ("config.json",)) and _has(folder, _TOKENIZER)


def _is_whole(folder: Path) -> bool:
    return _has(folder, (*_WEIGHTS, *_OLD_WEIGHTS)) and not _lost_shards(folder)


def _lost_shards(folder: Path) -> list[str]:
    """Files of weights that an index names and that aren't there; of the format that is read, if there are two."""
    named: set[str] = set()
    newer = _has(folder, ("*.safetensors",))
    for index in folder.glob("*.safetensors.index.json" if newer else "*.bin.index.json"):
        named |= set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values())
    return sorted(name for name in named if not (folder / name).is_file())


def _broken(name: str, message: str) -> EngineError:
    return EngineError(Failure.FATAL, "unusable_model", f"model {name!r}: {message}")


def _stamp(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_mtime_ns, status.st_size


@lru_cache(maxsize=256)
def _fingerprint(path: Path, stamp: tuple[int, int]) -> str:
    """A file's SHA-256, taken once per process and version of the file: weights are gigabytes."""
    return fingerprint_file(path)
