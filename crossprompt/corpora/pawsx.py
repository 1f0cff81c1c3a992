"""Reader of PAWS-X: ``<language>/<split>*.tsv``, pairs of sentences that may be paraphrases, parallel by id."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from datasets import Dataset, Features, Value

from crossprompt.corpora.arrow import dataset_from_tables
from crossprompt.corpora.catalogue import Layout
from crossprompt.corpora.codes import is_language, name_languages, select_codes
from crossprompt.corpora.errors import LayoutError
from crossprompt.corpora.progress import byte_bar
from crossprompt.corpora.quarantine import BadRecordError, Ledger, Reason
from crossprompt.corpora.records import CorpusSummary
from crossprompt.corpora.settings import ParaphraseSettings
from crossprompt.corpora.sources import ResolvedSource, open_source, resolve_source
from crossprompt.corpora.tsv import read_lines, split_line

PARAPHRASE_FEATURES = Features(
    {
        "locale": Value("string"),
        "split": Value("string"),
        "id": Value("string"),
        "first": Value("string"),
        "second": Value("string"),
    }
)
"""One row per (locale, split, id). Labels are not kept: they differ a little by language, and nothing learns from them.
"""

_FILE = re.compile(r"(?:translated_)?(?P<split>train|dev|test)(?:_2k)?\.tsv")
_COLUMNS = ("id", "sentence1", "sentence2", "label")
_UNTRANSLATED = "NS"
"""What a sentence reads that the translators left out."""


@dataclass(frozen=True, slots=True)
class ParaphraseCorpus:
    """What reading gives: rows of ``PARAPHRASE_FEATURES``, the refused (``QUARANTINE_FEATURES``), and the counts."""

    pairs: Dataset
    quarantine: Dataset
    summary: CorpusSummary


def ingest_pawsx(
    settings: ParaphraseSettings,
    data_root: str | os.PathLike[str] | None = None,
    home: Path | None = None,
    *,
    progress: bool = True,
) -> ParaphraseCorpus:
    """The pairs that ``settings`` ask for, fetched and unpacked if need be.

    Raises:
        CorpusError: See :func:`resolve_source`, :func:`open_source` and :func:`read_pawsx`; or the corpus is another.
        LocaleError: The corpus has not one of the languages.
    """
    source = resolve_source(settings.source, data_root)
    if source.layout is not Layout.PAWSX:
        raise LayoutError(f"source.corpus: {source.corpus} has {source.layout.content}; give paws-x")
    folder = open_source(source, home, progress=progress)
    return read_pawsx(folder, source, settings.languages, settings.max_quarantined_share, progress=progress)


def read_pawsx(
    folder: Path,
    source: ResolvedSource,
    languages: Iterable[str] | None,
    max_quarantined_share: float,
    *,
    progress: bool = True,
) -> ParaphraseCorpus:
    """All splits of ``languages`` (None: of every folder), in that order and then that of the files.

    A row that was not translated, has other fields than it should, an empty sentence, or an id for the second time in
    its file is refused; a file that is no UTF-8, or has another header, is refused as one record.

    Raises:
        LayoutError: There are no such files, or two for one split.
        LocaleError: A wanted language is not there.
        QuarantineError: More than ``max_quarantined_share`` of the pairs, or of the files, are refused.
    """
    files = find_language_files(folder)
    tags = name_languages(list(files))
    ledger = Ledger(["train", "dev", "test"])
    tables = []
    with byte_bar("read sentence pairs", None, enabled=progress) as bar:
        for code in select_codes(languages, list(files)):
            for split, file in files[code].items():
                tables.append(_read_file(file, tags[code], split, ledger))
                bar.update(file.stat().st_size)
    ledger.check_share(source.corpus, max_quarantined_share)
    return ParaphraseCorpus(dataset_from_tables(tables, PARAPHRASE_FEATURES), ledger.table(), ledger.summary(source))


def find_language_files(folder: Path) -> dict[str, dict[str, Path]]:
    """The files of each language below ``folder``, by its code (sorted) and then by split.

    Raises:
        LayoutError: There is none, or a language has two files for a split.
    """
    files: dict[str, dict[str, Path]] = {}
    for file in sorted(folder.rglob("*.tsv"), key=lambda path: (path.parent.name, path.name)):
        match = _FILE.fullmatch(file.name)
        if match is None or not is_language(file.parent.name):
            continue
        own = files.setdefault(file.parent.name, {})
        if match["split"] in own:
            raise LayoutError(f"{own[match['split']]} and {file} are both the {match['split']} split; take one away")
        own[match["split"]] = file
    if not files:
        raise LayoutError(f"{folder} holds no <language>/<split>.tsv; is it PAWS-X?")
    return files


def _read_file(file: Path, tag: str, split: str, ledger: Ledger) -> pa.Table:
    ledger.open_file()
    shown = f"{file.parent.name}/{file.name}"
    rows: dict[str, tuple[str, str]] = {}
    try:
        lines = _lines(file)
    except BadRecordError as error:
        ledger.refuse(split, shown, "", error)
        lines = []
    for number, line in enumerate(lines, start=2):
        try:
            identifier, first, second = _parse(line)
            if identifier in rows:
                raise BadRecordError(Reason.DUPLICATE_ID, f"id {identifier!r} occurs earlier in the file")
        except BadRecordError as error:
            ledger.refuse(split, shown, f"line {number}", error, turns=1)
            continue
        rows[identifier] = first, second
    ledger.accept(split, len(rows), len(rows))
    same = {"locale": [tag] * len(rows), "split": [split] * len(rows), "id": list(rows)}
    texts = {"first": [first for first, _ in rows.values()], "second": [second for _, second in rows.values()]}
    return pa.Table.from_pydict(same | texts, schema=PARAPHRASE_FEATURES.arrow_schema)


def _lines(file: Path) -> list[str]:
    """The lines behind the header."""
    header, *lines = read_lines(file) or [""]
    if tuple(header.split("\t")) != _COLUMNS:
        raise BadRecordError(Reason.UNREADABLE_FILE, f"the header is {header!r}; {' '.join(_COLUMNS)} are expected")
    return lines


def _parse(line: str) -> tuple[str, str, str]:
    """Id and both sentences."""
    identifier, first, second, _ = split_line(line, len(_COLUMNS))
    if _UNTRANSLATED in (first, second):
        raise BadRecordError(Reason.NOT_TRANSLATED, f"a sentence reads {_UNTRANSLATED!r}: it was not translated")
    if not (identifier and first and second):
        raise BadRecordError(Reason.EMPTY_UTTERANCE, "the id or a sentence is empty")
    return identifier, first, second
