from __future__ import annotations

from pathlib import Path

import pytest

from tests.pipelines.workplace import Workplace, make_workplace


@pytest.fixture(scope="session")
def workplace(tmp_path_factory: pytest.TempPathFactory, zenml_template: Path) -> Workplace:
    """One copy of the repository and one store for all tests of the literal command that can share them."""
    return make_workplace(tmp_path_factory.mktemp("workplace"), zenml_template)
