"""Every step that keeps a study connects to the address with the secrets in it, and none is kept in a configuration."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest
from zenml.client import Client

from infra.secrets import SecretError
from pipelines.languages_plan import LanguagesJob
from pipelines.plan import Stage, tuning_stage
from steps import study_storage
from tests.conftest import ROOT

ADDRESS = "postgresql+pg8000://me:{{studies_of_tests.PASSWORD}}@db.example.org/optuna"
NO_BACKBONE = Stage(parameters={}, places={})


@pytest.fixture
def secret(zenml_stack: str) -> Iterator[None]:
    made = Client().create_secret("studies_of_tests", {"PASSWORD": "p@ss"})
    yield
    Client().delete_secret(made.id)


@pytest.mark.usefixtures("secret")
def test_the_secret_is_filled_in_where_the_step_connects(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(study_storage, "given_place", {"storage": ADDRESS}.__getitem__)
    assert study_storage.given_storage() == "postgresql+pg8000://me:p%40ss@db.example.org/optuna"


def test_without_an_address_there_is_nothing_to_fill_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(study_storage, "given_place", {"storage": None}.__getitem__)
    assert study_storage.given_storage() is None


def test_no_step_that_keeps_a_study_takes_the_bare_address() -> None:
    bare, filled = set(), set()
    for file in (ROOT / "steps").glob("*.py"):
        calls = [node for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
        names = {ast.unparse(call) for call in calls}
        bare |= {file.stem} if "given_place('storage')" in names else set()
        filled |= {file.stem} if "given_storage()" in names else set()
    assert bare == {"study_storage", "publish_report"}  # the latter fills it in itself, and goes on where it can't
    assert filled == {"measure_cell", "tune_learning_rate", "tune_served_task"}


@pytest.mark.parametrize(
    "address", [None, "sqlite:////a/b.db", ADDRESS, "postgresql://me@db/optuna", "x://me:${A}@b/c"]
)
def test_an_address_without_a_written_password_is_taken(address: str | None) -> None:
    job = LanguagesJob.from_sections(tuning={"storage": address})
    assert tuning_stage(job.tuning, NO_BACKBONE).places["storage"] == address


@pytest.mark.parametrize("password", ["hidden", "hidden{{a.b}}", "${A}hidden"])
def test_a_password_that_is_written_out_is_refused_and_not_repeated(password: str) -> None:
    job = LanguagesJob.from_sections(tuning={"storage": f"postgresql://me:{password}@db.example.org/optuna"})
    with pytest.raises(SecretError, match=r"tuning\.storage holds a password.*zenml secret create") as caught:
        tuning_stage(job.tuning, NO_BACKBONE)
    assert "hidden" not in str(caught.value)
