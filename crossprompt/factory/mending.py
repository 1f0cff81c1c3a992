"""Turns that failed a check, translated anew by the engines that come after the one that wrote them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any, ClassVar, Final, Self

import pyarrow as pa
from datasets import Dataset

from crossprompt.corpora.arrow import dataset_from_tables
from crossprompt.factory.link import Link
from crossprompt.factory.production import Workshop, produce
from crossprompt.factory.settings import LinkSettings
from crossprompt.records import Record
from crossprompt.translation.engine import Engine, EngineFolders, TranslationCall, TranslationReply
from crossprompt.translation.rows import TRANSLATION_FEATURES, Nature
from crossprompt.translation.settings import EngineSettings

Key = tuple[str, str]
"""Split and id of a dialogue."""
_ROWS_PER_READ: Final = 10_000


class MendingSummary(Record):
    """What became of the refused turns of one locale. ``refused = mended + left``."""

    locale: str
    refused: int
    mended: int
    """Turns that another engine wrote anew; whether these are good is for the next validation to say."""
    left: int
    """Turns that no later engine of the chain could write."""


class PassedTurns(Engine):
    """Stands before the others for the turns of a dialogue that need nothing, so that these are asked for the rest."""

    nature: ClassVar[Nature] = Nature.TRANSLATED

    def __init__(self, refused: Mapping[Key, Collection[int]]) -> None:
        self._refused = refused

    @classmethod
    def from_settings(cls, settings: EngineSettings, folders: EngineFolders) -> Self:
        """Without any refused turn: this engine is no choice in settings."""
        return cls({})

    @property
    def revision(self) -> str:
        """Nothing of its text is ever kept."""
        return "none"

    def locales(self) -> tuple[str, ...]:
        """None of its own."""
        return ()

    def offers(self, locale: str) -> bool:
        """Every one."""
        return True

    def translate(self, call: TranslationCall) -> TranslationReply:
        """The source for a turn that passed, None for one that was refused."""
        refused = self._refused.get(call.dialogue.key, ())
        turns = enumerate(call.turns, start=call.start)
        return TranslationReply(tuple(None if number in refused else turn.utterance for number, turn in turns))


def mend(
    dialogues: Dataset, refused: Dataset, locale: str, workshop: Workshop, *, progress: bool = True
) -> tuple[Dataset, MendingSummary]:
    """Translate the refused turns anew, each with its dialogue as the context, and send nothing else.

    Args:
        dialogues: ``DIALOGUE_FEATURES``.
        refused: ``REFUSED_FEATURES`` of one locale.
        locale: Their language.
        workshop: Its engines are those that wrote the rows, in the chain's order.
        progress: Show a bar (only on a terminal).

    Returns:
        ``TRANSLATION_FEATURES`` of the turns that a later engine wrote, and the counts.

    Raises:
        UnfinishedError, EngineError, LedgerError: See :func:`crossprompt.factory.production.produce`.
    """
    tables = [
        table
        for engine, keys in _by_engine(refused).items()
        if workshop.after(engine)
        for table in _mend_from(dialogues, keys, locale, workshop, engine, progress)
    ]
    mended = dataset_from_tables(tables, TRANSLATION_FEATURES)
    keys = {(row["split"], row["dialogue_id"], row["turn"]) for row in _keys(refused)}
    return mended, MendingSummary(locale=locale, refused=len(keys), mended=len(mended), left=len(keys) - len(mended))


def _mend_from(
    dialogues: Dataset,
    keys: Mapping[Key, Collection[int]],
    locale: str,
    workshop: Workshop,
    engine: str,
    progress: bool,
) -> list[pa.Table]:
    """The turns of ``keys`` as the engines after ``engine`` write them."""
    longest = workshop.settings.max_utterances_per_call
    passed = Link(PassedTurns(keys), LinkSettings(name="passed"), longest)
    later = replace(
        workshop,
        links=(passed, *workshop.after(engine)),
        settings=workshop.settings.model_copy(update={"missing": "skip"}),
    )
    rows, _ = produce(_select(dialogues, keys), locale, later, progress=progress)
    return [_only(table, keys) for table in rows.with_format("arrow").iter(batch_size=_ROWS_PER_READ)]


def _by_engine(refused: Dataset) -> dict[str, dict[Key, set[int]]]:
    """Refused turns by the engine that wrote them and by dialogue."""
    found: dict[str, dict[Key, set[int]]] = defaultdict(lambda: defaultdict(set))
    for row in _keys(refused):
        found[row["engine"]][row["split"], row["dialogue_id"]].add(row["turn"])
    return found


def _keys(refused: Dataset) -> Dataset:
    return refused.select_columns(["split", "dialogue_id", "turn", "engine"])


def _select(dialogues: Dataset, keys: Mapping[Key, Any]) -> Dataset:
    pairs = zip(dialogues["split"], dialogues["dialogue_id"], strict=True)
    return dialogues.select([place for place, key in enumerate(pairs) if key in keys])


def _only(table: pa.Table, keys: Mapping[Key, Collection[int]]) -> pa.Table:
    """The rows whose turns are in ``keys``."""
    columns = (table[name].to_pylist() for name in ("split", "dialogue_id", "turn"))
    mask = [turn in keys.get((split, dialogue), ()) for split, dialogue, turn in zip(*columns, strict=True)]
    return table.filter(pa.array(mask, pa.bool_()))
