"""The registry: who is champion, how a candidate takes its place, and how the former one comes back.

What decides is the journal (:mod:`infra.registry_journal`): one entry, written once under its number, makes a champion.
Before it, a version's files and then the version are stored; after it, aliases and stages are set by it. A process
that is killed anywhere leaves something that the next one goes on from or mends.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from mlflow.entities.model_registry import ModelVersion

from crossprompt.bundles.bundle import Bundle
from crossprompt.promotion.journal import (
    Event,
    EventKind,
    champion_of,
    champions,
    former_champion,
    shorten,
    taken_back,
)
from crossprompt.promotion.records import Change, Decision, Outcome, Proposal
from infra.registry_journal import append_event, ensure_journal, find_journal, read_events
from infra.registry_mirror import alias_set_by_hand, show_champion
from infra.registry_place import NoRegistryError, Registry, RegistryError, connect
from infra.registry_versions import (
    BUNDLE_TAG,
    get_version,
    register_version,
    remove_duplicates,
    remove_unfinished,
    version_folder,
)


def propose(bundle: Bundle, decision: Decision, registry: Registry | None = None) -> Proposal:
    """Register a candidate with the gate's decision, and make it champion if that and the journal allow it.

    Proposed again, after a kill or by a second run, the same bundle is the same version, and promoted once. Of two
    candidates that were compared with the same champion one is promoted; the other is told that it was overtaken.

    Args:
        bundle: The candidate.
        decision: The gate's, on this very bundle.
        registry: None: that of the active stack.

    Raises:
        RegistryError: The decision is on another bundle, or the registry can't be used.
    """
    if decision.candidate != bundle.fingerprint:
        raise RegistryError(
            f"the decision is on candidate {decision.candidate[:12]}, not on {bundle.fingerprint[:12]}: "
            "let the gate decide on this one"
        )
    place = registry or connect()
    mend(place)
    ensure_journal(place)
    version = register_version(place, bundle, decision)
    if place.with_zenml:
        _show_candidate(place, version)
    proposal = _try_to_promote(place, str(version.version), decision)
    show_champion(place)
    return proposal


def champion(registry: Registry | None = None) -> Event | None:
    """The entry of the journal that made the present champion; None if there is none yet. Changes nothing."""
    try:
        return champion_of(read_events(registry or connect()))
    except NoRegistryError:
        return None


def champion_folder(registry: Registry | None = None) -> Path:
    """The champion's bundle, whole, in a folder on this machine.

    Raises:
        RegistryError: There is no champion, or its files are lost.
    """
    place = registry or connect()
    return version_folder(get_version(place, _present(place).version))


class ChampionFinder:
    """Finds the champion again and again: connects once, and looks at its files only when it has changed."""

    def __init__(self) -> None:
        self._registry: Registry | None = None
        self._found: tuple[Path, str] | None = None

    def __call__(self) -> tuple[Path, str]:
        """The champion's folder and its version.

        Raises:
            RegistryError: There is no champion, or its files are lost.
        """
        self._registry = self._registry or connect()
        present = _present(self._registry)
        if self._found is None or self._found[1] != present.version:
            self._found = version_folder(get_version(self._registry, present.version)), present.version
        return self._found


def roll_back(to: str | None = None, *, dry_run: bool = False, registry: Registry | None = None) -> Change:
    """Put a former champion back: the one over which the present one was promoted, or version ``to``.

    Its files are checked before. What was gone back from is not promoted again by a gate; ``to`` brings it back.

    Args:
        to: A version that was champion once; None: the one before.
        dry_run: Say what would be done, and do nothing.
        registry: None: that of the active stack.

    Raises:
        RegistryError: There is nothing to go back to, its files are lost, or somebody else changed the champion now.
    """
    place = registry or connect()
    if not dry_run:
        mend(place)
    events = read_events(place)
    target, present = _target(events, to)
    version = get_version(place, target)
    version_folder(version)
    if not dry_run:
        reason = f"put back over version {present.version} by crossprompt rollback"
        if not append_event(place, _event(events, EventKind.PUT_BACK, version, reason)):
            raise RegistryError("somebody else changed the champion at this moment: see `crossprompt champion`")
        show_champion(place)
    over = f"champion in place of version {present.version}"
    done = f"Version {target} is {over}. To go forth again: crossprompt rollback --to {present.version}"
    sentence = f"Version {target} would be {over}. Nothing was changed." if dry_run else done
    return Change(version=target, over=present.version, sentence=sentence)


def mend(registry: Registry | None = None) -> list[str]:
    """Finish or remove what killed processes left, and take over what was set by hand; what was done, in sentences.

    To be called at every start; with nothing to mend it only reads.
    """
    try:
        place = registry or connect()
    except NoRegistryError:
        return []
    if find_journal(place) is None:
        return []
    ensure_journal(place)
    done = [f"Version {version} was a second one of its bundle: removed." for version in remove_duplicates(place)]
    done += [f"The files of run {run} never became a version: removed." for run in remove_unfinished(place)]
    events = read_events(place)
    chosen = alias_set_by_hand(place, events)
    if chosen is not None:
        version = get_version(place, chosen)
        reason = "the alias champion was set in MLflow"
        if append_event(place, _event(events, EventKind.ADOPTED, version, reason)):
            done.append(f"Version {chosen} was made champion in MLflow: taken over into the journal.")
    show_champion(place)
    return done


def _present(registry: Registry) -> Event:
    """The entry that made the champion.

    Raises:
        RegistryError: There is none.
    """
    present = champion(registry)
    if present is None:
        raise RegistryError("there is no champion yet: the first candidate that passes the gate becomes it")
    return present


def _try_to_promote(registry: Registry, version: str, decision: Decision) -> Proposal:
    """Append to the journal, unless something there speaks against it; look again where another was faster."""
    while True:
        events = read_events(registry)
        outcome, sentence = _judge(events, version, decision)
        if outcome is not Outcome.PROMOTED:
            break
        found = get_version(registry, version)
        if append_event(registry, _event(events, EventKind.PROMOTED, found, decision.headline)):
            return _proposal(outcome, version, version, sentence, decision)
    present = champion_of(events)
    return _proposal(outcome, version, None if present is None else present.version, sentence, decision)


def _judge(events: Sequence[Event], version: str, decision: Decision) -> tuple[Outcome, str]:
    present, back = champion_of(events), taken_back(events)
    if present is not None and present.version == version:
        return Outcome.ALREADY, f"Version {version} is the champion already."
    if not decision.promote:
        return Outcome.REFUSED, f"Version {version} was refused by the gate; the champion stays."
    if version in back:
        return Outcome.TAKEN_BACK, (
            f"Version {version} passed the gate, but was taken back on {back[version].at} "
            f"({back[version].reason}). To serve it all the same: crossprompt rollback --to {version}"
        )
    if decision.champion != (None if present is None else present.fingerprint):
        return Outcome.OVERTAKEN, (
            f"Version {version} was compared with a model that is not the champion any more: run again, and it is "
            "compared with the present one."
        )
    over = "the first champion" if present is None else f"champion in place of version {present.version}"
    return Outcome.PROMOTED, f"Version {version} is {over}."


def _proposal(outcome: Outcome, version: str, present: str | None, sentence: str, decision: Decision) -> Proposal:
    return Proposal(outcome=outcome, version=version, champion=present, sentences=(sentence, *decision.sentences))


def _event(events: Sequence[Event], kind: EventKind, version: ModelVersion, reason: str) -> Event:
    """The next entry, by which ``version`` becomes the champion."""
    present = champion_of(events)
    return Event(
        number=len(events) + 1,
        kind=kind,
        version=str(version.version),
        fingerprint=version.tags[BUNDLE_TAG],
        over=None if present is None else present.version,
        reason=shorten(reason),
        at=datetime.now(UTC).replace(microsecond=0, tzinfo=None).isoformat(),
        token=uuid.uuid4().hex,
    )


def _target(events: Sequence[Event], to: str | None) -> tuple[str, Event]:
    """The version to go to, and the present champion."""
    present = champion_of(events)
    if present is None:
        raise RegistryError("there is no champion yet, so there is nothing to go back to")
    target = former_champion(events) if to is None else to
    known = ", ".join(champions(events))
    if target is None:
        raise RegistryError(
            f"version {present.version} was promoted over no other: there is nothing to go back to. Champions so far: "
            f"{known}; `crossprompt rollback --to VERSION` puts one of them in its place"
        )
    if target not in champions(events):
        raise RegistryError(f"version {target} was never champion, so it can't be put back; there were {known}")
    if target == present.version:
        raise RegistryError(f"version {target} is the champion already")
    return target, present


def _show_candidate(registry: Registry, version: ModelVersion) -> None:
    from infra.registry_zenml import ensure_version

    ensure_version(registry.name, str(version.version), version.description or "")
