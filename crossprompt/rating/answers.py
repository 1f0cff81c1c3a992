"""Reads raters' answers: the JSON or CSV that the page saves, and the CSV that a crowd platform gives back."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from crossprompt.rating.crowd import plain_cell
from crossprompt.rating.errors import RatingError
from crossprompt.rating.records import FORMAT_VERSION

PLATFORM_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "export": ("export", "Input.export"),
    "item": ("item", "Input.item"),
    "rater": ("rater", "WorkerId"),
    "meaning": ("meaning", "Answer.meaning"),
    "fluency": ("fluency", "Answer.fluency"),
    "rated_at": ("rated_at",),
}
"""What a column may be called: by this project, or by Amazon Mechanical Turk in its files of results."""
_OPTIONAL: Final = frozenset({"rated_at"})


@dataclass(frozen=True, slots=True)
class Answer:
    """One row: what a rater said of an item. A value is None where none was given, NaN where it is no number."""

    item: str
    rater: str
    meaning: float | None
    fluency: float | None
    rated_at: str
    """ISO 8601 in UTC, or empty where it is not known."""

    @property
    def same_rater(self) -> str:
        """The rater's name without what people spell differently from one time to the next: case and blanks."""
        return " ".join(unicodedata.normalize("NFKC", self.rater).casefold().split())


def read_answers(file: Path, export: str) -> list[Answer]:
    """The answers in one file.

    Args:
        file: ``.json`` from the raters' page, or ``.csv`` with the columns of ``PLATFORM_NAMES``; others are ignored.
        export: The export that was rated.

    Raises:
        RatingError: The file is missing, damaged, of another form, or belongs to another export.
    """
    if file.suffix not in {".json", ".csv"}:
        raise RatingError(f"{file}: answers are read from .json and .csv files")
    try:
        text = file.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise RatingError(f"{file} does not exist") from None
    except UnicodeDecodeError as error:
        raise RatingError(f"{file} is damaged: byte {error.start} is no UTF-8; ask for the file again") from None
    exports, answers = _read_json(file, text) if file.suffix == ".json" else _read_csv(file, text)
    others = exports - {export}
    if others:
        raise RatingError(f"{file} has answers to export {min(others)!r}, not to {export!r}: name that export's key")
    return answers


class _PageRating(BaseModel):
    model_config = ConfigDict(strict=True)

    item: str
    meaning: float | None
    fluency: float | None
    rated_at: str = ""


class _PageFile(BaseModel):
    model_config = ConfigDict(strict=True)

    format: Literal["crossprompt-ratings"]
    version: Literal[1] = FORMAT_VERSION
    export: str
    rater: str
    ratings: tuple[_PageRating, ...]


def _read_json(file: Path, text: str) -> tuple[set[str], list[Answer]]:
    try:
        page = _PageFile.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the file"
        raise RatingError(f"{file} is damaged ({place}: {first['msg']}): ask the rater for the file again") from None
    rater = _named(file, 0, page.rater)
    return {page.export}, [
        Answer(rating.item, rater, rating.meaning, rating.fluency, rating.rated_at) for rating in page.ratings
    ]


def _read_csv(file: Path, text: str) -> tuple[set[str], list[Answer]]:
    exports: set[str] = set()
    answers = []
    for line, row in _csv_rows(file, text):
        exports.add(row["export"])
        answers.append(
            Answer(
                item=row["item"],
                rater=_named(file, line, row["rater"]),
                meaning=_number(row["meaning"]),
                fluency=_number(row["fluency"]),
                rated_at=row["rated_at"],
            )
        )
    return exports, answers


def _csv_rows(file: Path, text: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Line number and cells by our names, of each row under the header."""
    header = text.partition("\n")[0]
    separator = ";" if header.count(";") > header.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        names = next(reader, [])
        places = _places(file, names)
        for cells in reader:
            if not cells:
                continue
            if len(cells) != len(names):
                raise RatingError(
                    f"{file} is damaged: line {reader.line_num} has {len(cells)} cells, and the header {len(names)}; "
                    "ask for the file again"
                )
            found = {name: plain_cell(cells[place]).strip() for name, place in places.items()}
            yield reader.line_num, {"rated_at": "", **found}
    except csv.Error as error:
        raise RatingError(f"{file} is damaged at line {reader.line_num} ({error}): ask for the file again") from None


def _places(file: Path, header: list[str]) -> dict[str, int]:
    """The column of each of our names."""
    places = {}
    for name, spellings in PLATFORM_NAMES.items():
        present = [spelling for spelling in spellings if spelling in header]
        if present:
            places[name] = header.index(present[0])
        elif name not in _OPTIONAL:
            raise RatingError(f"{file} is no table of answers: it lacks the column {' or '.join(spellings)}")
    return places


def _named(file: Path, line: int, rater: str) -> str:
    name = " ".join(rater.split())
    if not name:
        place = f"{file}, line {line}" if line else str(file)
        raise RatingError(f"{place} does not say who the rater is: fill in a name or code")
    return name


def _number(cell: str) -> float | None:
    """The number in a cell, also with a decimal comma; NaN for anything else."""
    if not cell:
        return None
    try:
        return float(cell.replace(",", "."))
    except ValueError:
        return float("nan")
