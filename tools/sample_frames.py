"""Turns the sample's marked dialogues into frames in the layout of Schema-Guided Dialogue (SGD).

Spans, active intents and the state's values follow from the marks; acts follow from the rules below, and what a turn
asks for comes from the hand-written ``requested`` of ``sample_schema.yaml``. Unlike SGD, spans are given for categorical
slots too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
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


@dataclass
class _Progress:
    """What is known at one point of a dialogue."""

    service: str
    intent: str = NO_INTENT
    state: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    seen: set[tuple[str, str, str]] = field(default_factory=set)
    proposed: list[Mark] = field(default_factory=list)

    def values(self) -> dict[str, list[str]]:
        return self.state.setdefault(self.service, {})


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
    entry = {"description": about} if isinstance(about, str) else about
    values = entry.get("values", [])
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
    progress = _Progress(dialogue.services[0])
    turns = []
    for number, turn in enumerate(dialogue.turns):
        text, marks = strip_marks(turn.marked, DIALOGUE_MARK)
        asked = schema.requested.get(f"{dialogue.dialogue_id}:{number:02d}", [])
        if turn.intent is None:
            last = number == len(dialogue.turns) - 1
            frame = _system_frame(text, marks, asked, last, progress, schema)
        else:
            frame = _user_frame(turn, text, marks, asked, dialogue, progress, schema)
        progress.seen.update((progress.service, mark.slot, mark.value.casefold()) for mark in marks)
        turns.append({"frames": [frame], "speaker": "SYSTEM" if turn.intent is None else "USER", "utterance": text})
    return {"dialogue_id": dialogue.dialogue_id, "services": list(dialogue.services), "turns": turns}


def _user_frame(
    turn: SourceTurn,
    text: str,
    marks: list[Mark],
    asked: list[str],
    dialogue: SourceDialogue,
    progress: _Progress,
    schema: Schema,
) -> Json:
    intent = str(turn.intent)
    actions = []
    if intent not in (progress.intent, NO_INTENT):
        progress.service = _service_of(intent, dialogue, schema)
        actions.append(_action("INFORM_INTENT", "intent", [intent]))
    progress.intent = intent
    if _AGREES.match(text):
        actions.append(_action("AFFIRM"))
        _adopt(progress, schema)
    elif _DECLINES.match(text) and intent != NO_INTENT:
        actions.append(_action("NEGATE"))
    actions += _slot_actions("INFORM", marks, progress.service, schema)
    actions += [_action("REQUEST", slot) for slot in asked]
    _remember(marks, progress, schema)
    progress.proposed = []
    state = {
        "active_intent": intent,
        "requested_slots": asked,
        "slot_values": {slot: list(values) for slot, values in sorted(progress.values().items())},
    }
    return {**_frame(actions or [_closing_act(text)], marks, progress.service), "state": state}


def _system_frame(
    text: str, marks: list[Mark], asked: list[str], last: bool, progress: _Progress, schema: Schema
) -> Json:
    asks = not asked and ("?" in text or "confirm" in text)
    known = all((progress.service, mark.slot, mark.value.casefold()) in progress.seen for mark in marks)
    act = ("CONFIRM" if known else "OFFER") if asks else "INFORM"
    actions = _slot_actions(act, marks, progress.service, schema)
    actions += [_action("REQUEST", slot) for slot in asked]
    if asks:
        progress.proposed = marks
    if not actions:
        actions = [_act_without_slot(asks, last, progress, schema)]
    return _frame(actions, marks, progress.service)


def _act_without_slot(asks: bool, last: bool, progress: _Progress, schema: Schema) -> Json:
    if asks:
        return _action("REQ_MORE")
    if last or progress.intent == NO_INTENT:
        return _action("GOODBYE")
    intent = schema.intent(progress.service, progress.intent)
    return _action("NOTIFY_SUCCESS" if intent and intent["is_transactional"] else "INFORM")


def _closing_act(text: str) -> Json:
    if _THANKS.search(text):
        return _action("THANK_YOU")
    return _action("REQUEST" if "?" in text else "GOODBYE")


def _service_of(intent: str, dialogue: SourceDialogue, schema: Schema) -> str:
    for service in dialogue.services:
        if schema.intent(service, intent):
            return service
    raise SampleError(f"dialogue {dialogue.dialogue_id}: no intent {intent} in the schema of {dialogue.services}")


def _adopt(progress: _Progress, schema: Schema) -> None:
    """Take over what the system proposed and the user agreed to, as far as the intent has such slots."""
    intent = schema.intent(progress.service, progress.intent) or {"required_slots": [], "optional_slots": {}}
    slots = {*intent["required_slots"], *intent["optional_slots"]}
    _remember([mark for mark in progress.proposed if mark.slot in slots], progress, schema)


def _remember(marks: list[Mark], progress: _Progress, schema: Schema) -> None:
    """This turn's values replace those of turns before; several values of one slot in a turn stand side by side."""
    values: dict[str, list[str]] = {}
    for mark in marks:
        value = _canonical(mark, progress.service, schema)
        values.setdefault(mark.slot, []).append(value)
    progress.values().update(values)


def _slot_actions(act: str, marks: list[Mark], service: str, schema: Schema) -> list[Json]:
    values: dict[str, list[Mark]] = {}
    for mark in marks:
        values.setdefault(mark.slot, []).append(mark)
    return [
        _action(act, slot, [m.value for m in of_slot], [_canonical(m, service, schema) for m in of_slot])
        for slot, of_slot in values.items()
    ]


def _canonical(mark: Mark, service: str, schema: Schema) -> str:
    """The value as the schema writes it, for categorical slots; else the value as it was said."""
    slot = schema.slot(service, mark.slot)
    if not slot["is_categorical"]:
        return mark.value
    for value in slot["possible_values"]:
        if value.casefold() == mark.value.casefold():
            return str(value)
    raise SampleError(f"{service}: {mark.value!r} is none of the values of {mark.slot}: {slot['possible_values']}")


def _action(act: str, slot: str = "", values: list[str] | None = None, canonical: list[str] | None = None) -> Json:
    said = values or []
    return {"act": act, "canonical_values": said if canonical is None else canonical, "slot": slot, "values": said}


def _frame(actions: list[Json], marks: list[Mark], service: str) -> Json:
    spans = [{"exclusive_end": mark.exclusive_end, "slot": mark.slot, "start": mark.start} for mark in marks]
    return {"actions": actions, "service": service, "slots": spans}
