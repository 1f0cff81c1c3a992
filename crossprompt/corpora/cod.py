"""Reader of COD's layout: ``<language>_<split>.json``, SGD-style dialogues with the same ids and speakers in every
language.

The texts are localised, not translated. There is no schema beside them, so services, slots and intents are not
looked up.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from crossprompt.corpora.arrow import dataset_from_tables
from crossprompt.corpora.dialogue import DIALOGUE_FEATURES, DialogueCorpus
from crossprompt.corpora.errors import LayoutError
from crossprompt.corpora.progress import byte_bar
from crossprompt.corpora.quarantine import Ledger
from crossprompt.corpora.sgd import dialogue_table, read_dialogue_file
from crossprompt.corpora.sources import ResolvedSource
from crossprompt.locales.languages import LocaleError, find_locale, normalise_tag

_FILE = re.compile(r"(?P<language>[A-Za-z]{2,3}(?:[-][A-Za-z]+)*)_(?P<split>train|dev|test)\.json")


def find_language_files(folder: Path) -> dict[str, dict[str, Path]]:
    """The files below ``folder`` by language, as spelled in their names, and split.

    Raises:
        LayoutError: There is none, or there are two of the same language and split.
    """
    files: dict[str, dict[str, Path]] = {}
    for file in sorted(folder.rglob("*_*.json")):
        match = _FILE.fullmatch(file.name)
        if match is None or not _is_language(match["language"]):
            continue
        of_language = files.setdefault(match["language"], {})
        if match["split"] in of_language:
            raise LayoutError(f"{folder} has two files called {file.name}: {of_language[match['split']]} and {file}")
        of_language[match["split"]] = file
    if not files:
        raise LayoutError(f"{folder} holds no <language>_<split>.json; is it a corpus in COD's layout?")
    return files


def read_language(
    folder: Path,
    source: ResolvedSource,
    language: str,
    splits: Iterable[str] | None = None,
    max_quarantined_share: float = 0.05,
    *,
    progress: bool = True,
) -> DialogueCorpus:
    """The dialogues of one language, given as COD's code (``ar``) or as a locale (``ar-SA``), checked one by one.

    In the public files 9 of 970 dialogues have a slot span that leaves the utterance (up to 3 of the 194 of a
    language); they are refused, hence the default of ``max_quarantined_share``.

    Raises:
        LayoutError: There is no file for a split of ``splits`` (None: all that the language has).
        LocaleError: The corpus has no such language.
        QuarantineError: More than ``max_quarantined_share`` of the dialogues, or of the files, are refused.
    """
    found = find_language_files(folder)
    by_split = found[find_locale(language, found)]
    files = {split: _file(by_split, split, language, folder) for split in (splits or sorted(by_split))}
    ledger = Ledger(files)
    tables = []
    total = sum(file.stat().st_size for file in files.values())
    with byte_bar(f"read dialogues in {language}", total, enabled=progress) as bar:
        for split, file in files.items():
            tables.append(dialogue_table(read_dialogue_file(file, file.name, split, None, set(), ledger)))
            bar.update(file.stat().st_size)
    ledger.check_share(f"{source.corpus} ({language})", max_quarantined_share)
    return DialogueCorpus(
        dialogues=dataset_from_tables(tables, DIALOGUE_FEATURES),
        quarantine=ledger.table(),
        summary=ledger.summary(source),
    )


def _file(by_split: dict[str, Path], split: str, language: str, folder: Path) -> Path:
    if split not in by_split:
        raise LayoutError(f"{folder} has no {split} split in {language}; it has {', '.join(sorted(by_split))}")
    return by_split[split]


def _is_language(name: str) -> bool:
    try:
        return normalise_tag(name) == name
    except LocaleError:
        return False
