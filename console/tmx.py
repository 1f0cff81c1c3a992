"""``crossprompt tmx``: translation memories for translators' tools."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

tmx_app = typer.Typer(help="Write and check translation memories (TMX 1.4).", no_args_is_help=True)


@tmx_app.command("export")
def export_command(
    corpus: Annotated[Path, typer.Argument(help="The folder of a published corpus.")],
    locale: Annotated[str, typer.Option(help="Its language, such as sw-KE.")],
    out: Annotated[Path, typer.Option(help="The .tmx file to write.")],
    source_locale: Annotated[str, typer.Option(help="What the English texts are tagged as.")] = "en-US",
) -> None:
    """Write one language as a translation memory, which the memory engine reads again."""
    from crossprompt.translation.tmx_export import export_corpus

    done = export_corpus(corpus, locale, out, source_locale)
    typer.echo(f"Written: {out} ({done.units:,} units; {done.untranslated:,} turns without a translation left out)")


@tmx_app.command("check")
def check_command(
    files: Annotated[list[Path], typer.Argument(help="Translation memories.")],
) -> None:
    """Hold translation memories against the document type of TMX 1.4; the first breach is named with its line."""
    from crossprompt.translation.tmx_schema import check_tmx

    for file in files:
        typer.echo(f"{file}: valid, {check_tmx(file):,} units")
