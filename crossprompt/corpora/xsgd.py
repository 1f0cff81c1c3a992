"""Reader of XSGD's layout: SGD's files, in which every turn has its translations beside the English text.

The layout is the one that the authors' published evaluation code reads (github.com/salesforce/FewXC): a folder for
each split, such as ``dev_multi-lingual``; in it JSON lists of dialogues in SGD's form, in every file whose name does
not hold ``schema``; and in each turn, beside ``utterance``, a text ``utterance_<code>`` for each of the 105 codes of
paper 001, appendix A (``utterance_sw``, ``utterance_zh-CN``). What is not confirmed: how the public bucket itself is
organised (the names of its folders and files), for that was not seen. So a folder counts as a split's by what it holds:
its name is ``train``, ``dev`` or ``test``, or one of these followed by ``-`` or ``_`` and more, and its files have such
turns.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from crossprompt.corpora.dialogue import Dialogue
from crossprompt.corpora.dialogue_parser import parse_dialogue, record_id
from crossprompt.corpora.errors import LayoutError
from crossprompt.corpora.quarantine import BadRecordError
from crossprompt.locales.languages import LocaleError, normalise_tag

_SPLIT_FOLDER: Final = re.compile(r"(?P<split>train|dev|test)(?:[-_].*)?")
_TRANSLATION: Final = re.compile(rb'"utterance_([A-Za-z]{2,3}(?:-[A-Za-z0-9]+)*)"\s*:')
_DIALOGUE_ID: Final = re.compile(rb'"dialogue_id"\s*:\s*"([^"\\]+)"')
_KEY_PREFIX: Final = "utterance_"
_HEAD: Final = 1 << 18
"""Bytes of a file in which its languages are looked for: a turn in 106 languages has some 20,000."""


@dataclass(frozen=True, slots=True)
class XsgdLayout:
    """What a folder holds: the files of each split, and the languages as the keys spell them."""

    files: Mapping[str, tuple[Path, ...]]
    languages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TranslatedDialogue:
    """A dialogue in English, and its turns in another language; None where a turn has no text in it."""

    english: Dialogue
    targets: tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class TranslatedFile:
    """The dialogues of one file by id, and why others were refused."""

    dialogues: Mapping[str, TranslatedDialogue]
    refused: Mapping[str, str]


def find_layout(folder: Path) -> XsgdLayout:
    """The files and languages below ``folder``, from names and the beginnings of files.

    Raises:
        LayoutError: There are none, or two folders of one split.
    """
    files: dict[str, tuple[Path, ...]] = {}
    languages: set[str] = set()
    for place in sorted(path for path in (folder, *folder.rglob("*")) if path.is_dir()):
        match = _SPLIT_FOLDER.fullmatch(place.name)
        found = tuple(sorted(file for file in place.glob("*.json") if "schema" not in file.name)) if match else ()
        spoken = _languages(found[0]) if found else set()
        if match is None or not spoken:
            continue
        if match["split"] in files:
            first = files[match["split"]][0].parent
            raise LayoutError(f"{folder} has two folders of {match['split']}, {first} and {place}; name one corpus")
        files[match["split"]] = found
        languages |= spoken
    if not files:
        raise LayoutError(
            f"{folder} holds no <split>/*.json whose turns have {_KEY_PREFIX}<language>; is it in XSGD's layout?"
        )
    return XsgdLayout(files, tuple(sorted(languages)))


def find_dialogues(files: tuple[Path, ...]) -> dict[str, Path]:
    """Which file holds which dialogue, by id; looks through the bytes of each, without decoding it.

    Raises:
        LayoutError: Two files hold the same id, or one can't be read.
    """
    places: dict[str, Path] = {}
    for file in files:
        for found in _ids(file):
            if places.setdefault(found, file) != file:
                raise LayoutError(f"dialogue {found} is in two files: {places[found]} and {file}")
    return places


def read_translated_file(file: Path, split: str, language: str) -> TranslatedFile:
    """The dialogues of one file, which is decoded whole, in English and in ``language`` (a code as the keys spell it).

    Raises:
        LayoutError: The file can't be read or is no JSON list.
    """
    dialogues: dict[str, TranslatedDialogue] = {}
    refused: dict[str, str] = {}
    for index, raw in enumerate(_decode(file)):
        name = record_id(raw, index)
        try:
            english = parse_dialogue(raw, split, None)
        except BadRecordError as error:
            refused[name] = error.detail
            continue
        dialogues[name] = TranslatedDialogue(english, _targets(raw, f"{_KEY_PREFIX}{language}"))
    return TranslatedFile(dialogues, refused)


def _targets(raw: Any, key: str) -> tuple[str | None, ...]:
    texts = (turn.get(key) for turn in raw["turns"])
    return tuple(text if isinstance(text, str) else None for text in texts)


def _languages(file: Path) -> set[str]:
    with file.open("rb") as stream:
        head = stream.read(_HEAD)
    return {code.decode() for code in _TRANSLATION.findall(head) if _is_language(code.decode())}


def _is_language(code: str) -> bool:
    try:
        normalise_tag(code)
    except LocaleError:
        return False
    return True


def _ids(file: Path) -> Iterator[str]:
    return (found.decode() for found in _DIALOGUE_ID.findall(_bytes(file)))


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise LayoutError(f"{file} can't be read: {error.strerror or error}") from error


def _decode(file: Path) -> list[object]:
    try:
        raws = json.loads(_bytes(file))
    except (ValueError, RecursionError) as error:
        raise LayoutError(f"{file} is no JSON: {error}") from error
    if not isinstance(raws, list):
        raise LayoutError(f"{file} is no list of dialogues")
    return raws
