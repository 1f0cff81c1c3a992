"""The ``crossprompt`` command. Each subcommand says what to do; the rooms below do it.

What loads ZenML or other large libraries is imported by the subcommand that needs it: the others start at once, and the
doctor also works where a library is broken.
"""

from __future__ import annotations

import os
import sys
from contextlib import redirect_stdout
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated

import typer

from console import champion, config, convert, doctor, predict, rate, schedule, serving, tmx, worker
from console.errors import CommandError
from infra.errors import TRACEBACK_VARIABLE, explanation
from infra.launch import set_environment

commands = typer.Typer(
    name="crossprompt",
    help="The champion and its service, the schedule, dashboards, checks, and where results are. Runs themselves are "
    "started by `zenml pipeline run` with add_languages, align_and_eval (or `make run`), build_corpus, "
    "compare_methods, pretrain_mini, soft_prompt_transfer or translate_prompts.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
config_app = typer.Typer(help="Look at configuration files.", no_args_is_help=True)
report_app = typer.Typer(help="Look at the report of the last run.", no_args_is_help=True)
results_app = typer.Typer(help="Keep the results of the last run.", no_args_is_help=True)
commands.add_typer(config_app, name="config")
commands.add_typer(report_app, name="report")
commands.add_typer(results_app, name="results")
commands.add_typer(rate.rate_app, name="rate")
commands.add_typer(tmx.tmx_app, name="tmx")
commands.command("convert")(convert.convert_command)
commands.command("champion")(champion.champion_command)
commands.command("rollback")(champion.rollback_command)
commands.command("serve")(serving.serve_command)
commands.command("predict")(predict.predict_command)
commands.command("worker")(worker.worker_command)
commands.command("doctor")(doctor.doctor_command)
commands.command("schedule")(schedule.schedule_command)


def _show_version(wanted: bool) -> None:
    if not wanted:
        return
    try:
        typer.echo(f"crossprompt {version('crossprompt')}")
    except PackageNotFoundError:
        raise CommandError("crossprompt is not installed in this environment: run `make setup`") from None
    raise typer.Exit


@commands.callback()
def _root(
    show_version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    set_environment()


@commands.command("where")
def where_command() -> None:
    """Say where the report, the stores and the dashboards are."""
    from infra.whereabouts import describe_places

    typer.echo(describe_places())


@commands.command("dashboards")
def dashboards_command(
    page_port: Annotated[
        int, typer.Option(help="Of the page that links them. Another is taken if it is in use.")
    ] = 8230,
    mlflow_port: Annotated[int, typer.Option(help="Another one is taken if it is in use.")] = 5000,
    optuna_port: Annotated[int, typer.Option(help="Another one is taken if it is in use.")] = 8080,
    zenml_port: Annotated[int, typer.Option(help="Another one is taken if it is in use.")] = 8237,
    study: Annotated[str | None, typer.Option(help="The study's database, as `tuning.storage` names one.")] = None,
    open_page: Annotated[bool, typer.Option("--open/--no-open", help="Open their page in the web browser.")] = False,
) -> None:
    """Serve the MLflow, Optuna and ZenML dashboards, and a page with their health and the last reports."""
    from console import serve

    ports = {"mlflow_port": mlflow_port, "optuna_port": optuna_port, "zenml_port": zenml_port, "page_port": page_port}
    serve.serve_until_interrupted(ports, study, open_page=open_page)


@commands.command("plan")
def plan_command(
    file: Annotated[Path, typer.Option("--config", "-c", help="Of any pipeline, such as configs/xsgd.yaml.")],
    as_json: Annotated[bool, typer.Option("--json", help="For programs: all of it as JSON.")] = False,
    languages: Annotated[bool, typer.Option("--languages", help="A line for each language, too.")] = False,
) -> None:
    """Say which steps a run would take from the cache, and what a corpus will take: what is there, cost, time, disk.

    Nothing is sent, no connection opened.
    """
    from console import plan

    with redirect_stdout(sys.stderr):  # what libraries say on the way is not the plan
        found = plan.plan_file(file)
    if as_json:
        typer.echo(found.model_dump_json(indent=2))
    else:
        plan.show(found, languages=languages)


@config_app.command("check")
def config_check_command(
    files: Annotated[list[Path], typer.Argument(help="Configuration files, such as configs/massive.yaml.")],
) -> None:
    """Validate configuration files; a wrong field is named, with what it may be."""
    for file in files:
        config.check_file(file)
        typer.echo(f"{file}: valid")


@report_app.command("open")
def report_open_command() -> None:
    """Open the last report in the web browser, or print its address where there is none."""
    from console import report

    typer.echo(report.open_report())


@results_app.command("export")
def results_export_command(
    folder: Annotated[Path, typer.Argument(help="Where to, such as results/massive; files of this name are replaced.")],
) -> None:
    """Write the results of the last run as a small folder for version control: a page, a table, a JSON file."""
    from console import results

    typer.echo(f"Written: {results.export(folder)}")


def app() -> None:
    """Run the command; an error that is meant for the user is its message alone, and status 1."""
    try:
        commands()
    except Exception as error:
        sentence = f"Error: {error}" if isinstance(error, CommandError) else explanation(error)
        if sentence is None or os.environ.get(TRACEBACK_VARIABLE):
            raise
        sys.exit(sentence)


if __name__ == "__main__":
    app()
