"""``crossprompt rate``: translations for people to rate, and what their answers come to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crossprompt.rating.settings import DrawSettings, ScreeningSettings

if TYPE_CHECKING:
    from crossprompt.rating.scores import RatingImport

rate_app = typer.Typer(help="Have people rate translations.", no_args_is_help=True)
_DRAW, _SCREENING = DrawSettings(), ScreeningSettings()


@rate_app.command("export")
def export_command(
    translations: Annotated[list[Path], typer.Argument(help="Parquet or Arrow files of translations, or folders.")],
    out: Annotated[Path, typer.Option(help="Folder to write to; files of an earlier export are replaced.")],
    locale: Annotated[list[str] | None, typer.Option(help="Only this language; may be given again.")] = None,
    windows: Annotated[int, typer.Option(help="Windows to rate per language.")] = _DRAW.windows,
    turns: Annotated[int, typer.Option(help="Consecutive turns in a window.")] = _DRAW.turns,
    quizzes: Annotated[int, typer.Option(help="Items per language that check the rater.")] = _DRAW.quizzes,
    seed: Annotated[int, typer.Option(help="Decides what is drawn.")] = _DRAW.seed,
) -> None:
    """Draw random windows and write a page for raters, a table for crowd platforms, and the key to both."""
    from crossprompt.rating.export import draw_key, write_export
    from crossprompt.rating.rows import read_rows

    values = {"windows": windows, "turns": turns, "quizzes": quizzes, "seed": seed, "locales": locale or ()}
    settings = DrawSettings.parse(values, "rate")
    key = draw_key(read_rows(translations), settings)
    files = write_export(key, out)
    typer.echo(
        f"Export {key.export}: {len(key.items)} items in {', '.join(key.locales)}\n"
        f"For raters:          {files.page}\n"
        f"For crowd platforms: {files.crowd}\n"
        f"For yourself alone:  {files.key} (says which items check the rater)"
    )


@rate_app.command("import")
def import_command(
    export: Annotated[Path, typer.Argument(help="The folder that `crossprompt rate export` wrote.")],
    answers: Annotated[list[Path], typer.Argument(help="The .json and .csv files that came back.")],
    out: Annotated[
        Path | None, typer.Option(help="Folder for the result; by default `result` in the export's.")
    ] = None,
    raters: Annotated[int, typer.Option(help="Raters that an item needs.")] = _SCREENING.raters_per_item,
    quiz_share: Annotated[
        float, typer.Option(help="Share of the quiz items that a rater must pass.")
    ] = _SCREENING.min_quiz_share,
) -> None:
    """Check the answers of raters and sum them up: meaning, fluency and agreement of each language."""
    from crossprompt.rating.export import read_key
    from crossprompt.rating.scores import import_ratings
    from crossprompt.reports.ratings import write_ratings

    settings = ScreeningSettings.parse({"raters_per_item": raters, "min_quiz_share": quiz_share}, "rate")
    imported = import_ratings(answers, read_key(export), settings)
    folder = export if export.is_dir() else export.parent
    page = write_ratings(imported.result, out or folder / "result")
    typer.echo("\n".join([*_lines(imported), f"Written: {page}"]))


def _lines(imported: RatingImport) -> list[str]:
    """A line per language, and one per rater who does not count."""
    lines = []
    for rating in imported.result.locales:
        scores = "nothing to sum up: no item has enough raters"
        if rating.meaning and rating.fluency:
            scores = f"meaning {rating.meaning.mean:.2f}, fluency {rating.fluency.mean:.2f}"
        lost = sum(rating.excluded.values())
        counts = f"{rating.rated} of {rating.items} items; {rating.kept} answers kept, {lost} excluded"
        lines.append(f"{rating.locale}: {scores} ({counts})")
        lines += [
            f"  not counted: {imported.names[rater.pseudonym]} ({rater.refused.value}: "
            f"passed {rater.quizzes_passed} of {rater.quizzes} quiz items)"
            for rater in rating.raters
            if rater.refused
        ]
    if imported.result.unknown_rows:
        lines.append(f"{imported.result.unknown_rows} answers are to items that this export does not have")
    return lines
