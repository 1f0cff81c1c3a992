from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from zenml.client import Client

from infra.secrets import SecretError, fill_environment

pytestmark = pytest.mark.usefixtures("zenml_stack")


@pytest.fixture
def secret(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.delenv("FIRST_OF_TESTS", raising=False)
    monkeypatch.setenv("SECOND_OF_TESTS", "set before")
    made = Client().create_secret("of_tests", {"FIRST_OF_TESTS": "hidden", "SECOND_OF_TESTS": "hidden"})
    yield made.name
    Client().delete_secret(made.id)
    os.environ.pop("FIRST_OF_TESTS", None)


def test_values_become_variables_and_what_is_set_stays(secret: str) -> None:
    assert fill_environment(secret) == ("FIRST_OF_TESTS", "SECOND_OF_TESTS")
    assert os.environ["FIRST_OF_TESTS"] == "hidden"
    assert os.environ["SECOND_OF_TESTS"] == "set before"


def test_a_secret_that_is_not_there_is_refused_with_the_names_of_those_that_are(secret: str) -> None:
    with pytest.raises(SecretError, match=r"no secret of_test; there are: .*of_tests"):
        fill_environment("of_test")
