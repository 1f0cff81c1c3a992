"""Bundles as versions of the registered model: one live version per bundle, and none before its files are all there."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

import mlflow
from mlflow.entities import Run, RunStatus
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import RESOURCE_DOES_NOT_EXIST
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository
from mlflow.utils.validation import MAX_MODEL_REGISTRY_TAG_VALUE_LENGTH
from pydantic import ValidationError

from crossprompt.bundles.bundle import Bundle, BundleError, open_bundle
from crossprompt.bundles.writing import add_decision
from crossprompt.promotion.records import Decision
from infra.home import project_home, scratch_folder
from infra.process import OWNER, ProcessIdentity, is_gone, this_process
from infra.registry_journal import delete_run, ensure_experiment
from infra.registry_model import BUNDLE_IN_MODEL, save_model
from infra.registry_place import Registry, RegistryError, failed_with, insist

BUNDLE_TAG = "bundle"
"""A version's tag with the fingerprint of its bundle."""
GATE_TAG = "gate"
CANDIDATES = "candidates"
_PAGE = 1000


def register_version(registry: Registry, bundle: Bundle, decision: Decision) -> ModelVersion:
    """The version that holds ``bundle``, made if there is none; it tells the decision.

    The files are stored first, with the MLflow run that is active or else one of their own; then the version appears,
    with its tags, in one transaction. Where two processes do this at once both versions appear, and the later one goes.

    Args:
        registry: Where.
        bundle: The candidate; its folder is only read.
        decision: The gate's.
    """
    known = _known_version(registry, bundle, decision)
    if known is not None:
        return known
    with_run = _active_run() or _own_run(registry, bundle)
    source = _upload(registry, bundle, decision, with_run)
    own = insist(
        registry.client.create_model_version,
        registry.name,
        source,
        with_run,
        tags=_tags(bundle, decision),
        description=describe(decision),
    )
    _set_free(registry, with_run)
    kept = find_version(registry, bundle.fingerprint)
    if kept is None:
        raise RegistryError(f"version {own.version} of {registry.name} was deleted while it was made: run again")
    remove_duplicates(registry)
    return kept


def find_version(registry: Registry, fingerprint: str) -> ModelVersion | None:
    """The version that holds the bundle with this fingerprint: the first, where two were made at once."""
    return next((found for found in live_versions(registry) if found.tags.get(BUNDLE_TAG) == fingerprint), None)


def live_versions(registry: Registry) -> list[ModelVersion]:
    """All versions that were not deleted, in order of their numbers."""
    return sorted(_pages(registry), key=lambda version: int(version.version))


def get_version(registry: Registry, version: str) -> ModelVersion:
    """One version by its number.

    Raises:
        RegistryError: There is none, or it holds no bundle.
    """
    live = {str(found.version): found for found in live_versions(registry)}
    if version not in live:
        known = ", ".join(live) or "none"
        raise RegistryError(f"{registry.name} has no version {version} in MLflow; there are {known}")
    if BUNDLE_TAG not in live[version].tags:
        raise RegistryError(
            f"version {version} of {registry.name} holds no bundle (it has no tag {BUNDLE_TAG!r}): it was not made by "
            "this program and can't be served"
        )
    return live[version]


def remove_duplicates(registry: Registry) -> list[str]:
    """Delete versions whose bundle has an earlier version; their numbers. Nobody else relies on them yet.

    The order of versions is the database's, so that all processes keep the same one.
    """
    seen: set[str] = set()
    removed = []
    for version in live_versions(registry):
        fingerprint = version.tags.get(BUNDLE_TAG)
        if fingerprint in seen:
            _delete(registry, version)
            removed.append(str(version.version))
        elif fingerprint is not None:
            seen.add(fingerprint)
    return removed


def remove_unfinished(registry: Registry) -> list[str]:
    """Delete runs, and their files, whose makers were killed before a version came of them; their ids."""
    found = registry.client.get_experiment_by_name(f"{registry.name}-{CANDIDATES}")
    if found is None:
        return []
    kept = {version.run_id for version in live_versions(registry)}
    owned = registry.client.search_runs([found.experiment_id], f"tags.{OWNER} LIKE '%'", max_results=_PAGE)
    left = [run for run in owned if run.info.run_id not in kept and _is_orphan(run)]
    for run in left:
        repository: Any = get_artifact_repository(run.info.artifact_uri)
        repository.delete_artifacts()
        delete_run(registry.client, run.info.run_id)
    return [str(run.info.run_id) for run in left]


def tag_version(registry: Registry, version: ModelVersion, name: str, value: str) -> None:
    """Set a version's tag; nothing where another process has removed the version meanwhile, as a second one."""
    with _gone_meanwhile():
        insist(registry.client.set_model_version_tag, registry.name, str(version.version), name, value)


def version_folder(version: ModelVersion) -> Path:
    """The bundle of a version on this machine: where the artifact store has it, or fetched into the project's home.

    Every file is checked; what was fetched and is not whole is fetched again.

    Raises:
        RegistryError: The artifact store has lost or altered files, or can't be reached.
    """
    address = f"{version.source}/{BUNDLE_IN_MODEL}"
    try:
        local = _local_path(address)
        if local is not None:
            return open_bundle(local).folder
        return _fetched(address, version.tags[BUNDLE_TAG])
    except BundleError as error:
        raise RegistryError(f"the files of version {version.version} are not what was registered: {error}") from None


def describe(decision: Decision) -> str:
    """The decision as the version's page tells it."""
    return "\n".join([decision.headline, "", *(f"- {check.sentence}" for check in decision.checks)])[:5000]


def _pages(registry: Registry) -> Iterator[ModelVersion]:
    token = None
    while True:
        page = registry.client.search_model_versions(f"name='{registry.name}'", max_results=_PAGE, page_token=token)
        yield from page
        token = page.token
        if not token:
            return


def _tags(bundle: Bundle, decision: Decision) -> dict[str, str]:
    index = bundle.index
    return {
        BUNDLE_TAG: bundle.fingerprint,
        **_verdict(decision),
        "backbone": index.backbone.name,
        "backbone_fingerprint": index.backbone.fingerprint,
        "languages": ", ".join(index.languages),
        "tasks": ", ".join(task.name for task in index.tasks),
        "created": index.created,
    }


def _verdict(decision: Decision) -> dict[str, str]:
    return {
        GATE_TAG: "passed" if decision.promote else "refused",
        "compared_with": decision.champion or "nobody",
        "decision": _fitting(decision),
    }


def _fitting(decision: Decision) -> str:
    """The decision as a tag; without its tables where they are too long for one (they are with the bundle)."""
    whole = decision.model_dump_json()
    fits = len(whole) <= MAX_MODEL_REGISTRY_TAG_VALUE_LENGTH
    return whole if fits else decision.model_copy(update={"tasks": ()}).model_dump_json()


def _known_version(registry: Registry, bundle: Bundle, decision: Decision) -> ModelVersion | None:
    """The version that holds ``bundle`` already, told the decision; the first where a second one goes meanwhile.

    A champion that is compared with itself, as by a run that is repeated, keeps the decision that it was promoted by.
    """
    while (known := find_version(registry, bundle.fingerprint)) is not None:
        with _gone_meanwhile():
            if decision.champion != bundle.fingerprint:
                _tell(registry, known, decision)
            return known
    return None


def _tell(registry: Registry, version: ModelVersion, decision: Decision) -> None:
    """Let a version tell its newest decision, unless it does."""
    verdict = _verdict(decision)
    changed = {name: value for name, value in verdict.items() if version.tags.get(name) != value}
    for name, value in changed.items():
        insist(registry.client.set_model_version_tag, registry.name, str(version.version), name, value)
    if changed:
        insist(registry.client.update_model_version, registry.name, str(version.version), describe(decision))


def _active_run() -> str | None:
    run = mlflow.active_run()
    return None if run is None else str(run.info.run_id)


def _own_run(registry: Registry, bundle: Bundle) -> str:
    """A run that a version's files belong to where no pipeline's run is active; this process owns it until then."""
    experiment = ensure_experiment(registry, CANDIDATES)
    name = f"candidate {bundle.fingerprint[:12]}"
    owner = {OWNER: this_process().model_dump_json()}
    run = insist(registry.client.create_run, experiment, run_name=name, tags=owner).info.run_id
    insist(registry.client.set_terminated, run, RunStatus.to_string(RunStatus.FINISHED))
    return str(run)


def _set_free(registry: Registry, run: str) -> None:
    """A version has come of the run: whoever made it need not live on."""
    with _gone_meanwhile():
        insist(registry.client.delete_tag, run, OWNER)


def _is_orphan(run: Run) -> bool:
    try:
        return is_gone(ProcessIdentity.model_validate_json(run.data.tags[OWNER]))
    except ValidationError:
        return False


def _upload(registry: Registry, bundle: Bundle, decision: Decision, run: str) -> str:
    """Store a copy of the bundle, with the decision in it, as a model that MLflow serves; its address."""
    scratch = scratch_folder("candidate")
    try:
        copied = scratch / "bundle"
        shutil.copytree(bundle.folder, copied)
        add_decision(open_bundle(copied), decision.model_dump_json(indent=1))
        save_model(copied, scratch / "model")
        place = f"models/{bundle.fingerprint[:16]}"
        registry.client.log_artifacts(run, str(scratch / "model"), place)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return f"{registry.client.get_run(run).info.artifact_uri}/{place}"


def _delete(registry: Registry, version: ModelVersion) -> None:
    """Another process may do the same."""
    with _gone_meanwhile():
        insist(registry.client.delete_model_version, registry.name, str(version.version))


@contextmanager
def _gone_meanwhile() -> Iterator[None]:
    """Go on where MLflow has not, or no longer, what is written to."""
    try:
        yield
    except MlflowException as error:
        if not failed_with(error, RESOURCE_DOES_NOT_EXIST):
            raise


def _local_path(address: str) -> Path | None:
    """The path that an artifact's address names on this machine; None where it lies in a store elsewhere."""
    parts = urlsplit(address)
    return Path(url2pathname(parts.path)) if parts.scheme in {"", "file"} else None


def _fetched(address: str, fingerprint: str) -> Path:
    folder = project_home() / "champions" / fingerprint
    try:
        return open_bundle(folder).folder
    except BundleError:
        shutil.rmtree(folder, ignore_errors=True)
    scratch = scratch_folder("champion")
    try:
        mlflow.artifacts.download_artifacts(artifact_uri=address, dst_path=str(scratch))
        fetched = open_bundle(scratch / Path(BUNDLE_IN_MODEL).name)
        folder.parent.mkdir(exist_ok=True)
        _move(fetched.folder, folder)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return folder


def _move(fetched: Path, folder: Path) -> None:
    """Another process that fetched the same may have been first."""
    try:
        fetched.rename(folder)
    except OSError:
        open_bundle(folder)
