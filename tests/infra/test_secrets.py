from __future__ import annotations

from collections.abc import Iterator

import pytest
from zenml.client import Client

from infra.secrets import SecretError, fill_in

pytestmark = pytest.mark.usefixtures("zenml_stack")


@pytest.fixture
def secret() -> Iterator[str]:
    made = Client().create_secret("of_tests", {"PASSWORD": "p@ss/word"})
    yield made.name
    Client().delete_secret(made.id)


def test_values_are_filled_in_as_addresses_need_them(secret: str) -> None:
    filled = "postgresql+pg8000://me:p%40ss%2Fword@db.example.org/optuna"
    assert fill_in("postgresql+pg8000://me:{{of_tests.PASSWORD}}@db.example.org/optuna") == filled
    assert fill_in(filled) == filled


def test_a_secret_that_is_not_there_is_refused_with_the_names_of_those_that_are(secret: str) -> None:
    with pytest.raises(SecretError, match=r"no secret of_test; there are: .*of_tests"):
        fill_in("{{of_test.PASSWORD}}")
    with pytest.raises(SecretError, match=r"the secret of_tests has no PASS: "):
        fill_in("{{of_tests.PASS}}")
