"""Writes that collide with another process's are done again; all other failures are told at once."""

from __future__ import annotations

import pytest
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import BAD_REQUEST, RESOURCE_DOES_NOT_EXIST, TEMPORARILY_UNAVAILABLE

from infra import registry_place
from infra.registry_place import ATTEMPTS, insist

LOCKED = MlflowException("(sqlite3.OperationalError) database is locked", TEMPORARILY_UNAVAILABLE)
DUPLICATE = MlflowException("(sqlite3.IntegrityError) UNIQUE constraint failed", BAD_REQUEST)


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry_place, "LONGEST_PAUSE", 0.001)


class Failing:
    """Fails with these errors, one after the other, then succeeds."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.calls = 0

    def __call__(self, name: str, *, value: str) -> str:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return f"{name}={value}"


def test_a_collision_is_tried_again() -> None:
    write = Failing(DUPLICATE, LOCKED)
    assert insist(write, "state", value="champion") == "state=champion"
    assert write.calls == 3


def test_a_database_that_stays_locked_is_told_in_the_end() -> None:
    write = Failing(*[LOCKED] * 100)
    with pytest.raises(MlflowException, match="database is locked"):
        insist(write, "state", value="champion")
    assert write.calls == ATTEMPTS


@pytest.mark.parametrize("error", [MlflowException("no such version", RESOURCE_DOES_NOT_EXIST), ValueError("other")])
def test_other_failures_are_not_tried_again(error: Exception) -> None:
    write = Failing(error)
    with pytest.raises(type(error)):
        insist(write, "state", value="champion")
    assert write.calls == 1
