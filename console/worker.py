"""``crossprompt worker``: one more machine for a learning-rate study."""

from __future__ import annotations

import signal
import sys
from types import FrameType
from typing import Annotated

import typer


def worker_command(
    study: Annotated[str, typer.Option(help="The study's name, as the dashboard and the run's log show it.")],
    storage: Annotated[
        str | None,
        typer.Option(
            help="The study's database, as `tuning.storage` of the run's configuration has it: an SQLAlchemy address, "
            "with ZenML's secrets as {{secret.key}}. By default the one in the project's home."
        ),
    ] = None,
    backbone: Annotated[
        str | None, typer.Option(help="Folder of the backbone, if it lies elsewhere on this machine.")
    ] = None,
    at_once: Annotated[
        int, typer.Option(min=1, help="Points to try at once; more of them leave fewer to other workers.")
    ] = 1,
) -> None:
    """Work on a study that a run has announced, beside the run and any number of other workers, until it is complete.

    The worker needs the run's ZenML server (`zenml login`) and the run's code and library versions. It may be killed
    at any time: its point is started again by whoever notices first.
    """
    from infra.addresses import shown_address
    from infra.home import project_home
    from infra.secrets import fill_in
    from infra.studies import StudyPlace, work_on_study

    signal.signal(signal.SIGTERM, _leave)
    filled = fill_in(storage) if storage else None
    place = StudyPlace(study, filled, project_home(), backbone, at_once)
    where = shown_address(storage) if storage else "the project's home"
    typer.echo(f"Working on {study} in {where}; Ctrl-C leaves it to the others.")
    try:
        done = work_on_study(place)
    except KeyboardInterrupt:
        typer.echo("\nLeft; what was under way is free for the others.")
        return
    typer.echo(f"The study is complete; this worker did {done} of its points.")


def _leave(_signal: int, _frame: FrameType | None) -> None:
    """End in the way that gives the points under way back at once."""
    sys.exit(128 + signal.SIGTERM)
