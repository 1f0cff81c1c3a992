"""Candidates come in, one is champion, the former one comes back; MLflow and ZenML show what the journal says."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from crossprompt.bundles.bundle import open_bundle
from crossprompt.promotion.records import Decision, Outcome
from infra import registry_mirror, registry_versions
from infra.registry import champion, champion_folder, mend, propose, roll_back
from infra.registry_journal import JOURNAL_TAG, append_event, ensure_journal, read_events
from infra.registry_mirror import CHAMPION, show_champion
from infra.registry_place import Registry, RegistryError
from infra.registry_versions import find_version, live_versions, version_folder
from tests.infra.registry_cases import candidate, judged, local_registry, seen


@pytest.fixture
def registry(empty_mlflow: Path, tmp_path: Path) -> Registry:
    shutil.copy(empty_mlflow, tmp_path)
    return local_registry(tmp_path)


@pytest.fixture
def two(registry: Registry, tmp_path: Path) -> Registry:
    """Two champions, one after the other."""
    first, second = candidate(tmp_path, 1), candidate(tmp_path, 2, german=0.8)
    propose(first, judged(first), registry)
    propose(second, judged(second, first), registry)
    return registry


def versions(registry: Registry) -> list[str]:
    return [str(own.version) for own in live_versions(registry)]


def test_the_first_candidate_that_passes_is_champion_and_its_files_are_there(registry, tmp_path):
    assert champion(registry) is None
    assert mend(registry) == []
    with pytest.raises(RegistryError, match="there is no champion yet"):
        champion_folder(registry)
    bundle = candidate(tmp_path, 1)
    proposal = propose(bundle, judged(bundle), registry)
    assert (proposal.outcome, proposal.version, proposal.champion) == (Outcome.PROMOTED, "1", "1")
    assert proposal.sentences[0] == "Version 1 is the first champion."
    opened = open_bundle(champion_folder(registry))
    assert opened.fingerprint == bundle.fingerprint
    assert Decision.model_validate_json(opened.read_decision()) == judged(bundle)
    assert bundle.read_decision() is None
    assert champion(registry).reason == judged(bundle).headline


def test_the_same_candidate_again_is_the_same_version_and_no_second_promotion(registry, tmp_path):
    bundle = candidate(tmp_path, 1)
    propose(bundle, judged(bundle), registry)
    again = propose(bundle, judged(bundle), registry)
    assert (again.outcome, again.version) == (Outcome.ALREADY, "1")
    assert versions(registry) == ["1"]
    assert len(read_events(registry)) == 1


def test_a_refused_candidate_is_kept_with_its_reason_and_the_champion_stays(registry, tmp_path):
    good, bad = candidate(tmp_path, 1), candidate(tmp_path, 2, german=0.1)
    propose(good, judged(good), registry)
    refused = propose(bad, judged(bad, good), registry)
    assert (refused.outcome, refused.version, refused.champion) == (Outcome.REFUSED, "2", "1")
    kept = find_version(registry, bad.fingerprint)
    assert kept.tags["gate"] == "refused"
    assert "de-DE falls from 70.0 % to 10.0 %" in kept.description
    assert Decision.model_validate_json(kept.tags["decision"]) == judged(bad, good)
    assert seen(registry)["aliases"] == {CHAMPION: "1"}


def test_who_was_compared_with_a_former_champion_is_overtaken(two, tmp_path):
    late = candidate(tmp_path, 3)
    proposal = propose(late, judged(late, candidate(tmp_path, 1)), two)
    assert (proposal.outcome, proposal.champion) == (Outcome.OVERTAKEN, "2")
    anew = propose(late, judged(late, candidate(tmp_path, 2, german=0.8)).model_copy(update={"promote": True}), two)
    assert (anew.outcome, anew.version) == (Outcome.PROMOTED, "3")


def test_rollback_and_forth_and_what_was_taken_back_stays_so(two, tmp_path):
    planned = roll_back(dry_run=True, registry=two)
    assert (planned.version, planned.over) == ("1", "2")
    assert "would be champion" in planned.sentence
    assert champion(two).version == "2"
    assert roll_back(registry=two).sentence.startswith("Version 1 is champion in place of version 2.")
    assert seen(two)["aliases"] == {CHAMPION: "1"}
    assert [state for *_, state in seen(two)["versions"]] == ["champion", "taken"]
    second = candidate(tmp_path, 2, german=0.8)
    again = propose(second, judged(second, candidate(tmp_path, 1)), two)
    assert (again.outcome, again.champion) == (Outcome.TAKEN_BACK, "1")
    assert "crossprompt rollback --to 2" in again.sentences[0]
    with pytest.raises(RegistryError, match="was promoted over no other"):
        roll_back(registry=two)
    roll_back("2", registry=two)
    assert seen(two)["aliases"] == {CHAMPION: "2", "former": "1"}


def test_rollback_goes_only_where_a_champion_was_and_its_files_are(two):
    with pytest.raises(RegistryError, match="version 7 was never champion"):
        roll_back("7", registry=two)
    with pytest.raises(RegistryError, match="is the champion already"):
        roll_back("2", registry=two)
    folder = Path(live_versions(two)[0].source.removeprefix("file://")) / "artifacts" / "bundle"
    (folder / "prompt.safetensors").write_bytes(b"lost")
    with pytest.raises(RegistryError, match=r"files of version 1 are not what was registered.*prompt\.safetensors"):
        roll_back(registry=two)
    assert champion(two).version == "2"


def test_an_alias_set_by_hand_is_taken_over(two):
    two.client.set_registered_model_alias(two.name, CHAMPION, "1")
    assert mend(two) == ["Version 1 was made champion in MLflow: taken over into the journal."]
    assert champion(two).version == "1"
    assert mend(two) == []
    two.client.delete_registered_model_alias(two.name, CHAMPION)
    mend(two)
    assert seen(two)["aliases"][CHAMPION] == "1"


def test_a_second_version_of_a_bundle_is_removed(two):
    first = live_versions(two)[0]
    two.client.create_model_version(two.name, first.source, first.run_id, tags=first.tags)
    assert versions(two) == ["1", "2", "3"]
    assert mend(two) == ["Version 3 was a second one of its bundle: removed."]
    assert versions(two) == ["1", "2"]


def test_a_second_version_may_go_while_everybody_is_told_who_is_champion(two, monkeypatch):
    first = live_versions(two)[0]
    second = two.client.create_model_version(two.name, first.source, first.run_id, tags=first.tags)
    listed = live_versions(two)
    two.client.delete_model_version(two.name, second.version)
    monkeypatch.setattr(registry_mirror, "live_versions", lambda _: listed)
    show_champion(two)
    assert seen(two)["versions"][1][3] == "champion"


def test_a_second_version_may_go_while_it_is_told_the_decision(two, tmp_path, monkeypatch):
    first = live_versions(two)[0]
    second = two.client.create_model_version(two.name, first.source, first.run_id, tags=first.tags)
    two.client.delete_model_version(two.name, second.version)
    seen_by_turns = iter([[second], live_versions(two)])
    monkeypatch.setattr(registry_versions, "live_versions", lambda _: next(seen_by_turns))
    bundle = candidate(tmp_path, 1)
    refused = judged(bundle).model_copy(update={"headline": "another", "promote": False})
    assert registry_versions.register_version(two, bundle, refused).version == first.version


def test_a_version_that_was_deleted_is_no_way_back_and_may_come_again(two, tmp_path):
    two.client.delete_model_version(two.name, "1")
    with pytest.raises(RegistryError, match="has no version 1 in MLflow; there are 2"):
        roll_back(registry=two)
    first = candidate(tmp_path, 1)
    decision = judged(first, candidate(tmp_path, 2, german=0.8)).model_copy(update={"promote": True})
    assert propose(first, decision, two).version == "3"


def test_an_entry_is_written_once_whoever_comes_second(two):
    mine = read_events(two)[-1].model_copy(update={"number": 3, "token": "mine"})
    yours = mine.model_copy(update={"token": "yours"})
    assert append_event(two, mine)
    assert append_event(two, mine)
    assert not append_event(two, yours)
    assert [event.token for event in read_events(two)][2:] == ["mine"]


def test_files_that_never_became_a_version_go_when_their_maker_is_dead(two, tmp_path, monkeypatch):
    stored = tmp_path / "artifacts" / "candidates"
    before, third = set(stored.iterdir()), candidate(tmp_path, 3)
    with monkeypatch.context() as patch:
        patch.setattr(two.client, "create_model_version", die)
        with pytest.raises(InterruptedError):
            propose(third, judged(third), two)
    (left,) = set(stored.iterdir()) - before
    assert mend(two) == []
    monkeypatch.setattr(registry_versions, "is_gone", lambda owner: True)
    assert mend(two) == [f"The files of run {left.name} never became a version: removed."]
    assert not [path for path in left.rglob("*") if path.is_file()]
    assert mend(two) == []
    assert all(version_folder(own).is_dir() for own in live_versions(two))


def die(*_arguments, **_options):
    """In place of a kill."""
    raise InterruptedError


def test_a_champion_that_is_compared_with_itself_keeps_the_reason_why_it_is_one(registry, tmp_path):
    bundle = candidate(tmp_path, 1)
    propose(bundle, judged(bundle), registry)
    with_itself = judged(bundle, bundle)
    assert with_itself.headline != judged(bundle).headline
    assert propose(bundle, with_itself, registry).outcome is Outcome.ALREADY
    kept = find_version(registry, bundle.fingerprint)
    assert kept.description == registry_versions.describe(judged(bundle))
    assert Decision.model_validate_json(kept.tags["decision"]) == judged(bundle)


def test_a_registered_model_of_somebody_else_is_left_alone(registry, tmp_path):
    registry.client.create_registered_model(registry.name)
    bundle = candidate(tmp_path, 1)
    with pytest.raises(RegistryError, match="was not made by this program"):
        propose(bundle, judged(bundle), registry)


def test_a_journal_that_is_lost_is_said_and_not_made_anew(two):
    run = two.client.get_registered_model(two.name).tags[JOURNAL_TAG]
    two.client.delete_run(run)
    with pytest.raises(RegistryError, match=f"mlflow runs restore --run-id {run}"):
        champion(two)


def test_a_decision_on_another_bundle_is_refused(registry, tmp_path):
    with pytest.raises(RegistryError, match="let the gate decide on this one"):
        propose(candidate(tmp_path, 1), judged(candidate(tmp_path, 2)), registry)


def test_a_journal_that_was_begun_twice_is_one(registry):
    run = ensure_journal(registry)
    experiment = registry.client.get_run(run).info.experiment_id
    registry.client.create_run(experiment)
    assert ensure_journal(registry) == run
    assert [own.info.run_id for own in registry.client.search_runs([experiment])] == [run]
