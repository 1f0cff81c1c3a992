"""Turns the sample's marked dialogues into frames in the layout of Schema-Guided Dialogue (SGD).

Spans, active intents and the state's values follow from the marks; acts follow from the rules below, and what a turn
asks for comes from the hand-written ``requested`` of ``sample_schema.yaml``. Unlike in SGD, categorical slots have
spans too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from sample_text import DIALOGUE_MARK, Mark, SampleError, SourceDialogue, SourceTurn, strip_marks

Json = dict[str, Any]
NO_INTENT = "NONE"
_AGREES = re.compile(r"(yes|correct|i confirm)\b", re.IGNORECASE)
_DECLINES = re.compile(r"(no|wait)\b", re.IGNORECASE)
_THANKS = re.compile(r"\bthank", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Schema:
    """The services by name, as ``schema.json`` holds them, and the slots that turns ask for, by ``dialogue:turn``."""

    services: dict[str, Json]
    requested: dict[str, list[str]]

    def intent(self, service: str, name: str) -> Json | None:
        """An intent of a service, or None if the service has none of that name."""
        return next((i for i in self.services[service]["intents"] if i["name"] == name), None)

    def slot(self, service: str, name: str) -> Json:
        """A slot of a service."""
        for slot in self.services[service]["slots"]:
            if slot["name"] == name:
                return dict(slot)
        raise SampleError(f"the schema of {service} has no slot {name}")


def build_schema(descriptions: Json) -> Schema:
    """The schema from the hand-written descriptions."""
    services = {}
    for name, service in descriptions["services"].items():
        services[name] = {
            "service_name": name,
            "description": service["description"],
            "slots": [_slot(slot, about) for slot, about in service["slots"].items()],
            "intents": [_intent(intent, about) for intent, about in service["intents"].items()],
        }
    return Schema(services, descriptions["requested"])


def _slot(name: str, about: str | Json) -> Json:
    entry: Json = {"description": about} if isinstance(about, str) else about
    values: list[str] = entry.get("values", [])
    return {
        "name": name,
        "description": entry["description"],
        "is_categorical": bool(values),
        "possible_values": values,
    }


def _intent(name: str, about: Json) -> Json:
    optional = about.get("optional", [])
    return {
        "name": name,
        "description": about["description"],
        "is_transactional": about.get("transactional", False),
        "required_slots": about["required"],
        "optional_slots": dict.fromkeys(optional, "dontcare"),
        "result_slots": [*about["required"], *optional, *(s for s in about.get("result", []) if s not in optional)],
    }


def build_dialogue(dialogue: SourceDialogue, schema: Schema) -> Json:
    """A dialogue in SGD's layout."""
    annotator = _Annotator(dialogue, schema)
    turns = [annotator.annotate(number, turn) for number, turn in enumerate(dialogue.turns)]
    return {"dialogue_id": dialogue.dialogue_id, "services": list(dialogue.services), "turns": turns}


class _Annotator:
    """Goes through a dialogue turn by turn and keeps what is known so far."""

    def __init__(self, dialogue: SourceDialogue, schema: Schema) -> None:
        self._dialogue = dialogue
        self._schema = schema
        self._service = dialogue.services[0]
        self._intent = NO_INTENT
        self._state: dict[str, dict[str, list[str]]] = {service: {} for service in dialogue.services}
        self._seen: set[tuple[str, str, str]] = set()
        self._proposed: list[Mark] = []

    def annotate(self, number: int, turn: SourceTurn) -> Json:
        """The turn in SGD's layout."""
        text, marks = strip_marks(turn.marked, DIALOGUE_MARK)
        asked = self._schema.requested.get(f"{self._dialogue.dialogue_id}:{number:02d}", [])
        if turn.intent is None:
            frame = self._system_frame(text, marks, asked, number == len(self._dialogue.turns) - 1)
        else:
            frame = self._user_frame(turn.intent, text, marks, asked)
        self._seen.update((self._service, mark.slot, mark.value.casefold()) for mark in marks)
        return {"frames": [frame], "speaker": "SYSTEM" if turn.intent is None else "USER", "utterance": text}

    def _user_frame(self, intent: str, text: str, marks: list[Mark], asked: list[str]) -> Json:
        """A user's turn: what is wanted, agreed to, told and asked, and all that is known after it."""
        actions = self._intent_actions(intent)
        if _AGREES.match(text):
            actions.append(_action("AFFIRM"))
            self._adopt_proposal()
        elif _DECLINES.match(text) and intent != NO_INTENT:
            actions.append(_action("NEGATE"))
        actions += self._slot_actions("INFORM", marks)
        actions += [_action("REQUEST", slot) for slot in asked]
        self._remember(marks)
        self._proposed = []
        values = {slot: list(said) for slot, said in sorted(self._state[self._service].items())}
        state = {"active_intent": intent, "requested_slots": asked, "slot_values": values}
        return {**self._frame(actions or [_closing_act(text)], marks), "state": state}

    def _system_frame(self, text: str, marks: list[Mark], asked: list[str], last: bool) -> Json:
        """A turn of the system, which confirms values that were said before, offers others, or tells them."""
        asks = not asked and ("?" in text or "confirm" in text)
        known = all((self._service, mark.slot, mark.value.casefold()) in self._seen for mark in marks)
        act = ("CONFIRM" if known else "OFFER") if asks else "INFORM"
        actions = self._slot_actions(act, marks) + [_action("REQUEST", slot) for slot in asked]
        if asks:
            self._proposed = marks
        return self._frame(actions or [self._act_without_slot(asks, last)], marks)

    def _intent_actions(self, intent: str) -> list[Json]:
        """INFORM_INTENT where the intent changes; the service follows the intent."""
        changed = intent not in (self._intent, NO_INTENT)
        self._intent = intent
        if not changed:
            return []
        self._service = self._service_of(intent)
        return [_action("INFORM_INTENT", "intent", [intent])]

    def _act_without_slot(self, asks: bool, last: bool) -> Json:
        """What a system does whose turn names no slot."""
        if asks:
            return _action("REQ_MORE")
        intent = self._schema.intent(self._service, self._intent)
        if last or intent is None:
            return _action("GOODBYE")
        return _action("NOTIFY_SUCCESS" if intent["is_transactional"] else "INFORM")

    def _service_of(self, intent: str) -> str:
        """The first of the dialogue's services that has the intent; raises ``SampleError`` if none has."""
        for service in self._dialogue.services:
            if self._schema.intent(service, intent):
                return service
        raise SampleError(f"{self._dialogue.dialogue_id}: no {intent} in the schema of {self._dialogue.services}")

    def _adopt_proposal(self) -> None:
        """Take over what the system proposed and the user agreed to, as far as the intent has such slots."""
        intent = self._schema.intent(self._service, self._intent) or {"required_slots": [], "optional_slots": {}}
        slots = {*intent["required_slots"], *intent["optional_slots"]}
        self._remember([mark for mark in self._proposed if mark.slot in slots])

    def _remember(self, marks: list[Mark]) -> None:
        """This turn's values replace those of turns before; several values of one slot in a turn stand side by side."""
        values = {slot: [self._canonical(mark) for mark in said] for slot, said in _by_slot(marks).items()}
        self._state[self._service].update(values)

    def _slot_actions(self, act: str, marks: list[Mark]) -> list[Json]:
        """One action per slot, with its values as they were said and as the schema writes them."""
        return [
            _action(act, slot, [mark.value for mark in said], [self._canonical(mark) for mark in said])
            for slot, said in _by_slot(marks).items()
        ]

    def _canonical(self, mark: Mark) -> str:
        """The value as the schema writes it, for categorical slots; else the value as it was said."""
        slot = self._schema.slot(self._service, mark.slot)
        if not slot["is_categorical"]:
            return mark.value
        for value in slot["possible_values"]:
            if value.casefold() == mark.value.casefold():
                return str(value)
        raise SampleError(f"{self._service}: {mark.value!r} is none of {mark.slot}'s values: {slot['possible_values']}")

    def _frame(self, actions: list[Json], marks: list[Mark]) -> Json:
        spans = [{"exclusive_end": mark.exclusive_end, "slot": mark.slot, "start": mark.start} for mark in marks]
        return {"actions": actions, "service": self._service, "slots": spans}


def _by_slot(marks: list[Mark]) -> dict[str, list[Mark]]:
    grouped: dict[str, list[Mark]] = {}
    for mark in marks:
        grouped.setdefault(mark.slot, []).append(mark)
    return grouped


def _closing_act(text: str) -> Json:
    if _THANKS.search(text):
        return _action("THANK_YOU")
    return _action("REQUEST" if "?" in text else "GOODBYE")


def _action(act: str, slot: str = "", values: list[str] | None = None, canonical: list[str] | None = None) -> Json:
    said = values or []
    return {"act": act, "canonical_values": said if canonical is None else canonical, "slot": slot, "values": said}
