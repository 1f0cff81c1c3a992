"""Predictions for files: CSV, JSON Lines and plain text in and out, a part at a time, no row lost."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from pydantic import ValidationError
from tqdm import tqdm

from crossprompt.serving.file_formats import FORMATS, FileFormatError, FileRow, Prepared, format_of
from crossprompt.serving.loading import Champion
from crossprompt.serving.problems import problems_of
from crossprompt.serving.query import Query
from crossprompt.serving.records import Prediction, Utterance
from crossprompt.storage.atomic import atomic_path

CHUNK_ROWS = 512
"""Rows that are read and computed together, sorted by length: hardly any padding, and little memory."""


@dataclass(frozen=True, slots=True)
class FileOptions:
    """How rows are read.

    Attributes:
        text_field: The column or key of the text.
        locale_field: That of its locale; rows may lack it.
        locale: The locale of rows that name none.
        top: Intents per row, in JSON Lines.
        compare: Answer with the fresh prompt, too, in JSON Lines.
    """

    text_field: str = "text"
    locale_field: str = "locale"
    locale: str | None = None
    top: int = 3
    compare: bool = False


@dataclass(frozen=True, slots=True)
class FileCount:
    """How many rows were read, and those without a prediction: the number of the row (from 1) and the reason."""

    rows: int
    refused: tuple[tuple[int, str], ...]


def predict_file(source: Path, target: Path, champion: Champion, options: FileOptions) -> FileCount:
    """Predict every row of ``source`` into ``target``, which is written in one step.

    Rows come out in their order with all that they held. One that can't be understood comes out with the reason in
    place of a prediction.

    Args:
        source: A ``.csv``, ``.jsonl`` or ``.txt`` file in UTF-8.
        target: Its name's ending says in which of these forms it is written.
        champion: What answers.
        options: Where the text is, and what is wanted.

    Raises:
        FileFormatError: A file can't be read, is of no known form, or has no text; or both are the same.
    """
    reader, writer = FORMATS[format_of(source)], FORMATS[format_of(target)]
    if source.exists() and target.exists() and target.samefile(source):
        raise FileFormatError(f"{target} is the file that is read: name another one to write")
    refused: list[tuple[int, str]] = []
    number = 0
    with ExitStack() as stack:
        content = stack.enter_context(reader.open(source, options.text_field))
        temporary = stack.enter_context(atomic_path(target))
        write = stack.enter_context(writer.create(temporary, content.fields))
        progress = stack.enter_context(tqdm(unit="row", desc="predict", mininterval=1.0, leave=False))
        for chunk in _chunks(content.rows):
            for row, answer in _answer(chunk, champion, options):
                number += 1
                if isinstance(answer, str):
                    refused.append((number, answer))
                write(row, answer)
            progress.update(len(chunk))
    return FileCount(number, tuple(refused))


def _chunks(rows: Iterable[FileRow]) -> Iterator[list[FileRow]]:
    iterator = iter(rows)
    while chunk := list(islice(iterator, CHUNK_ROWS)):
        yield chunk


def _answer(
    rows: list[FileRow], champion: Champion, options: FileOptions
) -> Iterator[tuple[FileRow, Prediction | str]]:
    """Each row with its prediction, or with the reason why it has none."""
    prepared = [_prepare(row, options) for row in rows]
    queries = [own for own in prepared if isinstance(own, Query)]
    answers = iter(champion.engine.answer(queries) if queries else ())
    for row, own in zip(rows, prepared, strict=True):
        yield row, next(answers) if isinstance(own, Query) else own


def _prepare(row: FileRow, options: FileOptions) -> Prepared:
    if row.problem is not None:
        return row.problem
    locale = row.fields.get(options.locale_field) or options.locale
    try:
        own = Utterance.model_validate({"text": row.fields.get(options.text_field), "locale": locale})
    except ValidationError as error:
        return "; ".join(problems_of(error.errors(include_url=False, include_context=False, include_input=False)))
    return Query(own.text, own.locale, options.top, options.compare)
