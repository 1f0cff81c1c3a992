"""Reader of the Schema-Guided Dialogue layout: ``<split>/schema.json`` and ``<split>/dialogues_NNN.json``."""

from __future__ import annotations

import gc
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import pyarrow as pa

from crossprompt.corpora.arrow import dataset_from_tables
from crossprompt.corpora.dialogue import DIALOGUE_FEATURES, Dialogue, DialogueCorpus, dialogue_to_row
from crossprompt.corpora.dialogue_parser import count_turns, parse_dialogue, record_id
from crossprompt.corpora.errors import LayoutError
from crossprompt.corpora.progress import byte_bar
from crossprompt.corpora.quarantine import BadRecordError, Ledger, Reason
from crossprompt.corpora.schema import Schema, list_intents, read_schema
from crossprompt.corpora.sources import ResolvedSource

_ORDER = ("train", "dev", "test")
_FILES = "dialogues_*.json"


def read_dialogues(
    folder: Path,
    source: ResolvedSource,
    splits: Iterable[str],
    max_quarantined_share: float,
    *,
    progress: bool = True,
) -> DialogueCorpus:
    """All dialogues of ``splits`` below ``folder``, checked one by one.

    Files are read one at a time, in the order of the splits and their names; only one is held decoded. A dialogue
    that fails a check of :func:`parse_dialogue`, or repeats an id of its split, goes to the quarantine; a file that
    is no JSON list goes there as one record.

    Raises:
        LayoutError: A split or its schema is missing.
        QuarantineError: More than ``max_quarantined_share`` of the dialogues, or of the files, are refused.
    """
    splits = tuple(splits)
    layout = _Layout.find(folder, splits)
    ledger = Ledger(splits)
    tables = [dialogue_table(dialogues) for dialogues in layout.read(ledger, progress)]
    ledger.check_share(source.corpus, max_quarantined_share)
    return DialogueCorpus(
        dialogues=dataset_from_tables(tables, DIALOGUE_FEATURES),
        quarantine=ledger.table(),
        summary=ledger.summary(source, list_intents(layout.schemas.values())),
    )


def stream_dialogues(
    folder: Path, splits: Iterable[str], ledger: Ledger, *, progress: bool = True
) -> Iterator[Dialogue]:
    """The dialogues of :func:`read_dialogues`, in its order, one file in memory at a time.

    Counts and refused records go into ``ledger``; they are whole once the last dialogue is taken.

    Raises:
        LayoutError: A split or its schema is missing.
    """
    for dialogues in _Layout.find(folder, tuple(splits)).read(ledger, progress):
        with _paused_collection():
            batch = list(dialogues)
        yield from batch


def dialogue_table(dialogues: Iterable[Dialogue]) -> pa.Table:
    """The Arrow table (``DIALOGUE_FEATURES``) of some dialogues."""
    with _paused_collection():
        return pa.Table.from_pylist([dialogue_to_row(d) for d in dialogues], schema=DIALOGUE_FEATURES.arrow_schema)


@contextmanager
def _paused_collection() -> Iterator[None]:
    """Decoded JSON has no cycles, but looking for some among its millions of objects doubles the reading time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def read_dialogue_file(
    path: Path, shown: str, split: str, schema: Schema | None, seen: set[str], ledger: Ledger
) -> Iterator[Dialogue]:
    """The good dialogues of one file; the others, and all counts, go into ``ledger``.

    Args:
        path: A JSON list of dialogues.
        shown: Its name in the quarantine.
        split: The split that it belongs to.
        schema: See :func:`parse_dialogue`.
        seen: Ids met so far in the split; added to.
        ledger: Takes what is accepted and refused.
    """
    ledger.open_file()
    try:
        raws = _decode(path)
    except BadRecordError as error:
        ledger.refuse(split, shown, "", error)
        return
    for index, raw in enumerate(raws):
        try:
            dialogue = parse_dialogue(raw, split, schema)
            if dialogue.dialogue_id in seen:
                raise BadRecordError(Reason.DUPLICATE_ID, f"an earlier dialogue of {split} has the same id")
        except BadRecordError as error:
            ledger.refuse(split, shown, record_id(raw, index), error, count_turns(raw))
            continue
        seen.add(dialogue.dialogue_id)
        ledger.accept(split, len(dialogue.turns))
        yield dialogue


@dataclass(frozen=True, slots=True)
class _Layout:
    """The files of some splits below their root, in order, and the schema of each split."""

    root: Path
    schemas: dict[str, Schema]

    @classmethod
    def find(cls, folder: Path, splits: tuple[str, ...]) -> Self:
        root = _find_splits(folder, splits)
        return cls(root, {split: read_schema(root / split / "schema.json") for split in splits})

    def read(self, ledger: Ledger, progress: bool) -> Iterator[Iterator[Dialogue]]:
        """The good dialogues of each file; those of one are to be taken before the next is asked for."""
        files = [(split, file) for split in self.schemas for file in sorted((self.root / split).glob(_FILES))]
        seen: dict[str, set[str]] = {split: set() for split in self.schemas}
        total = sum(file.stat().st_size for _, file in files)
        with byte_bar("read dialogues", total, enabled=progress) as bar:
            for split, file in files:
                shown = file.relative_to(self.root).as_posix()
                yield read_dialogue_file(file, shown, split, self.schemas[split], seen[split], ledger)
                bar.update(file.stat().st_size)


def _decode(path: Path) -> list[object]:
    try:
        raws = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise BadRecordError(Reason.UNREADABLE_FILE, f"the file is no JSON: {error}") from error
    if not isinstance(raws, list):
        raise BadRecordError(Reason.UNREADABLE_FILE, "the file is no list of dialogues")
    return raws


def list_splits(folder: Path) -> tuple[str, ...]:
    """The splits below ``folder``: train, dev and test first, as far as they are there.

    Raises:
        LayoutError: There is none.
    """
    _, present = _find_root(folder)
    return tuple(sorted(present, key=lambda split: (_ORDER.index(split) if split in _ORDER else len(_ORDER), split)))


def _find_splits(folder: Path, splits: tuple[str, ...]) -> Path:
    root, present = _find_root(folder)
    if missing := [split for split in splits if split not in present]:
        raise LayoutError(f"{root} has no split {', '.join(missing)}; it has {', '.join(present)}")
    return root


def _find_root(folder: Path) -> tuple[Path, list[str]]:
    """The folder that holds the splits, and their names: the highest one with dialogues beside schemas.

    The public repository has more schemas deeper down (SGD-X), without dialogues.
    """
    schemas = (file for file in folder.rglob("schema.json") if file.parent != folder)
    found = {file.parent for file in schemas if any(file.parent.glob(_FILES))}
    roots = sorted({split.parent for split in found}, key=lambda root: (len(root.parts), root))
    if not roots:
        raise LayoutError(f"{folder} holds no <split>/schema.json with dialogues_*.json beside it (SGD layout)")
    if len(roots) > 1 and len(roots[0].parts) == len(roots[1].parts):
        raise LayoutError(f"{folder} holds two corpora in the SGD layout, {roots[0]} and {roots[1]}; name one of them")
    return roots[0], sorted(split.name for split in found if split.parent == roots[0])
