from __future__ import annotations

import pytest

from infra.addresses import shown_address


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("sqlite:////home/me@work/studies.db", "sqlite:////home/me@work/studies.db"),
        ("postgresql://me:secret@host/studies", "postgresql://host/studies"),
        ("https://me:se@cret@host:5000/mlflow", "https://host:5000/mlflow"),
        ("https://host/a@b", "https://host/a@b"),
        ("databricks", "databricks"),
    ],
)
def test_an_address_is_shown_without_its_secrets(address: str, shown: str) -> None:
    assert shown_address(address) == shown
