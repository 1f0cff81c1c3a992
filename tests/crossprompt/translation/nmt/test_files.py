"""A model's files come from a folder, or from the hub at a pinned commit and no more of them than needed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from crossprompt.settings import SettingsError
from crossprompt.translation.engine import EngineError, Failure
from crossprompt.translation.nmt import files as nmt_files
from crossprompt.translation.nmt.files import locate_model
from crossprompt.translation.nmt.settings import NmtOptions

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class Hub:
    """Stands for the hub: a folder per file pattern asked for, and what was asked."""

    def __init__(self, remote: Path, cache: Path) -> None:
        self.remote, self.cache = remote, cache
        self.asked: list[tuple[bool, tuple[str, ...]]] = []
        self.reachable = True

    def __call__(self, name: str, *, revision: str, allow_patterns: list[str], local_files_only: bool = False) -> str:
        assert (name, revision) == ("someone/some-model", COMMIT)
        self.asked.append((local_files_only, tuple(allow_patterns)))
        if not local_files_only:
            if not self.reachable:
                raise OSError("no route to host")
            self.cache.mkdir(exist_ok=True)
            for pattern in allow_patterns:
                for file in self.remote.glob(pattern):
                    shutil.copy(file, self.cache)
        if not self.cache.is_dir():
            raise FileNotFoundError("not cached")
        return str(self.cache)

    @property
    def downloads(self) -> int:
        return sum(not local for local, _ in self.asked)


def write_model(folder: Path, *weights: str, **configuration: Any) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "config.json").write_text(json.dumps({"model_type": "m2m_100", **configuration}))
    (folder / "tokenizer.json").write_text("{}")
    for name in weights:
        (folder / name).write_bytes(name.encode())
    return folder


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hub:
    hub = Hub(write_model(tmp_path / "remote", "model.safetensors"), tmp_path / "cache")
    monkeypatch.setattr(nmt_files, "snapshot_download", hub)
    return hub


def pinned() -> NmtOptions:
    return NmtOptions(model="someone/some-model", revision=COMMIT)


def test_a_hub_model_without_its_commit_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"options\.revision: 'someone/some-model'"):
        locate_model(NmtOptions(model="someone/some-model"))


@pytest.mark.parametrize("revision", ["main", "v1.0", COMMIT[:12]])
def test_a_name_of_a_branch_is_no_commit(revision: str) -> None:
    with pytest.raises(SettingsError, match="revision"):
        NmtOptions.parse({"model": "someone/some-model", "revision": revision}, "translation.engine.options")


def test_what_is_neither_folder_nor_hub_id_is_refused() -> None:
    with pytest.raises(SettingsError, match="no folder 'no-such-folder'"):
        locate_model(NmtOptions(model="no-such-folder"))


def test_the_languages_need_no_weights(hub: Hub) -> None:
    files = locate_model(pinned())
    assert hub.asked == []
    assert sorted(path.name for path in files.folder.iterdir()) == ["config.json", "tokenizer.json"]
    assert files.identity == f"someone/some-model@{COMMIT}"
    assert not files.converted
    assert hub.downloads == 1
    assert (files.whole_folder / "model.safetensors").is_file()
    assert hub.downloads == 2


def test_what_is_cached_is_not_fetched_again_nor_looked_for(hub: Hub) -> None:
    assert locate_model(pinned()).whole_folder == hub.cache
    hub.reachable = False
    downloads = hub.downloads
    assert locate_model(pinned()).whole_folder == hub.cache
    assert hub.downloads == downloads


def test_older_weights_are_fetched_where_there_are_no_others(hub: Hub) -> None:
    (hub.remote / "model.safetensors").rename(hub.remote / "pytorch_model.bin")
    assert (locate_model(pinned()).whole_folder / "pytorch_model.bin").is_file()


def write_index(folder: Path, format_name: str, *shards: str) -> None:
    content = {"weight_map": {f"part {number}": shard for number, shard in enumerate(shards)}}
    (folder / f"{format_name}.index.json").write_text(json.dumps(content))


def test_languages_of_a_cached_model_in_shards_need_no_network(hub: Hub) -> None:
    (hub.remote / "model.safetensors").rename(hub.remote / "model-1.safetensors")
    write_index(hub.remote, "model.safetensors", "model-1.safetensors")
    assert locate_model(pinned()).folder == hub.cache
    hub.reachable = False
    assert locate_model(pinned()).folder == hub.cache
    with pytest.raises(EngineError, match="can't be fetched"):
        _ = locate_model(pinned()).whole_folder
    hub.reachable = True
    assert (locate_model(pinned()).whole_folder / "model-1.safetensors").is_file()


def test_shards_of_a_format_that_is_not_read_are_not_missed(hub: Hub) -> None:
    write_index(hub.remote, "pytorch_model.bin", "pytorch_model-1.bin")
    assert (locate_model(pinned()).whole_folder / "model.safetensors").is_file()


def test_a_hub_out_of_reach_is_told(hub: Hub) -> None:
    hub.reachable = False
    with pytest.raises(EngineError, match="can't be fetched from the hub: no route") as caught:
        _ = locate_model(pinned()).folder
    assert (caught.value.failure, caught.value.reason) == (Failure.FATAL, "unusable_model")


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "model.safetensors"])
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    folder = write_model(tmp_path / "model", "model.safetensors")
    (folder / name).unlink()
    with pytest.raises(EngineError, match="there is no"):
        _ = locate_model(NmtOptions(model=str(folder))).whole_folder


def test_a_missing_shard_is_named(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "model", "model-1.safetensors")
    write_index(folder, "model.safetensors", "model-1.safetensors", "model-2.safetensors")
    with pytest.raises(EngineError, match=r"lacks model-2\.safetensors"):
        _ = locate_model(NmtOptions(model=str(folder))).whole_folder


def test_a_folder_is_known_by_the_bytes_of_its_files(tmp_path: Path) -> None:
    one, other = (write_model(tmp_path / name, "model.safetensors") for name in ("one", "other"))
    first = locate_model(NmtOptions(model=str(one))).identity
    assert locate_model(NmtOptions(model=str(other))).identity == first
    (other / "model.safetensors").write_bytes(b"other weights")
    assert locate_model(NmtOptions(model=str(other))).identity != first


def test_the_configuration_tells_the_positions_and_the_library(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "model", "model.safetensors", max_position_embeddings=1024)
    files = locate_model(NmtOptions(model=str(folder)))
    assert (files.positions, files.converted) == (1024, False)
    (folder / "config.json").write_text(json.dumps({"bos_token": "<s>"}))
    files = locate_model(NmtOptions(model=str(folder)))
    assert (files.positions, files.converted) == (None, True)
    (folder / "config.json").write_text("{")
    with pytest.raises(EngineError, match=r"config\.json can't be read"):
        _ = locate_model(NmtOptions(model=str(folder))).positions
