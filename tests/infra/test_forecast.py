"""What a run will take from the cache is told beforehand, and telling it changes nothing."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest
import yaml
from zenml.client import Client
from zenml.config.global_config import GlobalConfiguration

from infra.forecast import Fate, Forecast, forecast_run
from infra.stack import COMPONENTS
from infra.stores import why_no_local_store
from tests.crossprompt.factory.offline import unplug
from tests.infra.stand_in import stand_in
from tests.infra.test_artifacts import EXECUTED, artifact, delete_all, delete_file, flip_bit, run

STATUS = {"completed": Fate.RUNS, "cached": Fate.CACHED}


def forecast(folder: Path, word: str, **more: object) -> Forecast:
    file = folder / "stand_in.yaml"
    file.write_text(yaml.safe_dump({"parameters": {"word": word}, **more}), encoding="utf-8")
    return forecast_run(stand_in, file, progress=False)


def fates(found: Forecast) -> dict[str, str]:
    return {name: step.fate.value for name, step in found.steps.items()}


@pytest.mark.usefixtures("zenml_stack")
def test_before_and_after_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    word = uuid4().hex
    unplug(monkeypatch)
    assert fates(forecast(tmp_path, word)) == {"make": "runs", "use": "follows"}
    monkeypatch.undo()
    assert run(word) == {"make": EXECUTED, "use": EXECUTED}
    found = forecast(tmp_path, word)
    assert fates(found) == {"make": "cached", "use": "cached"}
    assert found.taken["make"].regular_outputs["first"].load().corpus == word
    assert {step.stage for step in found.steps.values()} == {"make", "use"}
    assert Forecast.model_validate_json(found.model_dump_json()).steps == found.steps


@pytest.mark.usefixtures("zenml_stack")
def test_a_cache_that_is_switched_off_holds_nothing(tmp_path: Path) -> None:
    word = uuid4().hex
    run(word)
    assert fates(forecast(tmp_path, word, enable_cache=False)) == {"make": "runs", "use": "runs"}
    off = {"use": {"enable_cache": False}}
    assert fates(forecast(tmp_path, word, steps=off)) == {"make": "cached", "use": "runs"}


@pytest.mark.usefixtures("zenml_stack")
@pytest.mark.parametrize("harm", [delete_file, flip_bit, delete_all])
def test_a_damaged_artifact_is_not_there_and_is_not_expired_by_looking(harm, tmp_path: Path) -> None:
    word = uuid4().hex
    run(word)
    harm(artifact("use"))
    before = Client().list_run_steps(cache_expired=True, size=1).total
    assert fates(forecast(tmp_path, word)) == {"make": "cached", "use": "runs"}
    assert Client().list_run_steps(cache_expired=True, size=1).total == before
    harm(artifact("make"))
    assert fates(forecast(tmp_path, word)) == {"make": "runs", "use": "follows"}


@pytest.mark.usefixtures("zenml_stack")
def test_the_stack_is_that_of_the_next_run_and_is_not_activated(tmp_path: Path) -> None:
    word, before = uuid4().hex, Client().active_stack_model.id
    run(word)
    Client().activate_stack("default")
    try:
        assert fates(forecast(tmp_path, word)) == {"make": "cached", "use": "cached"}
        assert Client().active_stack_model.name == "default"
        Client().create_stack("elsewhere", {COMPONENTS[0].type: "default", COMPONENTS[1].type: "default"})
        Client().activate_stack("elsewhere")
        assert fates(forecast(tmp_path, word)) == {"make": "runs", "use": "follows"}
    finally:
        Client().activate_stack(before)


def test_where_there_is_no_store_none_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZENML_CONFIG_PATH", str(tmp_path / "zenml"))
    assert forecast(tmp_path, "never").reason == "there is no ZenML store yet, so nothing is cached"
    assert not (tmp_path / "zenml").exists()


@pytest.mark.usefixtures("zenml_stack")
@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("sqlite:////nowhere/zenml.db", "there is no ZenML store yet"),
        ("https://me:secret@zenml.example.org", "https://zenml.example.org is not on this machine"),
    ],
)
def test_a_store_elsewhere_is_not_asked(address: str, reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    own = GlobalConfiguration().store_configuration
    told = own.model_copy(update={"url": address})
    monkeypatch.setattr(GlobalConfiguration, "store_configuration", property(lambda self: told))
    found = why_no_local_store()
    assert found is not None
    assert reason in found
    assert "secret" not in found
