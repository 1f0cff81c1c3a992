"""Typed dialogues in the Schema-Guided Dialogue (SGD) sense, and their Arrow form.

One row of a dialogue table is one dialogue; ``(split, dialogue_id)`` is its key, since SGD uses the same ids in
every split.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from datasets import Dataset, Features, Sequence, Value

from crossprompt.corpora.arrow import dataset_from_rows
from crossprompt.corpora.records import CorpusSummary


class Speaker(StrEnum):
    """Who says a turn."""

    USER = "USER"
    SYSTEM = "SYSTEM"


@dataclass(frozen=True, slots=True)
class SlotSpan:
    """A slot's value inside an utterance: characters ``start`` to ``exclusive_end`` (Unicode code points)."""

    slot: str
    start: int
    exclusive_end: int


@dataclass(frozen=True, slots=True)
class Action:
    """A dialogue act such as INFORM_INTENT, with the slot and the values it speaks of."""

    act: str
    slot: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SlotValues:
    """The values that the dialogue state holds for a slot."""

    slot: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Frame:
    """What a turn means for one service. ``active_intent`` is None where the file gives no state (system turns)."""

    service: str
    slots: tuple[SlotSpan, ...] = ()
    actions: tuple[Action, ...] = ()
    active_intent: str | None = None
    state: tuple[SlotValues, ...] = ()


@dataclass(frozen=True, slots=True)
class Turn:
    """One utterance and its frames."""

    speaker: Speaker
    utterance: str
    frames: tuple[Frame, ...] = ()


@dataclass(frozen=True, slots=True)
class Dialogue:
    """A dialogue of one split; ``services`` are names in the split's schema."""

    split: str
    dialogue_id: str
    services: tuple[str, ...]
    turns: tuple[Turn, ...]

    @property
    def key(self) -> tuple[str, str]:
        """``(split, dialogue_id)``, unique in a corpus."""
        return self.split, self.dialogue_id


_SLOT_SPAN = {"slot": Value("string"), "start": Value("int32"), "exclusive_end": Value("int32")}
_ACTION = {"act": Value("string"), "slot": Value("string"), "values": Sequence(Value("string"))}
_SLOT_VALUES = {"slot": Value("string"), "values": Sequence(Value("string"))}
_FRAME = {
    "service": Value("string"),
    "slots": [_SLOT_SPAN],
    "actions": [_ACTION],
    "active_intent": Value("string"),
    "state": [_SLOT_VALUES],
}
_TURN = {"speaker": Value("string"), "utterance": Value("string"), "frames": [_FRAME]}

DIALOGUE_FEATURES = Features(
    {
        "split": Value("string"),
        "dialogue_id": Value("string"),
        "services": Sequence(Value("string")),
        "turns": [_TURN],
    }
)

QUARANTINE_FEATURES = Features(
    {
        "file": Value("string"),
        "record_id": Value("string"),
        "reason": Value("string"),
        "detail": Value("string"),
    }
)
"""One row per refused record of any corpus: ``reason`` is a short stable word, ``detail`` a sentence."""


@dataclass(frozen=True, slots=True)
class QuarantinedRecord:
    """A record that was refused: in which file, which one, a short stable reason, and a sentence that explains it."""

    file: str
    record_id: str
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class DialogueCorpus:
    """What reading dialogues gives: rows of ``DIALOGUE_FEATURES``, rows of ``QUARANTINE_FEATURES``, and the
    counts.
    """

    dialogues: Dataset
    quarantine: Dataset
    summary: CorpusSummary


def dialogue_to_row(dialogue: Dialogue) -> dict[str, Any]:
    """The row of ``DIALOGUE_FEATURES`` that holds ``dialogue``."""
    return {
        "split": dialogue.split,
        "dialogue_id": dialogue.dialogue_id,
        "services": list(dialogue.services),
        "turns": [_turn_to_row(turn) for turn in dialogue.turns],
    }


def _turn_to_row(turn: Turn) -> dict[str, Any]:
    return {
        "speaker": turn.speaker.value,
        "utterance": turn.utterance,
        "frames": [
            {
                "service": frame.service,
                "slots": [
                    {"slot": span.slot, "start": span.start, "exclusive_end": span.exclusive_end}
                    for span in frame.slots
                ],
                "actions": [{"act": a.act, "slot": a.slot, "values": list(a.values)} for a in frame.actions],
                "active_intent": frame.active_intent,
                "state": [{"slot": s.slot, "values": list(s.values)} for s in frame.state],
            }
            for frame in turn.frames
        ],
    }


def dialogue_from_row(row: Mapping[str, Any]) -> Dialogue:
    """The dialogue that a row of ``DIALOGUE_FEATURES`` holds."""
    return Dialogue(
        split=row["split"],
        dialogue_id=row["dialogue_id"],
        services=tuple(row["services"]),
        turns=tuple(
            Turn(Speaker(turn["speaker"]), turn["utterance"], tuple(_frame_from_row(f) for f in turn["frames"]))
            for turn in row["turns"]
        ),
    )


def _frame_from_row(row: Mapping[str, Any]) -> Frame:
    return Frame(
        service=row["service"],
        slots=tuple(SlotSpan(s["slot"], s["start"], s["exclusive_end"]) for s in row["slots"]),
        actions=tuple(Action(a["act"], a["slot"], tuple(a["values"])) for a in row["actions"]),
        active_intent=row["active_intent"],
        state=tuple(SlotValues(s["slot"], tuple(s["values"])) for s in row["state"]),
    )


def dialogues_to_dataset(dialogues: Iterable[Dialogue]) -> Dataset:
    """A ``datasets.Dataset`` of ``DIALOGUE_FEATURES``, one row per dialogue, in the given order."""
    return dataset_from_rows((dialogue_to_row(d) for d in dialogues), DIALOGUE_FEATURES)


def iterate_dialogues(dataset: Dataset, splits: Iterable[str] | None = None) -> Iterator[Dialogue]:
    """The typed dialogues of a dialogue table, in its order, only of ``splits`` if given."""
    wanted = None if splits is None else set(splits)
    for row in dataset:
        if wanted is None or row["split"] in wanted:
            yield dialogue_from_row(row)
