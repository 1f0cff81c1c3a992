"""Killed at any write to the registry and started again: one promotion each, no second version, nothing half."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from tests.kills.test_kills import assert_same_results, kill

REGISTRY = "tests.kills.registry_job"


def test_five_kills_change_no_registry(tmp_path: Path) -> None:
    outcome = kill(tmp_path, "some", REGISTRY)[REGISTRY]
    writes = Counter(outcome["writes"])
    assert {"mlflow.db", "zenml.db", "bundle.json", "decision.json"} <= set(writes)
    assert len(outcome["exits"]) == 1 + 5
    assert_same_results(tmp_path / REGISTRY, outcome)
    state = json.loads((tmp_path / REGISTRY / "undisturbed" / "state.json").read_text(encoding="utf-8"))
    assert state["aliases"] == {"champion": "1"}
    assert [[kind, version, over] for _, kind, version, over, _ in state["journal"]] == [
        ["promoted", "1", None],
        ["promoted", "2", "1"],
        ["put back", "1", "2"],
    ]
    assert [[name, stage] for name, stage, _ in state["zenml"]] == [
        ["v1", "production"],
        ["v2", "archived"],
        ["v3", None],
    ]


@pytest.mark.soak
@pytest.mark.timeout(7200)
def test_a_kill_before_or_after_any_write_changes_no_registry(tmp_path: Path) -> None:
    outcome = kill(tmp_path, "all", REGISTRY)[REGISTRY]
    assert len(outcome["exits"]) == 1 + 2 * len(outcome["writes"])
    assert_same_results(tmp_path / REGISTRY, outcome)
