"""The literal command, killed inside the alignment and the study and given again, ends with the same numbers."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import pytest

from crossprompt.storage.faults import FAULT, WRITE_LOG
from tests.kills.hook.study_commits import DATABASE
from tests.kills.worker import all_points, some_points
from tests.pipelines.workplace import Workplace, make_workplace

pytestmark = [pytest.mark.soak, pytest.mark.timeout(7200)]

ALIGNMENT = ("step-", "checkpoint.json", "prompt.safetensors")
STUDY = (DATABASE,)


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    return make_workplace(tmp_path_factory.mktemp("workplace"))


@pytest.fixture(scope="module")
def first_writes(workplace: Workplace) -> list[str]:
    """What the first run in the workplace writes, in order."""
    return logged_writes(workplace)


@pytest.fixture(scope="module")
def undisturbed(workplace: Workplace, first_writes: list[str]) -> dict[str, Any]:
    assert first_writes
    return workplace.numbers()


def logged_writes(workplace: Workplace) -> list[str]:
    log = workplace.root / "writes.txt"
    log.unlink(missing_ok=True)
    workplace.executed(**{WRITE_LOG: str(log)})
    return log.read_text(encoding="utf-8").splitlines()


def numbers_of(writes: list[str], names: tuple[str, ...]) -> list[int]:
    """The writes, counted from 1, whose files have these names or begin like that."""
    return [number for number, name in enumerate(writes, start=1) if name.startswith(names)]


def renumbered(points: list[str], numbers: list[int]) -> list[str]:
    """Points among the chosen writes as points among all writes."""
    split = [point.split(":") for point in points]
    return [f"{numbers[int(number) - 1]}:{moment}" for number, moment in split]


def kill_and_repeat(workplace: Workplace, point: str, step: str) -> dict[str, Any]:
    assert workplace.run(**{FAULT: point}).returncode == -signal.SIGKILL, point
    assert step in workplace.executed(), point
    return workplace.numbers()


def test_a_kill_at_every_write_of_the_alignment(workplace: Workplace, undisturbed: dict[str, Any]) -> None:
    module = "crossprompt.alignment.objective"
    workplace.edit(module)
    numbers = numbers_of(logged_writes(workplace), ALIGNMENT)
    assert len(numbers) == 7
    for point in renumbered(all_points(len(numbers)), numbers):
        workplace.edit(module)
        assert kill_and_repeat(workplace, point, "align_prompts") == undisturbed, point


def test_kills_at_five_writes_of_the_study(workplace: Workplace, undisturbed: dict[str, Any]) -> None:
    module = "crossprompt.tuning.grid"
    workplace.edit(module)
    numbers = numbers_of(logged_writes(workplace), STUDY)
    assert len(numbers) > 40
    for point in renumbered(some_points(len(numbers)), numbers):
        workplace.edit(module)
        assert kill_and_repeat(workplace, point, "tune_learning_rate") == undisturbed, point


@pytest.mark.parametrize(("names", "step"), [(ALIGNMENT, "align_prompts"), (STUDY, "tune_learning_rate")])
def test_a_kill_in_the_very_first_run(
    tmp_path: Path, first_writes: list[str], undisturbed: dict[str, Any], names: tuple[str, ...], step: str
) -> None:
    numbers = numbers_of(first_writes, names)
    point = f"{numbers[len(numbers) // 2]}:after"
    assert kill_and_repeat(make_workplace(tmp_path), point, step) == undisturbed
