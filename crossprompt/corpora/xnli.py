"""Reader of XNLI: pairs of sentences with a relation, parallel by id, and the few-shot splits of Zhao and Schütze.

Two layouts are read: the corpus as it was published, ``xnli.dev.tsv`` and ``xnli.test.tsv`` with a header, and one file
for each language and split, ``<split>-<language>.tsv``, without one. The few-shot splits are
``few_shot_en/<split>_split-<k>.jsonl`` beside them.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable
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
from crossprompt.corpora.settings import NliCorpusSettings
from crossprompt.corpora.sources import ResolvedSource, open_source, resolve_source
from crossprompt.corpora.tsv import read_lines, split_line

NLI_FEATURES = Features(
    {
        "locale": Value("string"),
        "split": Value("string"),
        "shots": Value("int32"),
        "id": Value("string"),
        "premise": Value("string"),
        "hypothesis": Value("string"),
        "label": Value("string"),
    }
)
"""One row per (locale, split, shots, id). ``split`` is dev or test, with ``shots`` 0; or, in a few-shot split, train or
dev with the number of examples of each label."""

NLI_LABELS = ("contradiction", "entailment", "neutral")

_FILE = re.compile(r"(?P<split>dev|test)-(?P<code>[A-Za-z-]+)\.tsv")
_WHOLE = re.compile(r"xnli\.(?P<split>dev|test)\.tsv")
_FEW = re.compile(r"(?P<split>train|dev)_split-(?P<shots>[1-9]\d*)\.jsonl")
_ENGLISH = "en"
_COLUMNS = ("language", "gold_label", "sentence1", "sentence2", "pairID")
"""Those that are read of the published files, among others."""

_Row = tuple[str, str, str, str]
"""Id, premise, hypothesis and label."""


@dataclass(frozen=True, slots=True)
class NliCorpus:
    """What reading gives: rows of ``NLI_FEATURES``, the refused (``QUARANTINE_FEATURES``), and the counts."""

    pairs: Dataset
    quarantine: Dataset
    summary: CorpusSummary


def ingest_xnli(
    settings: NliCorpusSettings,
    data_root: str | os.PathLike[str] | None = None,
    home: Path | None = None,
    *,
    progress: bool = True,
) -> NliCorpus:
    """The pairs that ``settings`` ask for, fetched and unpacked if need be.

    Raises:
        CorpusError: See :func:`resolve_source`, :func:`open_source` and :func:`read_xnli`; or the corpus is another.
        LocaleError: The corpus has not one of the languages.
    """
    source = resolve_source(settings.source, data_root)
    if source.layout is not Layout.XNLI:
        raise LayoutError(f"source.corpus: {source.corpus} has {source.layout.content}; give xnli")
    folder = open_source(source, home, progress=progress)
    return read_xnli(folder, source, settings.languages, settings.max_quarantined_share, progress=progress)


def read_xnli(
    folder: Path,
    source: ResolvedSource,
    languages: Iterable[str] | None,
    max_quarantined_share: float,
    *,
    progress: bool = True,
) -> NliCorpus:
    """Dev and test of ``languages`` (None: all that are there), and all few-shot splits, in the order of the files.

    A line with other fields than there should be, an unknown label, an empty sentence, or an id for the second time in
    its file is refused; a file that is no UTF-8, or has another header, is refused as one record.

    Raises:
        LayoutError: There is no file of either layout, or a language lacks a split.
        LocaleError: A wanted language is not there.
        QuarantineError: More than ``max_quarantined_share`` of the pairs, or of the files, are refused.
    """
    ledger = Ledger(["dev", "test", "few-shot train", "few-shot dev"])
    whole = sorted(file for file in folder.rglob("xnli.*.tsv") if _WHOLE.fullmatch(file.name))
    with byte_bar("read sentence pairs", None, enabled=progress):
        tables = _read_published(whole, languages, ledger) if whole else _read_by_language(folder, languages, ledger)
        tables += [_read_few_shot(*found, ledger) for found in find_few_shot_files(folder)]
    ledger.check_share(source.corpus, max_quarantined_share)
    return NliCorpus(dataset_from_tables(tables, NLI_FEATURES), ledger.table(), ledger.summary(source))


def find_few_shot_files(folder: Path) -> list[tuple[Path, str, int]]:
    """The files ``<split>_split-<k>.jsonl`` below ``folder`` with split and k, train before dev, few before many."""
    matches = ((_FEW.fullmatch(file.name), file) for file in folder.rglob("*.jsonl"))
    found = [(file, match["split"], int(match["shots"])) for match, file in matches if match]
    return sorted(found, key=lambda entry: (entry[1] != "train", entry[2]))


def _read_by_language(folder: Path, languages: Iterable[str] | None, ledger: Ledger) -> list[pa.Table]:
    files: dict[str, dict[str, Path]] = {}
    for file in sorted(folder.rglob("*.tsv"), key=lambda path: path.name):
        match = _FILE.fullmatch(file.name)
        if match and is_language(match["code"]):
            files.setdefault(match["code"], {})[match["split"]] = file
    if not files:
        raise LayoutError(f"{folder} holds neither xnli.<split>.tsv nor <split>-<language>.tsv; is it XNLI?")
    tags = name_languages(list(files))
    tables = []
    for code in select_codes(languages, list(files)):
        for split in ("dev", "test"):
            if split not in files[code]:
                raise LayoutError(f"{folder} has no {split}-{code}.tsv; get a fresh copy, or leave the language out")
            tables.append(_read_language(files[code][split], tags[code], split, ledger))
    return tables


def _read_language(file: Path, tag: str, split: str, ledger: Ledger) -> pa.Table:
    """Lines without ids of their own are parallel by their number."""

    def parse(number: int, line: str) -> _Row:
        premise, hypothesis, label = split_line(line, 3)
        return str(number), premise, hypothesis, label

    lines = enumerate(_lines(file, split, ledger), start=1)
    return _table(tag, split, 0, _accepted(file.name, split, ledger, lines, parse))


def _read_published(files: Iterable[Path], languages: Iterable[str] | None, ledger: Ledger) -> list[pa.Table]:
    """Both files hold all languages; rows of a language that is not wanted are not looked at."""
    wanted = None if languages is None else tuple(languages)
    tables = []
    for file in files:
        split = file.name.split(".")[1]
        header, *lines = _lines(file, split, ledger) or [""]
        columns = header.split("\t")
        if missing := sorted(set(_COLUMNS) - set(columns)):
            detail = f"the header lacks {', '.join(missing)}"
            ledger.refuse(split, file.name, "", BadRecordError(Reason.UNREADABLE_FILE, detail))
            continue
        tables += _read_mixed(file.name, split, columns, lines, wanted, ledger)
    return tables


def _read_mixed(
    name: str, split: str, columns: list[str], lines: list[str], wanted: tuple[str, ...] | None, ledger: Ledger
) -> list[pa.Table]:
    """A table for each wanted language of a file that holds all of them."""

    def parse(_: int, line: str) -> _Row:
        found = dict(zip(columns, split_line(line, len(columns)), strict=True))
        return found["pairID"], found["sentence1"], found["sentence2"], found["gold_label"]

    place = columns.index("language")
    by_code: dict[str, list[tuple[int, str]]] = {}
    for number, line in enumerate(lines, start=2):
        fields = line.split("\t")
        code = fields[place] if len(fields) > place else ""
        if is_language(code):
            by_code.setdefault(code, []).append((number, line))
        else:
            problem = BadRecordError(Reason.WRONG_LOCALE, f"{code!r} in the column 'language' is none")
            ledger.refuse(split, name, f"line {number}", problem, turns=1)
    tags = name_languages(list(by_code))
    return [
        _table(tags[code], split, 0, _accepted(name, split, ledger, by_code[code], parse))
        for code in select_codes(wanted, list(by_code))
    ]


def _read_few_shot(file: Path, split: str, shots: int, ledger: Ledger) -> pa.Table:
    counted = f"few-shot {split}"
    lines = enumerate(_lines(file, counted, ledger), start=1)
    return _table(_ENGLISH, split, shots, _accepted(file.name, counted, ledger, lines, _parse_few_shot))


def _parse_few_shot(number: int, line: str) -> _Row:
    try:
        found = json.loads(line)
        identifier = str(found.get("file_idx", found.get("pairID", number)))
        return identifier, found["sentence1"].strip(), found["sentence2"].strip(), found["gold"]
    except ValueError as error:
        raise BadRecordError(Reason.NOT_JSON, f"the line is no JSON: {error}") from error
    except (KeyError, TypeError, AttributeError) as error:
        raise BadRecordError(Reason.MISSING_KEY, f"sentence1, sentence2 or gold: {error!r}") from error


def _lines(file: Path, split: str, ledger: Ledger) -> list[str]:
    ledger.open_file()
    try:
        return read_lines(file)
    except BadRecordError as error:
        ledger.refuse(split, file.name, "", error)
        return []


def _accepted(
    name: str, split: str, ledger: Ledger, lines: Iterable[tuple[int, str]], parse: Callable[[int, str], _Row]
) -> list[_Row]:
    """The good rows of a file, each id once; the others go to the ledger."""
    rows: dict[str, _Row] = {}
    for number, line in lines:
        try:
            row = _checked(parse(number, line))
            if row[0] in rows:
                raise BadRecordError(Reason.DUPLICATE_ID, f"id {row[0]!r} occurs earlier in the file")
        except BadRecordError as error:
            ledger.refuse(split, name, f"line {number}", error, turns=1)
            continue
        rows[row[0]] = row
    ledger.accept(split, len(rows), len(rows))
    return list(rows.values())


def _checked(row: _Row) -> _Row:
    identifier, premise, hypothesis, label = row
    if label not in NLI_LABELS:
        raise BadRecordError(Reason.UNKNOWN_LABEL, f"label {label!r}; there are {', '.join(NLI_LABELS)}")
    if not (identifier and premise and hypothesis):
        raise BadRecordError(Reason.EMPTY_UTTERANCE, "the id, the premise or the hypothesis is empty")
    return row


def _table(tag: str, split: str, shots: int, rows: list[_Row]) -> pa.Table:
    ids, premises, hypotheses, labels = ([row[column] for row in rows] for column in range(4))
    same = {"locale": [tag] * len(rows), "split": [split] * len(rows), "shots": [shots] * len(rows)}
    own = {"id": ids, "premise": premises, "hypothesis": hypotheses, "label": labels}
    return pa.Table.from_pydict(same | own, schema=NLI_FEATURES.arrow_schema)
