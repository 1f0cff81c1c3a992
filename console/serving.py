"""``crossprompt serve``: the champion behind HTTP, until Ctrl-C."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from crossprompt.serving.holder import FindChampion

_BundleOption = Annotated[
    Path | None,
    typer.Option(help="A bundle to serve, instead of the registry's champion; watched for a change, too."),
]


def serve_command(
    bundle: _BundleOption = None,
    host: Annotated[str, typer.Option(help="Where to listen; other machines reach no loopback address.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="0: one that the system gives.")] = 8100,
    allow_anonymous: Annotated[
        bool, typer.Option("--allow-anonymous", help="Serve other machines without a token.")
    ] = False,
    watch: Annotated[float, typer.Option(help="Seconds between two looks for another champion.")] = 10.0,
    drain: Annotated[float, typer.Option(help="Seconds to go on once told to stop, for balancers in front.")] = 0.0,
    patience: Annotated[int, typer.Option(help="Seconds to finish accepted requests once stopped.")] = 30,
    max_waiting: Annotated[int, typer.Option(help="Utterances that may wait.")] = 512,
    backbone: Annotated[
        str | None, typer.Option(help="A folder with the backbone, if its name is not enough to find it.")
    ] = None,
    dtype: Annotated[str, typer.Option(help="float32, bfloat16, or auto: the faster one here.")] = "float32",
) -> None:
    """Serve the champion: intents and slots over HTTP, a demo page, metrics. It changes with the champion.

    A token that clients must send is read from the environment variable CROSSPROMPT_SERVE_TOKEN. Without one the
    service listens on this machine alone.
    """
    from crossprompt.serving.access import read_token
    from crossprompt.serving.server import serve
    from crossprompt.serving.settings import ServingSettings

    settings = ServingSettings.parse(
        {
            **{"host": host, "port": port, "allow_anonymous": allow_anonymous, "max_waiting": max_waiting},
            **{"watch_seconds": watch, "drain_seconds": drain, "stop_seconds": patience},
            "engine": {"backbone": backbone, "dtype": dtype},
        },
        "serve",
    )
    token = read_token(os.environ)
    typer.echo("Loading the champion ...")
    find = champion_finder(bundle)
    _log_to_terminal()
    serve(find, settings, token, lambda address: typer.echo(_greeting(address, token is not None)))
    typer.echo("The service has stopped; everything that it had accepted is answered.")


def _log_to_terminal() -> None:
    """A line for each event, once: what libraries have put beside it while they were loaded is taken away."""
    form = "%(asctime)s %(levelname)s %(message)s"
    logging.basicConfig(level=logging.INFO, format=form, stream=sys.stderr, force=True)
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)


def champion_finder(bundle: Path | None) -> FindChampion:
    """Says which champion to serve: always ``bundle``, or (None) what the registry says at the time."""
    from crossprompt.serving.holder import FoundChampion

    if bundle is not None:
        return lambda: FoundChampion(bundle)

    import zenml  # noqa: F401 - it sets up logging when it is first loaded, which is to be before ours is set up

    from infra.registry import ChampionFinder

    find = ChampionFinder()
    return lambda: FoundChampion(*find())


def _greeting(address: str, guarded: bool) -> str:
    rows: list[tuple[str, Any]] = [
        ("Demo page", f"{address}/"),
        ("Predict", f"{address}/predict"),
        ("Interface", f"{address}/docs"),
        ("Health", f"{address}/healthz"),
        ("Metrics", f"{address}/metrics"),
    ]
    lines = [f"{name:<11}{place}" for name, place in rows]
    who = "Clients must send the token." if guarded else "No token is asked for."
    return "\n".join([*lines, f"{who} Ctrl-C ends it."])
