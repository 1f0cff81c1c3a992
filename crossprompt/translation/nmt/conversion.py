"""Converts a model of transformers for CTranslate2, with its tokenizer's files and its longest text beside it.

``ct2-transformers-converter`` does the same but for two things: the folder that it writes does not tell how long a text
the model reads; and with transformers 5 it takes MADLAD's output for tied to its input, since that reports so whatever
the weights are, and scales what the model puts out, which changes what a beam search finds.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from crossprompt.storage.atomic import write_text_atomic
from crossprompt.translation.engine import EngineError, Failure
from crossprompt.translation.nmt.files import NmtFiles
from crossprompt.translation.nmt.settings import Precision
from crossprompt.translation.nmt.tokens import load_tokenizer

_TOKENIZER_FILES = ("tokenizer*.json", "special_tokens_map.json", "vocab.json", "*.model")


def convert_model(files: NmtFiles, target: Path, precision: Precision = "int8") -> Path:
    """Convert the model in ``files`` into the folder ``target``, which is replaced. Needs memory for the whole model.

    The model is made in a hidden folder beside ``target`` and gets its name when it is whole; a killed conversion
    leaves that folder, and nothing under the name.

    Raises:
        EngineError: The model's files are missing, it is of another kind or converted already, or CTranslate2 is not
            installed.
    """
    if files.converted:
        raise _failed(files, "it is converted already")
    try:
        from ctranslate2.converters import TransformersConverter
    except ImportError as error:
        raise _failed(files, "CTranslate2 is not installed: pip install ctranslate2") from error

    class Converter(TransformersConverter):  # type: ignore[misc]  # CTranslate2 ships no types
        """The library's, told whether the output is scaled."""

        def load_model(self, *arguments: Any, **options: Any) -> Any:
            model = super().load_model(*arguments, **options)
            model.config.tie_word_embeddings = getattr(model.config, "scale_decoder_outputs", True)
            return model

    folder = files.whole_folder
    load_tokenizer(folder, files.name)  # refuses models of other kinds
    beside = sorted({path.name for pattern in _TOKENIZER_FILES for path in folder.glob(pattern)})
    converter = Converter(str(folder), copy_files=beside)
    try:
        with _made_whole(target) as made:
            converter.convert(str(made), quantization=None if precision == "float32" else precision)
            _tell_positions(made / "config.json", files.positions)
    except (ValueError, RuntimeError, OSError) as error:
        raise _failed(files, str(error)) from error
    return target


@contextmanager
def _made_whole(target: Path) -> Iterator[Path]:
    """The path of a folder to make, which takes the place of ``target`` at the end; after an error nothing is left."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}.") as name:
        made = Path(name) / "made"
        yield made
        if target.exists():
            target.rename(Path(name) / "replaced")
        made.rename(target)


def _failed(files: NmtFiles, why: str) -> EngineError:
    return EngineError(Failure.FATAL, "unusable_model", f"model {files.name!r} can't be converted: {why}")


def _tell_positions(file: Path, positions: int | None) -> None:
    """Add the longest text in tokens to a converted model's configuration; CTranslate2 leaves other names alone."""
    configuration = json.loads(file.read_text(encoding="utf-8"))
    if positions is not None:
        configuration["max_position_embeddings"] = positions
    write_text_atomic(file, json.dumps(configuration, indent=2, ensure_ascii=False) + "\n")
