"""The registered form of a champion: what MLflow loads and serves answers as the service does."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path

import mlflow
import pytest

from crossprompt.serving.loading import load_champion
from crossprompt.serving.query import Query
from crossprompt.serving.settings import EngineSettings
from infra.registry_model import save_model
from infra.servers import ServerCommand, free_port, started
from tests.crossprompt.serving.small_bundle import make_bundle
from tests.crossprompt.serving.texts import ODD

START_SECONDS = 120


@pytest.fixture(scope="module")
def bundle(tmp_path_factory) -> Path:
    return make_bundle(tmp_path_factory.mktemp("own") / "bundle").folder


@pytest.fixture(scope="module")
def model(bundle, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("model") / "saved"
    save_model(bundle, folder)
    return folder


def expected(bundle, texts):
    answers = load_champion(bundle, EngineSettings()).engine.answer([Query(text) for text in texts])
    return [own.model_dump(mode="json") for own in answers]


def test_the_loaded_model_answers_as_the_service(bundle, model):
    loaded = mlflow.pyfunc.load_model(str(model))
    texts = list(ODD.values())
    assert loaded.predict([{"text": text} for text in texts]) == expected(bundle, texts)
    assert loaded.predict([{"text": "wake me", "locale": "sw_ke"}])[0]["locale"] == "sw-KE"


@pytest.mark.parametrize(
    "wrong", [[{"text": ""}], [{"text": 7}], [{}], [{"text": "a", "locale": "xx-XX"}], ["wake me"]]
)
def test_wrong_input_is_refused(model, wrong):
    loaded = mlflow.pyfunc.load_model(str(model))
    with pytest.raises(mlflow.MlflowException):
        loaded.predict(wrong)


@pytest.mark.soak
def test_mlflow_serves_it(bundle, model, tmp_path):
    port = free_port("127.0.0.1", 0)
    command = ServerCommand(
        name="MLflow model",
        arguments=("mlflow", "models", "serve", "-m", str(model), "-p", str(port), "--env-manager", "local"),
        url=f"http://127.0.0.1:{port}",
        ready_path="/ping",
    )
    with started(command, tmp_path) as server:
        server.wait_until_ready(START_SECONDS)
        body = json.dumps({"inputs": [{"text": ODD["right to left"]}]}).encode()
        request = urllib.request.Request(f"{command.url}/invocations", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as response:
            answer = json.load(response)
    assert answer["predictions"] == expected(bundle, [ODD["right to left"]])
