"""Reads the text files of the packaged sample: annotated English dialogues and utterances, and their translations."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

DIALOGUE_MARK = re.compile(r"\[([a-z_]+): ([^\]]*)\]")
"""A slot in a dialogue: ``[slot: value]``."""
UTTERANCE_MARK = re.compile(r"\[([a-z_]+) : ([^\]]*)\]")
"""A slot in an utterance, in MASSIVE's annotation: ``[slot : value]``."""
NO_BLANKS_BETWEEN_WORDS = frozenset({"ja-JP", "km-KH", "th-TH", "zh-CN", "zh-TW"})
"""Here a blank beside a slot's mark comes from the marking: these languages write no blank between words."""

_TURN = re.compile(r"(?:USER (?P<intent>\w+)|SYSTEM): (?P<text>.+)")


class SampleError(ValueError):
    """A line of the sample's source is wrong; the message names file and line."""


@dataclass(frozen=True, slots=True)
class SourceTurn:
    """A turn as written: ``intent`` is None for the system, NONE where the user wants nothing more."""

    intent: str | None
    marked: str


@dataclass(frozen=True, slots=True)
class SourceDialogue:
    """A dialogue as written, with the services it uses."""

    dialogue_id: str
    services: tuple[str, ...]
    turns: tuple[SourceTurn, ...]


@dataclass(frozen=True, slots=True)
class SourceUtterance:
    """A labelled utterance as written."""

    utterance_id: str
    partition: str
    intent: str
    marked: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A slot's value at ``start`` to ``exclusive_end`` of the text without markup."""

    slot: str
    value: str
    start: int
    exclusive_end: int


def read_source_dialogues(path: Path) -> list[SourceDialogue]:
    """The dialogues of ``dialogues.en.txt``."""
    dialogues: list[tuple[str, tuple[str, ...], list[SourceTurn]]] = []
    for where, line in _lines(path):
        if line.startswith("== "):
            name, _, services = line[3:].partition(" | ")
            dialogues.append((name, tuple(services.split(", ")), []))
            continue
        match = _TURN.fullmatch(line)
        if match is None or not dialogues:
            raise SampleError(f"{where}: not a turn, 'USER <intent>: text' or 'SYSTEM: text': {line!r}")
        dialogues[-1][2].append(SourceTurn(match["intent"], match["text"]))
    return [SourceDialogue(name, services, tuple(turns)) for name, services, turns in dialogues]


def read_source_utterances(path: Path) -> list[SourceUtterance]:
    """The utterances of ``utterances.en.txt``, with the ids that the order of the lines gives."""
    utterances = []
    for number, (where, line) in enumerate(_lines(path)):
        fields = line.split("|")
        if len(fields) != 3:
            raise SampleError(f"{where}: not 'split|intent|annotated text': {line!r}")
        utterances.append(SourceUtterance(f"u{number:04d}", fields[0], fields[1], fields[2]))
    return utterances


def read_source_translations(path: Path) -> dict[str, str]:
    """Texts by id of one locale's ``<locale>.tsv``."""
    texts: dict[str, str] = {}
    for where, line in _lines(path):
        name, tab, text = line.partition("\t")
        if not tab or not text.strip():
            raise SampleError(f"{where}: not 'id<TAB>text': {line!r}")
        if name in texts:
            raise SampleError(f"{where}: id {name} comes twice")
        texts[name] = text
    return texts


def strip_marks(marked: str, mark: re.Pattern[str]) -> tuple[str, list[Mark]]:
    """The text without markup, and the slots' places in it."""
    text, marks, end = "", [], 0
    for match in mark.finditer(marked):
        text += marked[end : match.start()]
        marks.append(Mark(match[1], match[2], len(text), len(text) + len(match[2])))
        text += match[2]
        end = match.end()
    text += marked[end:]
    if re.search(r"[\[\]]", text):
        raise SampleError(f"unfinished slot mark in {marked!r}")
    return text, marks


def utterance_text(annotated: str, locale: str) -> str:
    """What a person would type for an annotated utterance: no marks, and no blanks that only the marks brought."""
    if locale in NO_BLANKS_BETWEEN_WORDS:
        annotated = re.sub(r" +(?=\[)|(?<=\]) +", "", annotated)
    return strip_marks(annotated, UTTERANCE_MARK)[0]


def _lines(path: Path) -> Iterator[tuple[str, str]]:
    """``file, line N`` and the line, for all lines but comments; texts must be in Unicode's NFC."""
    for number, line in enumerate(path.read_text(encoding="utf-8").rstrip("\n").split("\n"), start=1):
        where = f"{path.name}, line {number}"
        if not unicodedata.is_normalized("NFC", line):
            raise SampleError(f"{where}: not in Unicode normal form C: {line!r}")
        if not line.startswith("#"):
            yield where, line
