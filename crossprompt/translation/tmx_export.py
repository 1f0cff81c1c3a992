"""Translations as a translation memory, so that translators' tools can take over, and the memory engine afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from crossprompt.records import Record
from crossprompt.translation.tmx import TmxError, TmxHeader, TranslationUnit, write_units

SOURCE_LOCALE: Final = "en-US"
"""Of the English texts: translators' tools want a territory too."""
_COLUMNS: Final = ("split", "dialogue_id", "turn", "locale", "speaker", "source", "target", "engine", "nature")
_ROWS_PER_READ: Final = 4096


class TmxExport(Record):
    """What was written. ``rows = units + untranslated``."""

    rows: int
    units: int
    untranslated: int
    """Rows without a target, which are left out."""


def export_translations(path: Path, rows: Iterable[Mapping[str, Any]], source_locale: str = SOURCE_LOCALE) -> TmxExport:
    """Write rows of ``TRANSLATION_FEATURES`` as a TMX 1.4 file, in one step; one row is held at a time.

    A unit is called ``<split>/<dialogue_id>:<turn, two digits>``, by which the memory engine finds the very turn again;
    its properties tell the speaker, the engine, and whether the text is translated or localised. The same rows give the
    same bytes.

    Args:
        path: The file to write.
        rows: In the order of the file; of one locale, for tools that take no more.
        source_locale: The tag under which the English texts stand.

    Raises:
        TmxError: A text holds a character that XML can't carry; the message names the unit.
    """
    left_out: list[None] = []
    header = TmxHeader(source_locale, "crossprompt", _version())
    units = write_units(path, _units(rows, source_locale, left_out), header)
    return TmxExport(rows=units + len(left_out), units=units, untranslated=len(left_out))


def export_corpus(corpus: Path, locale: str, path: Path, source_locale: str = SOURCE_LOCALE) -> TmxExport:
    """:func:`export_translations` of one language of a published corpus: ``data/<locale>/*.parquet`` in its folder.

    Raises:
        TmxError: The corpus has no such language, or a file of it can't be read; or as for single rows.
    """
    files = sorted((corpus / "data" / locale).glob("*.parquet"))
    if not files:
        found = ", ".join(sorted({place.parent.name for place in corpus.glob("data/*/*.parquet")})) or "none"
        raise TmxError(f"{corpus} holds no data/{locale}/*.parquet; it has these languages: {found}")
    return export_translations(path, _parquet_rows(files), source_locale)


def _parquet_rows(files: Iterable[Path]) -> Iterator[Mapping[str, Any]]:
    for file in files:
        try:
            with pq.ParquetFile(file) as table:
                for batch in table.iter_batches(_ROWS_PER_READ, columns=list(_COLUMNS)):
                    yield from batch.to_pylist()
        except (pa.ArrowException, OSError) as error:
            reason = " ".join(str(error).split())
            raise TmxError(f"{file} can't be read as a table of translations: {reason}") from error


def _units(rows: Iterable[Mapping[str, Any]], source_locale: str, left_out: list[None]) -> Iterator[TranslationUnit]:
    for row in rows:
        if row["target"] is None:
            left_out.append(None)
            continue
        yield TranslationUnit(
            tuid=f"{row['split']}/{row['dialogue_id']}:{row['turn']:02d}",
            source_locale=source_locale,
            segments={source_locale: row["source"], row["locale"]: row["target"]},
            properties={"x-speaker": row["speaker"], "x-engine": row["engine"], "x-nature": row["nature"]},
        )


def _version() -> str:
    try:
        return version("crossprompt")
    except PackageNotFoundError:
        return "0"
