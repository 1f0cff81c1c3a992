from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from crossprompt.publishing.checksums import CHECKSUMS
from crossprompt.publishing.errors import PublishingError
from crossprompt.publishing.hub import push_folder
from crossprompt.publishing.settings import HubSettings, PublishingSettings
from crossprompt.settings import SettingsError
from tests.crossprompt.publishing.hub_server import Hub, serve
from tests.crossprompt.publishing.invented import publish

TOKEN = "hf_harbourmaster"


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    monkeypatch.setenv("HARBOUR_TOKEN", TOKEN)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    with serve(Hub(TOKEN)) as running:
        yield running


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    publish(tmp_path / "harbour", tmp_path / "parts")
    return tmp_path / "harbour"


def settings(hub: Hub) -> HubSettings:
    return HubSettings(repository="harbour/talks", endpoint=hub.address, token_variable="HARBOUR_TOKEN")


def contents(folder: Path) -> dict[str, bytes]:
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_all_files_arrive_and_the_checksums_come_last(hub: Hub, folder: Path) -> None:
    address = push_folder(folder, settings(hub))
    assert address == f"{hub.address}/datasets/harbour/talks"
    assert hub.files == contents(folder)
    assert hub.commits[-1] == [CHECKSUMS]
    assert hub.created[0]["type"] == "dataset"
    assert "private" in str(hub.created[0]["visibility"])


def test_pushing_a_smaller_corpus_removes_what_is_no_more(hub: Hub, folder: Path, tmp_path: Path) -> None:
    push_folder(folder, settings(hub))
    publish(folder, tmp_path / "fewer", ("sw",))
    push_folder(folder, settings(hub))
    assert hub.files == contents(folder)
    assert not [name for name in hub.files if "zh-TW" in name]


def test_nothing_is_pushed_by_default() -> None:
    assert PublishingSettings().hub is None


@pytest.mark.parametrize(
    ("endpoint", "says"),
    [
        ("https://me:lighthouse@hub.example.org", "holds no user"),
        ("https://hub.example.org/?token=lighthouse", "holds no user"),
        ("hub.example.org", "looks like https://huggingface.co"),
    ],
)
def test_an_address_of_a_hub_holds_no_secret(endpoint: str, says: str) -> None:
    given = {"hub": {"repository": "harbour/talks", "endpoint": endpoint}}
    with pytest.raises(SettingsError, match=says) as error:
        PublishingSettings.parse(given, "publishing")
    assert str(error.value).startswith("publishing.hub.endpoint: ")
    assert "lighthouse" not in str(error.value)


def test_without_a_token_nothing_is_sent(hub: Hub, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HARBOUR_TOKEN")
    with pytest.raises(PublishingError, match=r"needs a token in the environment variable HARBOUR_TOKEN; set it, or"):
        push_folder(folder, settings(hub))
    assert hub.paths == []


def test_a_damaged_folder_is_not_pushed(hub: Hub, folder: Path) -> None:
    (folder / "README.md").write_text("changed")
    with pytest.raises(PublishingError, match=r"README\.md was changed"):
        push_folder(folder, settings(hub))
    assert hub.paths == []


def test_a_hub_that_refuses_is_told_in_a_sentence_without_the_token(hub: Hub, folder: Path) -> None:
    hub.token = "another"
    with pytest.raises(PublishingError, match=r"the push to harbour/talks failed \(.*401") as error:
        push_folder(folder, settings(hub))
    assert TOKEN not in str(error.value)
    assert error.value.__cause__ is None


def test_a_hub_that_is_not_there_is_told_in_a_sentence(hub: Hub, folder: Path) -> None:
    away = HubSettings(repository="harbour/talks", endpoint="http://127.0.0.1:9", token_variable="HARBOUR_TOKEN")
    with pytest.raises(PublishingError, match="the push to harbour/talks failed"):
        push_folder(folder, away)
