from __future__ import annotations

import pytest
from zenml.client import Client
from zenml.enums import StackComponentType

from infra.stack import COMPONENTS, STACK_NAME, ensure_stack, names_a_stack, stack_of_next_run

pytestmark = pytest.mark.usefixtures("zenml_stack")


@pytest.fixture
def restored_stack():
    before = Client().active_stack_model.id
    yield
    Client().activate_stack(before)


def test_the_stack_has_its_parts_and_mlflow_keeps_its_data_in_the_artifact_store() -> None:
    stack = Client().active_stack_model
    assert stack.name == STACK_NAME
    for component in COMPONENTS:
        (part,) = stack.components[component.type]
        assert (part.name, part.flavor_name) == (component.name, component.flavor)
    (tracker,) = stack.components[StackComponentType.EXPERIMENT_TRACKER]
    assert "tracking_uri" not in Client().get_stack_component(tracker.type, tracker.id).configuration


def test_doing_it_again_changes_nothing() -> None:
    before = [stack.id for stack in Client().list_stacks().items]
    assert ensure_stack() == STACK_NAME
    assert [stack.id for stack in Client().list_stacks().items] == before


@pytest.mark.usefixtures("restored_stack")
def test_a_stack_that_the_user_chose_stays_active() -> None:
    components = {c.type: c.name for c in COMPONENTS[:2]}
    Client().create_stack("chosen", components)
    Client().activate_stack("chosen")
    assert ensure_stack() == "chosen"


@pytest.mark.usefixtures("restored_stack")
@pytest.mark.parametrize("arguments", [["-s", "other"], ["--stack", "other"], ["--stack=other"], ["-sother"]])
def test_a_stack_on_the_command_line_is_left_to_zenml(arguments: list[str]) -> None:
    Client().activate_stack("default")
    assert ensure_stack(["pipeline", "run", "align_and_eval", *arguments]) == "default"


@pytest.mark.usefixtures("restored_stack")
def test_the_stack_of_the_next_run_is_found_and_not_activated() -> None:
    assert getattr(stack_of_next_run(), "name", None) == STACK_NAME
    Client().activate_stack("default")
    assert getattr(stack_of_next_run(), "name", None) == STACK_NAME
    assert Client().active_stack_model.name == "default"


def test_where_the_stack_is_missing_none_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("infra.stack.STACK_NAME", "not-made-yet")
    monkeypatch.setattr("infra.stack.UNCHOSEN_STACK", Client().active_stack_model.name)
    assert stack_of_next_run() is None
    assert not Client().list_stacks(name="not-made-yet").items


def test_other_arguments_name_no_stack() -> None:
    assert not names_a_stack(["pipeline", "run", "align_and_eval", "-c", "configs/smoke.yaml", "--prevent-build-reuse"])
