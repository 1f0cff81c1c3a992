"""What steps write on the way lies in the home, in a folder of each step run, and does not stay there."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from zenml.client import Client

from crossprompt.factory.recipe import ChainRecipe
from crossprompt.factory.records import FactoryCoverage
from materializers.moved_folder import MovedFolderMaterializer
from steps import package_language, translate_shard
from tests.crossprompt.publishing.invented import SMALL_FILES, refused, rows, table, verdict

RECIPE = ChainRecipe(engines=(), max_utterances_per_call=100, missing="skip")


@pytest.fixture(autouse=True)
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CROSSPROMPT_HOME", str(tmp_path))
    return tmp_path / "scratch"


def test_two_runs_of_a_shard_write_to_different_files(scratch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files: list[Path] = []

    def produce(part: object, locale: str, workshop: object, file: Path) -> tuple[Any, FactoryCoverage]:
        files.append(file)
        if len(files) == 1:
            run()  # another run, while this one is under way
        assert list(file.parent.iterdir()) == []
        return table(rows(locale)), FactoryCoverage(locale=locale, dialogues=0, covered=0, utterances=0, shares=())

    def run() -> None:
        translate_shard.translate_shard.entrypoint(table([]), "sw-KE", 0, 1, ["train"], RECIPE)

    monkeypatch.setattr(translate_shard, "take_shard", lambda dialogues, *_: dialogues)
    monkeypatch.setattr(translate_shard, "open_workshop", lambda *_: None)
    monkeypatch.setattr(translate_shard, "produce", produce)
    run()
    assert len(set(files)) == 2
    assert {file.parent.parent for file in files} == {scratch}
    assert list(scratch.iterdir()) == []


def test_a_languages_files_wait_in_the_home_until_they_are_stored(scratch: Path, zenml_stack: str) -> None:
    folder, language = package_language.package_language.entrypoint(
        table(rows("sw")), refused(), verdict("sw"), SMALL_FILES
    )
    assert folder.parent == scratch
    assert language.rows == len(rows("sw"))
    files = {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*.parquet")}
    assert files
    store = Client().active_stack.artifact_store
    stored = MovedFolderMaterializer(f"{store.path}/test/{uuid4()}", store)
    stored.save(folder)
    assert list(scratch.iterdir()) == []
    kept = stored.load(Path)
    assert {path.relative_to(kept): path.read_bytes() for path in kept.rglob("*.parquet")} == files
