"""``crossprompt predict``: intents and slots for a file of utterances."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from console.serving import champion_finder

_SHOWN = 5


def predict_command(
    source: Annotated[Path, typer.Argument(help="Utterances: a .csv, .jsonl or .txt file (a line each) in UTF-8.")],
    target: Annotated[Path, typer.Argument(help="Where to, in any of these forms; a file of that name is replaced.")],
    bundle: Annotated[Path | None, typer.Option(help="A bundle, instead of the registry's champion.")] = None,
    text: Annotated[str, typer.Option(help="The column or key of the text.")] = "text",
    locale_field: Annotated[str, typer.Option(help="The column or key of its locale; it may be missing.")] = "locale",
    locale: Annotated[str | None, typer.Option(help="The locale of rows that name none, such as sw-KE.")] = None,
    top: Annotated[int, typer.Option(min=1, help="Intents per row, in .jsonl.")] = 3,
    compare: Annotated[bool, typer.Option("--compare", help="Answer with the fresh prompt, too, in .jsonl.")] = False,
    backbone: Annotated[
        str | None, typer.Option(help="A folder with the backbone, if its name is not enough to find it.")
    ] = None,
    dtype: Annotated[str, typer.Option(help="float32, bfloat16, or auto: the faster one here.")] = "float32",
) -> None:
    """Understand every row of a file. Rows keep their order and all that they hold; status 1 if some have no answer."""
    from crossprompt.serving.file_formats import format_of
    from crossprompt.serving.files import FileOptions, predict_file
    from crossprompt.serving.loading import load_champion
    from crossprompt.serving.settings import EngineSettings

    for path in (source, target):
        format_of(path)
    found = champion_finder(bundle)()
    settings = EngineSettings.parse({"backbone": backbone, "dtype": dtype}, "predict")
    champion = load_champion(found.folder, settings, found.version)
    options = FileOptions(text_field=text, locale_field=locale_field, locale=locale, top=top, compare=compare)
    count = predict_file(source, target, champion, options)
    typer.echo(f"Written: {target} ({count.rows:,} rows, champion {champion.facts.fingerprint[:12]})")
    for number, reason in count.refused[:_SHOWN]:
        typer.echo(f"  row {number:,}: {reason}", err=True)
    if count.refused:
        more = len(count.refused) - _SHOWN
        typer.echo(f"{len(count.refused):,} rows have no prediction{f', {more:,} more' if more > 0 else ''}.", err=True)
        raise typer.Exit(1)
