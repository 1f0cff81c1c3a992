"""``crossprompt convert`` makes a folder that the nmt engine reads, and answers mistakes with one sentence."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import pytest

from crossprompt.translation.engine import load_engine
from crossprompt.translation.settings import EngineSettings
from tests.console.test_main import crossprompt
from tests.crossprompt.translation.nmt.tiny_models import save_nllb


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_nllb(tmp_path_factory.mktemp("model") / "nllb")


def test_a_converted_model_is_one_for_the_engine(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, said, _ = crossprompt("convert", str(model), str(tmp_path / "int8"), capsys=capsys)
    assert (status, str(said).startswith(f"Written: {tmp_path / 'int8'}")) == (0, True)
    engine = load_engine(EngineSettings(name="nmt", options={"model": str(tmp_path / "int8"), "precision": "int8"}))
    assert engine.offers("sw-KE")
    message, _, _ = crossprompt("convert", str(model), str(tmp_path / "int8"), capsys=capsys)
    assert "is there already" in str(message)
    message, _, _ = crossprompt("convert", str(tmp_path / "int8"), str(tmp_path / "again"), capsys=capsys)
    assert "converted already" in str(message)


@pytest.mark.parametrize(
    ("model_id", "said"),
    [
        ("someone/some-model", "needs its commit"),
        ("no-such-folder", "there is no folder"),
        (str(resources.files("crossprompt.assets") / "backbone" / "mini"), "has no language codes"),
    ],
)
def test_what_cannot_be_converted_is_told(
    model_id: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    message, _, _ = crossprompt("convert", model_id, str(tmp_path / "out"), capsys=capsys)
    assert str(message).startswith("Error: ")
    assert said in str(message)
    assert not (tmp_path / "out").exists()
