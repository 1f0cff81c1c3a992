"""``crossprompt convert``: a translation model for CTranslate2, which the nmt engine computes faster and smaller."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from console.errors import CommandError


def convert_command(
    model: Annotated[str, typer.Argument(help="A folder with a model of transformers, or a hub id.")],
    folder: Annotated[Path, typer.Argument(help="Where to; a folder that is not there yet.")],
    revision: Annotated[str | None, typer.Option(help="The commit of a hub model: 40 hex digits.")] = None,
    precision: Annotated[str, typer.Option(help="int8, int8_float16, float16, bfloat16 or float32.")] = "int8",
) -> None:
    """Convert an NLLB, M2M-100 or MADLAD model for CTranslate2, to name in the nmt engine's option `model`."""
    from crossprompt.translation.nmt.conversion import convert_model
    from crossprompt.translation.nmt.files import locate_model
    from crossprompt.translation.nmt.settings import NmtOptions

    if folder.exists():
        raise CommandError(f"{folder} is there already: name a folder that is not, or remove it")
    asked = {"model": model, "revision": revision, "precision": precision, "device": "auto"}
    options = NmtOptions.parse(asked, "convert")
    convert_model(locate_model(options), folder, options.precision)
    typer.echo(f"Written: {folder}; options of the nmt engine: {{model: {folder}, precision: {precision}}}")
