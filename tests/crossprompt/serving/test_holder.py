"""The champion in service: changed when another one is found, kept when that one is broken."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from crossprompt.bundles.bundle import PROMPT, BundleError
from crossprompt.serving import holder as module
from crossprompt.serving.errors import NotServingError
from crossprompt.serving.holder import ChampionHolder, FoundChampion
from crossprompt.serving.query import Query
from crossprompt.serving.settings import EngineSettings
from tests.crossprompt.serving.conftest import wait_until


class Registry:
    """Says which champion is to serve, as a test wants it."""

    def __init__(self, folder: Path, version: str | None = None) -> None:
        self.found: FoundChampion | Exception = FoundChampion(folder, version)
        self.changes: list[str | None] = []

    def find(self) -> FoundChampion:
        if isinstance(self.found, Exception):
            raise self.found
        return self.found

    def note(self, facts) -> None:
        self.changes.append(facts and facts.version)


@contextmanager
def watching(registry: Registry) -> Iterator[ChampionHolder]:
    holder = ChampionHolder(registry.find, EngineSettings(), 0.01, registry.note)
    with pytest.raises(NotServingError):
        holder.current()
    holder.start()
    wait_until(lambda: holder.facts is not None or holder.failure is not None)
    try:
        yield holder
    finally:
        holder.stop()


def test_another_champion_takes_over_with_the_same_backbone(bundle_folder, other_folder):
    registry = Registry(bundle_folder, "1")
    with watching(registry) as holder:
        first = holder.current()
        assert (first.facts.version, first.facts.compares, first.facts.tasks) == ("1", True, ("intent", "slots"))
        registry.found = FoundChampion(other_folder, "2")
        wait_until(lambda: holder.facts.version == "2")
        second = holder.current()
        assert (second.facts.compares, second.facts.tasks) == (False, ("intent",))
        assert second.engine.backbone is first.engine.backbone
        label, (answer,) = second.answer([Query("wake me", compare=True)])
        assert (label.fingerprint, answer.slots, answer.fresh) == (second.facts.fingerprint, None, None)
    assert registry.changes == ["1", "2"]


def test_the_same_model_under_another_version_is_only_renamed(bundle_folder):
    registry = Registry(bundle_folder, "1")
    with watching(registry) as holder:
        engine = holder.current().engine
        registry.found = FoundChampion(bundle_folder, "4")
        wait_until(lambda: holder.facts.version == "4")
        assert holder.current().engine is engine


def test_a_broken_champion_does_not_take_over_and_one_that_is_mended_does(
    bundle_folder, other_folder, tmp_path, monkeypatch
):
    monkeypatch.setattr(module, "RETRY_SECONDS", 0.0)
    broken = tmp_path / "broken"
    shutil.copytree(other_folder, broken)
    (broken / PROMPT).write_bytes(b"damaged")
    registry = Registry(bundle_folder, "1")
    with watching(registry) as holder:
        registry.found = FoundChampion(broken, "2")
        wait_until(lambda: holder.problem is not None)
        assert "was altered" in holder.problem
        assert holder.facts.version == "1"
        shutil.copy(other_folder / PROMPT, broken / PROMPT)
        wait_until(lambda: holder.facts.version == "2")
        wait_until(lambda: holder.problem is None)
    assert registry.changes == ["1", None, "2"]


def test_a_refused_champion_is_not_tried_at_every_look(bundle_folder, other_folder, tmp_path, monkeypatch):
    tried = []
    registry = Registry(bundle_folder)
    with watching(registry) as holder:
        monkeypatch.setattr(holder, "_take_over", lambda found: tried.append(found) or 1 / 0)
        registry.found = FoundChampion(other_folder)
        wait_until(lambda: holder.problem is not None)
        registry.found = FoundChampion(bundle_folder, "back")
        wait_until(lambda: holder.facts.version == "back")
    assert len(tried) == 1
    assert holder.problem is None


def test_a_registry_that_does_not_answer_changes_nothing(bundle_folder):
    registry = Registry(bundle_folder, "1")
    with watching(registry) as holder:
        registry.found = ConnectionError("the registry is away")
        wait_until(lambda: holder.problem == "the registry is away")
        assert holder.current().facts.version == "1"
        registry.found = FoundChampion(bundle_folder, "1")
        wait_until(lambda: holder.problem is None)
    assert registry.changes == ["1", None]


def test_without_a_first_champion_the_service_can_not_start(tmp_path):
    with watching(Registry(tmp_path)) as holder:
        assert isinstance(holder.failure, BundleError)
        with pytest.raises(NotServingError):
            holder.current()
