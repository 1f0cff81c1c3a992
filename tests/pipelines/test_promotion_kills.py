"""The scheduled run, killed around any write of its gate and registry and scheduled again, promotes once and wholly."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from crossprompt.storage.faults import FAULT, WRITE_LOG
from tests.conftest import ROOT, UNSYNCED
from tests.kills.schedule_worker import DATABASES, copy
from tests.pipelines.workplace import Workplace, make_workplace

FIRST, MORE = "configs/languages_smoke.yaml", "configs/languages_more.yaml"
"""The first champion's languages, and one more: the second candidate is compared with a champion."""
LITERAL = 3
"""Kills of the commands as a user starts them, which import everything anew."""

Outcome = dict[str, Any]


@pytest.fixture
def place(tmp_path: Path, zenml_template: Path) -> Workplace:
    made = make_workplace(tmp_path, zenml_template)
    made.environment["PYTHONPATH"] = os.pathsep.join((made.environment["PYTHONPATH"], str(ROOT)))
    values = yaml.safe_load((made.root / FIRST).read_text(encoding="utf-8"))
    values["parameters"]["factory"]["locales"].append("th-TH")
    (made.root / MORE).write_text(yaml.safe_dump(values), encoding="utf-8")
    return made


def kill(place: Workplace, extent: str, *configurations: str) -> Outcome:
    folder = place.root.parent
    ended = place.call(
        sys.executable, "-m", "tests.kills.schedule_worker", str(folder), extent, *configurations,
        PYTHONPATH=os.pathsep.join((str(place.root), str(UNSYNCED), str(ROOT))),
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr[-3000:]
    outcome: Outcome = json.loads((folder / "outcome.json").read_text(encoding="utf-8"))
    return outcome


def assert_one_promotion(outcome: Outcome, over: str | None) -> None:
    """Wherever the run was killed, the schedule brought about what an undisturbed run does, and left nothing else."""
    undisturbed = outcome["undisturbed"]
    assert undisturbed["ends"] == [[0, 0], [0, None]]
    expected = undisturbed["facts"]
    assert (expected["doctor"], expected["left"]) == (["well"], [])
    assert expected["unfinished"] == {"runs": 0, "steps": 0, "mlflow": 0}
    *_, (kind, version, former, fingerprint) = expected["journal"]
    assert (kind, former) == ("promoted", over)
    assert expected["registered"]["aliases"] == {"champion": version, **({"former": over} if over else {})}
    assert [own for own in expected["bundles"] if own == fingerprint] == [fingerprint]
    assert [name for name, stage, _ in expected["zenml"] if stage == "production"] == [f"v{version}"]
    for point, found in outcome["kills"].items():
        assert found["ends"][0][1] == -signal.SIGKILL, point
        assert found["ends"][-1][0] == 0, point
        assert found["facts"] == expected, point


@pytest.mark.timeout(1800)
def test_five_kills_of_the_scheduled_run_make_one_promotion(place: Workplace) -> None:
    outcome = kill(place, "some", FIRST)
    assert {"bundle.json", "decision.json", "report.json", *DATABASES} <= set(outcome["writes"])
    assert len(outcome["kills"]) == 5
    assert_one_promotion(outcome, over=None)


@pytest.mark.soak
@pytest.mark.timeout(24 * 3600)
@pytest.mark.parametrize(("before", "over"), [([], None), ([FIRST], "1")], ids=["first", "next"])
def test_a_kill_around_any_write_of_the_scheduled_run_makes_one_promotion(
    place: Workplace, before: list[str], over: str | None
) -> None:
    outcome = kill(place, "all", *before, MORE)
    assert len(outcome["kills"]) == 2 * len(outcome["writes"])
    assert_one_promotion(outcome, over)


@pytest.mark.soak
@pytest.mark.timeout(7200)
def test_kills_of_the_commands_as_they_are_started(place: Workplace) -> None:
    """The same with interpreters of their own, and the doctor's word in place of its findings."""
    expected = kill(place, "1", FIRST)["undisturbed"]["facts"]
    folder, log = place.root.parent, place.root.parent / "literal.txt"
    for number in range(LITERAL + 1):
        copy(folder / "ready", folder)
        if number == 0:
            assert schedule(place, {WRITE_LOG: str(log)}) == 0
            numbers = literal_points(log)
        else:
            schedule(place, {FAULT: f"{numbers[number - 1]}:{('before', 'after')[number % 2]}"})
            assert "status -9" in (place.home / "logs" / "schedule.log").read_text(encoding="utf-8").splitlines()[-1]
            assert schedule(place, {}) == 0
        assert facts(place) == expected
        assert place.call(sys.executable, "-m", "console.main", "doctor", "--only", "registry").returncode == 0


def schedule(place: Workplace, variables: dict[str, str]) -> int:
    """``crossprompt schedule --once`` as cron starts it."""
    own = {**variables, "CROSSPROMPT_NUMBERED": " ".join(DATABASES)}
    return place.call(sys.executable, "-m", "console.main", "schedule", "--once", "-c", FIRST, **own).returncode


def literal_points(log: Path) -> list[int]:
    """The writes of the candidate's version, of the journal and of the report."""
    writes = log.read_text(encoding="utf-8").splitlines()
    decision = writes.index("decision.json") + 1
    return [decision, decision + 6, writes.index("report.json") + 1]


def facts(place: Workplace) -> Any:
    file = place.root.parent / "facts.json"
    ended = place.call(sys.executable, "-m", "tests.kills.registry_facts", str(file))
    assert ended.returncode == 0, ended.stderr[-3000:]
    return json.loads(file.read_text(encoding="utf-8"))
