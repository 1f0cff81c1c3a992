"""Reader of the MASSIVE layout: ``data/<locale>.jsonl``, one utterance a line, ids parallel across locales."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pyarrow as pa

from crossprompt.corpora.annotation import AnnotationError, align_annotation
from crossprompt.corpora.arrow import dataset_from_tables
from crossprompt.corpora.errors import LayoutError
from crossprompt.corpora.progress import byte_bar
from crossprompt.corpora.quarantine import BadRecordError, Ledger, Reason
from crossprompt.corpora.sources import ResolvedSource
from crossprompt.corpora.utterance import PARTITIONS, UTTERANCE_FEATURES, UtteranceCorpus
from crossprompt.locales.languages import LocaleError, normalise_tag

_KEYS = tuple(UTTERANCE_FEATURES)


def read_utterances(
    folder: Path,
    source: ResolvedSource,
    locales: Iterable[str] | None,
    max_quarantined_share: float,
    *,
    progress: bool = True,
) -> UtteranceCorpus:
    """All utterances of ``locales`` (None: of every file) below ``folder``, checked one by one.

    Rows come by locale in the order given (or of their tags), then in the order of the file; only one file is held
    decoded.

    Raises:
        LayoutError: There is no ``data/<locale>.jsonl``, or none for one of ``locales``.
        LocaleError: A wanted tag does not exist.
        QuarantineError: More than ``max_quarantined_share`` of the utterances are refused.
    """
    files = _select(find_locale_files(folder), locales, folder)
    ledger = Ledger(PARTITIONS)
    total = sum(file.stat().st_size for file in files.values())
    tables = []
    with byte_bar("read utterances", total, enabled=progress) as bar:
        for locale, file in files.items():
            bar.set_postfix_str(locale, refresh=False)
            tables.append(_read_file(file, locale, ledger))
            bar.update(file.stat().st_size)
    ledger.check_share(source.corpus, max_quarantined_share)
    return UtteranceCorpus(
        utterances=dataset_from_tables(tables, UTTERANCE_FEATURES),
        quarantine=ledger.table(),
        summary=ledger.summary(source),
    )


def find_locale_files(folder: Path) -> dict[str, Path]:
    """The files ``data/<locale>.jsonl`` below ``folder`` by locale, sorted by tag.

    Raises:
        LayoutError: There is none, or two have the same locale.
    """
    files: dict[str, Path] = {}
    for file in sorted(folder.rglob("data/*.jsonl"), key=lambda path: path.name):
        if not _is_locale(file.stem):
            continue
        if file.stem in files:
            raise LayoutError(f"{folder} has two files for {file.stem}: {files[file.stem]} and {file}; name one corpus")
        files[file.stem] = file
    if not files:
        raise LayoutError(f"{folder} holds no data/<locale>.jsonl; is it a corpus in the MASSIVE layout?")
    return files


def _is_locale(name: str) -> bool:
    try:
        return normalise_tag(name) == name
    except LocaleError:
        return False


def _select(files: Mapping[str, Path], locales: Iterable[str] | None, folder: Path) -> dict[str, Path]:
    if locales is None:
        return dict(files)
    wanted = [normalise_tag(locale) for locale in locales]
    if missing := [locale for locale in wanted if locale not in files]:
        raise LayoutError(
            f"{folder} has no file data/{missing[0]}.jsonl (missing: {', '.join(missing)}); it has {', '.join(files)}"
        )
    return {locale: files[locale] for locale in wanted}


def _read_file(file: Path, locale: str, ledger: Ledger) -> pa.Table:
    ledger.open_file()
    shown = f"data/{file.name}"
    columns: dict[str, list[str]] = {key: [] for key in _KEYS}
    accepted: Counter[str] = Counter()
    seen: set[str] = set()
    for number, raw in _lines(file):
        try:
            row = _parse(raw, locale, seen)
        except BadRecordError as error:
            ledger.refuse(_partition_of(raw), shown, f"line {number}", error, turns=1)
            continue
        seen.add(row["id"])
        accepted[row["partition"]] += 1
        for key in _KEYS:
            columns[key].append(row[key])
    for partition, count in accepted.items():
        ledger.accept(partition, count, count)
    return pa.Table.from_pydict(columns, schema=UTTERANCE_FEATURES.arrow_schema)


def _lines(file: Path) -> Iterator[tuple[int, object]]:
    """Line numbers from 1 and what the lines hold: a decoded value, or the error that decoding met."""
    with file.open("rb") as stream:
        for number, line in enumerate(stream, start=1):
            if not line.strip():
                continue
            try:
                yield number, json.loads(line)
            except (ValueError, RecursionError) as error:
                yield number, error


def _partition_of(raw: object) -> str:
    found = raw.get("partition") if isinstance(raw, dict) else None
    return found if isinstance(found, str) and found in PARTITIONS else "unknown"


def _parse(raw: object, locale: str, seen: set[str]) -> dict[str, str]:
    row = _typed(raw)
    if row["locale"] != locale:
        raise BadRecordError(Reason.WRONG_LOCALE, f"locale is {row['locale']!r} in the file of {locale}")
    if row["partition"] not in PARTITIONS:
        raise BadRecordError(
            Reason.UNKNOWN_PARTITION, f"partition is {row['partition']!r}; valid are {', '.join(PARTITIONS)}"
        )
    if row["id"] in seen:
        raise BadRecordError(Reason.DUPLICATE_ID, f"id {row['id']!r} occurs earlier in the file")
    try:
        align_annotation(row["utt"], row["annot_utt"])
    except AnnotationError as error:
        raise BadRecordError(Reason.BAD_ANNOTATION, str(error)) from error
    return row


def _typed(raw: object) -> dict[str, str]:
    if isinstance(raw, Exception):
        raise BadRecordError(Reason.NOT_JSON, f"the line is no JSON: {raw}")
    if not isinstance(raw, dict):
        raise BadRecordError(Reason.WRONG_TYPE, f"an object is expected, not {type(raw).__name__}")
    for key in _KEYS:
        if key not in raw:
            raise BadRecordError(Reason.MISSING_KEY, f"{key!r} is missing")
        if not isinstance(raw[key], str):
            raise BadRecordError(Reason.WRONG_TYPE, f"{key!r} must be a text, not {type(raw[key]).__name__}")
        if not raw[key].strip():
            reason = Reason.EMPTY_UTTERANCE if key == "utt" else Reason.MISSING_KEY
            raise BadRecordError(reason, f"{key!r} is empty")
    return raw
