"""One raw SGD dialogue to a typed one, with every check on the way.

Both ages of the public files pass: the older ones have no user actions, and some have no user state (an empty
``active_intent``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from crossprompt.corpora.dialogue import Action, Dialogue, Frame, SlotSpan, SlotValues, Speaker, Turn
from crossprompt.corpora.quarantine import BadRecordError, Reason
from crossprompt.corpora.schema import Schema, ServiceSchema

T = TypeVar("T")

NO_INTENT = "NONE"
_ACT_ONLY_SLOTS = frozenset({"", "intent", "count"})
"""What an action may have as slot without the schema knowing it."""
_INTENT_ACTS = frozenset({"INFORM_INTENT", "OFFER_INTENT"})


def parse_dialogue(raw: object, split: str, schema: Schema | None) -> Dialogue:
    """The typed dialogue in ``raw``, a decoded JSON value.

    Args:
        raw: In SGD's form.
        split: The split that it was found in.
        schema: The split's services; None where the corpus has none (COD): slots, intents and services are then not
            looked up.

    Raises:
        BadRecordError: The first check that fails, with the turn (from 0) in its detail.
    """
    dialogue_id = _text(raw, "dialogue_id", "dialogue")
    services = tuple(_texts(_field(raw, "services", list, "dialogue"), "services"))
    if schema is not None and (unknown := sorted(set(services) - schema.keys())):
        raise BadRecordError(Reason.UNKNOWN_SERVICE, f"services {', '.join(unknown)} are not in the schema of {split}")
    turns = _field(raw, "turns", list, "dialogue")
    if not turns:
        raise BadRecordError(Reason.NO_TURNS, "the dialogue has no turns")
    parsed = tuple(_turn(turn, f"turn {i}", services, schema) for i, turn in enumerate(turns))
    return Dialogue(split, dialogue_id, services, parsed)


def count_turns(raw: object) -> int:
    """How many turns ``raw`` has, as far as one can tell."""
    turns = raw.get("turns") if isinstance(raw, dict) else None
    return len(turns) if isinstance(turns, list) else 0


def record_id(raw: object, index: int) -> str:
    """The dialogue's id, or ``#index`` where it has none."""
    found = raw.get("dialogue_id") if isinstance(raw, dict) else None
    return found if isinstance(found, str) and found else f"#{index}"


def _turn(raw: object, where: str, services: tuple[str, ...], schema: Schema | None) -> Turn:
    speaker = _text(raw, "speaker", where)
    if speaker not in Speaker.__members__:
        raise BadRecordError(Reason.UNKNOWN_SPEAKER, f"{where}: speaker {speaker!r}; valid are {', '.join(Speaker)}")
    utterance = _field(raw, "utterance", str, where)
    if not utterance.strip():
        raise BadRecordError(Reason.EMPTY_UTTERANCE, f"{where}: the utterance is empty")
    frames = _field(raw, "frames", list, where)
    return Turn(Speaker(speaker), utterance, tuple(_frame(f, where, utterance, services, schema) for f in frames))


def _frame(raw: object, where: str, utterance: str, services: tuple[str, ...], schema: Schema | None) -> Frame:
    name = _text(raw, "service", where)
    if name not in services:
        raise BadRecordError(Reason.UNLISTED_SERVICE, f"{where}: frame of {name}, but the dialogue lists {services}")
    where = f"{where}, {name}"
    service = None if schema is None else schema[name]
    spans = tuple(_span(s, where, utterance, service) for s in _field(raw, "slots", list, where))
    actions = tuple(_action(a, where, service) for a in _optional(raw, "actions", list, where) or ())
    state = _optional(raw, "state", dict, where)
    if state is None:
        return Frame(name, spans, actions)
    return Frame(name, spans, actions, _active_intent(state, where, service), _state_values(state, where, service))


def _span(raw: object, where: str, utterance: str, service: ServiceSchema | None) -> SlotSpan:
    slot = _text(raw, "slot", where)
    _require_slot(slot, where, service)
    start, end = _field(raw, "start", int, where), _field(raw, "exclusive_end", int, where)
    if not 0 <= start < end <= len(utterance):
        raise BadRecordError(
            Reason.SPAN_OUTSIDE, f"{where}: {slot} at {start}..{end}, but the utterance has {len(utterance)} characters"
        )
    return SlotSpan(slot, start, end)


def _action(raw: object, where: str, service: ServiceSchema | None) -> Action:
    act, slot = _text(raw, "act", where), _field(raw, "slot", str, where)
    values = _texts(_field(raw, "values", list, where), where)
    if slot not in _ACT_ONLY_SLOTS:
        _require_slot(slot, where, service)
    if act in _INTENT_ACTS:
        for value in values:
            _require_intent(value, where, service)
    return Action(act, slot, tuple(values))


def _active_intent(state: Mapping[str, Any], where: str, service: ServiceSchema | None) -> str | None:
    intent = _field(state, "active_intent", str, where)
    if intent and intent != NO_INTENT:
        _require_intent(intent, where, service)
    return intent or None


def _state_values(state: Mapping[str, Any], where: str, service: ServiceSchema | None) -> tuple[SlotValues, ...]:
    values = _field(state, "slot_values", dict, where)
    for slot in values:
        _require_slot(slot, where, service)
    return tuple(SlotValues(slot, tuple(_texts(found, where))) for slot, found in values.items())


def _require_slot(slot: str, where: str, service: ServiceSchema | None) -> None:
    if service is not None and slot not in service.slots:
        raise BadRecordError(Reason.UNKNOWN_SLOT, f"{where}: slot {slot!r} is not in the schema")


def _require_intent(intent: str, where: str, service: ServiceSchema | None) -> None:
    if service is not None and intent not in service.intents:
        raise BadRecordError(Reason.UNKNOWN_INTENT, f"{where}: intent {intent!r} is not in the schema")


def _optional(raw: object, key: str, kind: type[T], where: str) -> T | None:
    return _field(raw, key, kind, where) if isinstance(raw, dict) and key in raw else None


def _field(raw: object, key: str, kind: type[T], where: str) -> T:
    if not isinstance(raw, dict):
        raise BadRecordError(Reason.WRONG_TYPE, f"{where}: an object is expected, not {type(raw).__name__}")
    if key not in raw:
        raise BadRecordError(Reason.MISSING_KEY, f"{where}: {key!r} is missing")
    value = raw[key]
    if not isinstance(value, kind) or isinstance(value, bool):
        raise BadRecordError(
            Reason.WRONG_TYPE, f"{where}: {key!r} must be of type {kind.__name__}, not {type(value).__name__}"
        )
    return value


def _text(raw: object, key: str, where: str) -> str:
    value = _field(raw, key, str, where)
    if not value:
        raise BadRecordError(Reason.MISSING_KEY, f"{where}: {key!r} is empty")
    return value


def _texts(values: object, where: str) -> list[str]:
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise BadRecordError(Reason.WRONG_TYPE, f"{where}: a list of texts is expected")
    return values
