"""The tiny models, saved once for all tests of the room."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.crossprompt.translation.nmt.tiny_models import SAVERS


@pytest.fixture(scope="session")
def tiny_models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A folder for each family."""
    folder = tmp_path_factory.mktemp("tiny-models")
    return {family: save(folder / family) for family, save in SAVERS.items()}
