"""What people and other programs see of the journal: MLflow's aliases and tags, ZenML's model version in production.

All of it can be set again at any time. A process that was killed before it had set everything leaves it to the next;
one that was paused and sets something old looks at the journal again afterwards, and sets it right.
"""

from __future__ import annotations

from collections.abc import Sequence

from mlflow.entities.model_registry import RegisteredModel

from crossprompt.promotion.journal import Event, champion_of, champions, former_champion, taken_back
from infra.registry_journal import read_events
from infra.registry_place import Registry, insist
from infra.registry_versions import live_versions, tag_version

CHAMPION = "champion"
FORMER = "former"
ALIAS_TAG = "crossprompt.alias"
"""The registered model's tag with the number of the journal's entry that the alias was last set by."""
STATE_TAG = "state"


def show_champion(registry: Registry) -> None:
    """Set aliases, tags and ZenML's stage by the journal, until they are those of its newest entry."""
    shown = -1
    while (events := read_events(registry)) and events[-1].number != shown:
        _set_aliases(registry, events)
        _set_states(registry, events)
        if registry.with_zenml:
            _set_stage(registry, events[-1])
        shown = events[-1].number


def alias_set_by_hand(registry: Registry, events: Sequence[Event]) -> str | None:
    """The version that somebody gave the alias since the journal's newest entry was shown; None if nobody did.

    An alias that differs while that entry was not yet shown is a killed process's, and no decision.
    """
    model = registry.client.get_registered_model(registry.name)
    version = _aliases(model).get(CHAMPION)
    present = champion_of(events)
    if version is None or (present is not None and version == present.version):
        return None
    return version if _shown(model) >= len(events) else None


def is_shown(registry: Registry, events: Sequence[Event]) -> bool:
    """Whether MLflow's alias is that of the journal's newest entry."""
    model = registry.client.get_registered_model(registry.name)
    present = champion_of(events)
    return present is None or (_aliases(model).get(CHAMPION) == present.version and _shown(model) == present.number)


def _set_aliases(registry: Registry, events: Sequence[Event]) -> None:
    client, name = registry.client, registry.name
    model = client.get_registered_model(name)
    there, live = _aliases(model), {str(version.version) for version in live_versions(registry)}
    for alias, version in ((CHAMPION, events[-1].version), (FORMER, former_champion(events))):
        if version in live and there.get(alias) != version:
            insist(client.set_registered_model_alias, name, alias, version)
        elif version not in live and alias in there:
            insist(client.delete_registered_model_alias, name, alias)
    if _shown(model) != events[-1].number:
        insist(client.set_registered_model_tag, name, ALIAS_TAG, str(events[-1].number))


def _set_states(registry: Registry, events: Sequence[Event]) -> None:
    """Say with each version what it is now, or was."""
    back = taken_back(events)
    for version in live_versions(registry):
        number = str(version.version)
        state = _state(number, events, back)
        if version.tags.get(STATE_TAG, "") != state:
            tag_version(registry, version, STATE_TAG, state)


def _state(version: str, events: Sequence[Event], back: dict[str, Event]) -> str:
    if version == events[-1].version:
        return f"champion since {events[-1].at} ({events[-1].kind.value}): {events[-1].reason}"
    if version in back:
        return f"taken back {back[version].at}: {back[version].reason}"
    return "former champion" if version in champions(events) else "candidate"


def _set_stage(registry: Registry, present: Event) -> None:
    """Put ZenML's model version of the champion in production."""
    from infra.registry_zenml import put_in_production

    version = next((own for own in live_versions(registry) if str(own.version) == present.version), None)
    if version is not None:
        put_in_production(registry.name, present.version, version.description or "")


def _aliases(model: RegisteredModel) -> dict[str, str]:
    return {alias: str(version) for alias, version in model.aliases.items()}


def _shown(model: RegisteredModel) -> int:
    return int(model.tags.get(ALIAS_TAG, "0"))
