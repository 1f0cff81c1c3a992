"""``crossprompt champion`` and ``crossprompt rollback``: what is said of the registry, and what is done."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from infra.registry import propose
from infra.registry_mirror import CHAMPION
from infra.registry_place import Registry
from infra.scheduling import Served, champion_served
from tests.console.test_main import crossprompt
from tests.infra.registry_cases import candidate, judged, local_registry


@pytest.fixture
def registry(empty_mlflow: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Registry:
    """An empty one in the place of the active stack's."""
    shutil.copy(empty_mlflow, tmp_path)
    place = local_registry(tmp_path)
    for module in ("infra.registry", "infra.registry_place"):
        monkeypatch.setattr(f"{module}.connect", lambda: place)
    return place


@pytest.fixture
def two(registry: Registry, tmp_path: Path) -> Registry:
    """Two champions, one after the other."""
    first, second = candidate(tmp_path, 1), candidate(tmp_path, 2, german=0.8)
    propose(first, judged(first), registry)
    propose(second, judged(second, first), registry)
    return registry


def test_before_the_first_champion_that_is_said(registry: Registry, capsys: pytest.CaptureFixture[str]) -> None:
    assert registry.client.search_registered_models() == []
    status, text, _ = crossprompt("champion", capsys=capsys)
    assert (status, text) == (0, "There is no champion yet: a run that passes its gate makes the first.\n")
    assert crossprompt("champion", "--json", capsys=capsys)[1] == "null\n"


def test_where_nothing_was_run_yet_there_is_no_champion_and_nothing_to_put_back(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("infra.stack.stack_of_next_run", lambda: None)
    monkeypatch.setattr("infra.stores._tracking_address", lambda _: None)
    status, text, _ = crossprompt("champion", capsys=capsys)
    assert (status, text) == (0, "There is no champion yet: a run that passes its gate makes the first.\n")
    assert crossprompt("champion", "--json", capsys=capsys)[1] == "null\n"
    assert champion_served() == Served(None, ())
    message = crossprompt("rollback", "--dry-run", capsys=capsys)[0]
    assert str(message).startswith("Error: there is no champion yet: `zenml pipeline run add_languages` makes")


def test_a_stack_without_a_tracker_is_named_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("infra.stack.stack_of_next_run", lambda: SimpleNamespace(name="mine"))
    monkeypatch.setattr("infra.stores._tracking_address", lambda _: None)
    message = str(crossprompt("champion", capsys=capsys)[0])
    assert message.startswith("Error: the ZenML stack 'mine' has no MLflow experiment tracker")
    assert "zenml stack update mine -e TRACKER" in message


def test_the_champion_is_described_with_its_history(two: Registry, capsys: pytest.CaptureFixture[str]) -> None:
    status, text, _ = crossprompt("champion", capsys=capsys)
    assert status == 0
    rows = dict(line.split(maxsplit=1) for line in text.splitlines() if line[:1].isupper())
    assert rows["Champion"].startswith("version 2 (")
    assert rows["Languages"] == "1: de-DE"
    assert text.splitlines()[-1].endswith("version 1 promoted")
    state = json.loads(crossprompt("champion", "--json", capsys=capsys)[1])
    assert (state["version"], state["former"], state["languages"]) == ("2", "1", ["de-DE"])
    assert Path(state["folder"]).is_dir()


def test_an_alias_that_is_not_the_journals_is_told_and_set_right(
    two: Registry, capsys: pytest.CaptureFixture[str]
) -> None:
    two.client.delete_registered_model_alias(two.name, CHAMPION)
    assert "crossprompt champion --mend sets it right" in crossprompt("champion", capsys=capsys)[1]
    assert "--mend" not in crossprompt("champion", "--mend", capsys=capsys)[1]
    assert str(two.client.get_model_version_by_alias(two.name, CHAMPION).version) == "2"


def test_a_rollback_is_tried_and_then_done(two: Registry, capsys: pytest.CaptureFixture[str]) -> None:
    status, text, _ = crossprompt("rollback", "--dry-run", capsys=capsys)
    assert (status, text) == (0, "Version 1 would be champion in place of version 2. Nothing was changed.\n")
    assert crossprompt("rollback", capsys=capsys)[1].startswith("Version 1 is champion in place of version 2.")
    state = json.loads(crossprompt("champion", "--json", capsys=capsys)[1])
    assert (state["version"], state["how"]) == ("1", "put back")
    assert str(crossprompt("rollback", capsys=capsys)[0]).startswith("Error: ")
    assert str(two.client.get_model_version_by_alias(two.name, CHAMPION).version) == "1"
