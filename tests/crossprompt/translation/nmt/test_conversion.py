"""A conversion gives a whole folder or none, and never takes a good one away."""

from __future__ import annotations

from pathlib import Path

import pytest

from crossprompt.storage.fingerprint import fingerprint_path
from crossprompt.translation.engine import EngineError
from crossprompt.translation.nmt import conversion
from crossprompt.translation.nmt.conversion import convert_model
from crossprompt.translation.nmt.files import NmtFiles


@pytest.fixture
def files(tiny_models: dict[str, Path]) -> NmtFiles:
    return NmtFiles(str(tiny_models["nllb"]), None)


def break_in_the_middle(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """The weights are written, the rest is not."""

    def fail(file: Path, positions: int | None) -> None:
        assert (file.parent / "model.bin").is_file()
        raise error

    monkeypatch.setattr(conversion, "_tell_positions", fail)


@pytest.mark.parametrize(
    ("error", "raised"), [(OSError("disk full"), EngineError), (KeyboardInterrupt(), KeyboardInterrupt)]
)
def test_a_conversion_that_breaks_off_leaves_nothing(
    files: NmtFiles,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    error: BaseException,
    raised: type[BaseException],
) -> None:
    break_in_the_middle(monkeypatch, error)
    with pytest.raises(raised):
        convert_model(files, tmp_path / "models" / "small")
    assert list((tmp_path / "models").iterdir()) == []


def test_a_folder_has_its_name_only_when_it_is_whole(
    files: NmtFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, tell = tmp_path / "small", conversion._tell_positions

    def look(file: Path, positions: int | None) -> None:
        assert not target.exists()
        tell(file, positions)
        assert not target.exists()

    monkeypatch.setattr(conversion, "_tell_positions", look)
    convert_model(files, target)
    assert [path.name for path in tmp_path.iterdir()] == ["small"]


def test_a_model_is_replaced_by_a_whole_one_alone(
    files: NmtFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = convert_model(files, tmp_path / "small", "float32")
    before = fingerprint_path(target)
    with monkeypatch.context() as broken:
        break_in_the_middle(broken, OSError("disk full"))
        with pytest.raises(EngineError, match="can't be converted: disk full"):
            convert_model(files, target)
    assert fingerprint_path(target) == before
    convert_model(files, target)
    assert fingerprint_path(target) != before
    assert [path.name for path in tmp_path.iterdir()] == ["small"]
