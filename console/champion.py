"""``crossprompt champion`` and ``crossprompt rollback``: what serves, since when and why; and the former one back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from crossprompt.promotion.journal import Event, champion_of, former_champion, taken_back
from crossprompt.records import Record

if TYPE_CHECKING:
    from infra.registry_place import Registry

WIDTH = 12
_SHOWN = 10
_NOBODY = "There is no champion yet: a run that passes its gate makes the first."


class ChampionState(Record):
    """The champion, for programs."""

    version: str
    fingerprint: str
    since: str
    how: str
    reason: str
    backbone: str
    languages: tuple[str, ...]
    tasks: tuple[str, ...]
    folder: str
    former: str | None


def champion_command(
    as_json: Annotated[bool, typer.Option("--json", help="For programs: all of it as JSON.")] = False,
    mend: Annotated[bool, typer.Option("--mend", help="Finish what killed processes left in the registry.")] = False,
) -> None:
    """Say which model serves, its languages, since when and why; and who was champion before."""
    from infra.registry import mend as mend_registry
    from infra.registry_journal import read_events
    from infra.registry_place import NoRegistryError, connect

    try:
        place = connect()
    except NoRegistryError:
        typer.echo("null" if as_json else _NOBODY)
        return
    for sentence in mend_registry(place) if mend else ():
        typer.echo(sentence, err=as_json)
    events = read_events(place)
    present = champion_of(events)
    if present is None:
        typer.echo("null" if as_json else _NOBODY)
        return
    state = _state(place, events, present)
    if as_json:
        typer.echo(state.model_dump_json(indent=2))
        return
    typer.echo("\n".join([*_describe(state), "", *_history(events), *_warnings(place, events)]))


def rollback_command(
    to: Annotated[str | None, typer.Option("--to", help="A version that was champion once.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")] = False,
) -> None:
    """Put the former champion back: the one over which the present one was promoted, or any by --to."""
    from infra.registry import roll_back

    typer.echo(roll_back(to, dry_run=dry_run).sentence)


def _state(place: Registry, events: Sequence[Event], present: Event) -> ChampionState:
    from crossprompt.bundles.bundle import read_index
    from infra.registry import champion_folder

    folder = champion_folder(place)
    index = read_index(folder)
    return ChampionState(
        version=present.version,
        fingerprint=present.fingerprint,
        since=present.at,
        how=present.kind.value,
        reason=present.reason,
        backbone=index.backbone.name,
        languages=index.languages,
        tasks=tuple(task.name for task in index.tasks),
        folder=str(folder),
        former=former_champion(events),
    )


def _describe(state: ChampionState) -> Iterator[str]:
    rows = {
        "Champion": f"version {state.version} ({state.fingerprint[:12]})",
        "Since": f"{state.since} UTC, {state.how}",
        "Why": state.reason,
        "Languages": f"{len(state.languages)}: {', '.join(state.languages)}",
        "Tasks": ", ".join(state.tasks),
        "Backbone": state.backbone,
        "Files": state.folder,
        "Before it": "nobody" if state.former is None else f"version {state.former} (crossprompt rollback)",
    }
    yield from (f"{name:<{WIDTH}}{value}" for name, value in rows.items())


def _history(events: Sequence[Event]) -> Iterator[str]:
    """The newest entries of the journal, the last first."""
    back = taken_back(events)
    for event in reversed(events[-_SHOWN:]):
        over = "" if event.over is None else f" over version {event.over}"
        note = "  (taken back)" if event.version in back else ""
        yield f"{event.at}  version {event.version} {event.kind.value}{over}{note}"
    if len(events) > _SHOWN:
        yield f"and {len(events) - _SHOWN} before"


def _warnings(place: Registry, events: Sequence[Event]) -> Iterator[str]:
    from infra.registry_mirror import is_shown

    if not is_shown(place, events):
        yield ""
        yield "MLflow's alias is not that of the journal: crossprompt champion --mend sets it right."
