"""Gate and promotion as a run calls them, with the registry of the active stack, ZenML's model versions included."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from mlflow.exceptions import MlflowException
from typer.testing import CliRunner
from zenml.client import Client

from console.main import commands
from crossprompt.backbones.settings import BackboneSettings
from crossprompt.bundles.bundle import Bundle
from crossprompt.comparison.settings import MeasuringSettings
from crossprompt.promotion.records import Decision, Outcome, Proposal
from crossprompt.promotion.settings import GateSettings
from infra.registry import ChampionFinder, mend
from infra.registry_place import REGISTERED_MODEL, connect
from steps.gate_candidate import gate_candidate
from steps.promote_candidate import promote_candidate
from tests.infra.registry_cases import GATE, candidate


@pytest.fixture
def _new_registry(zenml_stack: str) -> Iterator[None]:
    """The session's stack is everybody's: what this file registers there is removed again."""
    _forget_champions()
    yield
    _forget_champions()


def _forget_champions() -> None:
    with suppress(MlflowException):
        connect().client.delete_registered_model(REGISTERED_MODEL)
    with suppress(KeyError):
        Client().delete_model(REGISTERED_MODEL)


def decided(bundle: Bundle, settings: GateSettings = GATE) -> Decision:
    """By the gate; the champion was tested on the same utterances, so that nothing else is needed."""
    unused = {"utterances": None, "backbone": BackboneSettings(), "backbone_fingerprint": ""}
    decision: Any = gate_candidate.entrypoint(
        candidate=bundle, settings=settings, tasks=[], measuring=MeasuringSettings(), **unused
    )
    assert isinstance(decision, Decision)
    return decision


def proposed(bundle: Bundle) -> Proposal:
    proposal: Any = promote_candidate.entrypoint(candidate=bundle, decision=decided(bundle))
    assert isinstance(proposal, Proposal)
    return proposal


def stages() -> list[tuple[str, str | None]]:
    versions = Client().list_model_versions(model_name_or_id=REGISTERED_MODEL, sort_by="asc:name").items
    return [(version.name, version.stage) for version in versions]


def says(*arguments: str) -> str:
    """What the command prints; its code is 0."""
    ended = CliRunner().invoke(commands, list(arguments))
    assert ended.exit_code == 0, ended.output
    return ended.output


@pytest.mark.usefixtures("_new_registry")
def test_a_champion_is_made_defended_replaced_and_put_back(tmp_path: Path) -> None:
    assert "There is no champion yet" in says("champion")
    assert proposed(candidate(tmp_path, 1)).outcome is Outcome.PROMOTED
    worse, better = candidate(tmp_path, 2, german=0.1), candidate(tmp_path, 3, german=0.8)
    refused = proposed(worse)
    assert (refused.outcome, refused.champion) == (Outcome.REFUSED, "1")
    assert any("de-DE falls from 70.0 % to 10.0 %" in sentence for sentence in refused.sentences)
    assert proposed(better).outcome is Outcome.PROMOTED
    assert stages() == [("v1", "archived"), ("v2", None), ("v3", "production")]
    find = ChampionFinder()
    folder, version = find()
    assert (folder.name, version) == ("bundle", "3")
    check_commands()
    assert find()[1] == "1"
    assert stages() == [("v1", "production"), ("v2", None), ("v3", "archived")]
    assert mend() == []
    assert proposed(better).outcome is Outcome.TAKEN_BACK


def check_commands() -> None:
    assert "version 3" in says("champion").splitlines()[0]
    assert says("rollback", "--dry-run").startswith("Version 1 would be champion in place of version 3.")
    assert says("rollback").startswith("Version 1 is champion in place of version 3.")
    shown = says("champion")
    assert "version 3 promoted over version 1  (taken back)" in shown
    assert '"version": "1"' in says("champion", "--json")
