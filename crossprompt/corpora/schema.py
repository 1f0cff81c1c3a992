"""The schema beside SGD dialogues: which services there are, with which slots and intents."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from crossprompt.corpora.errors import LayoutError
from crossprompt.corpora.records import ServiceIntent


@dataclass(frozen=True, slots=True)
class ServiceSchema:
    """One service; ``intents`` maps a name to its description."""

    service: str
    slots: frozenset[str]
    intents: Mapping[str, str]


Schema = Mapping[str, ServiceSchema]
"""Services by name."""


def read_schema(path: Path) -> Schema:
    """The services in a ``schema.json``.

    Raises:
        LayoutError: The file is missing, no JSON, or not in SGD's form; without it no dialogue can be checked.
    """
    try:
        services = [_service(raw) for raw in json.loads(path.read_bytes())]
    except FileNotFoundError:
        raise LayoutError(f"{path} is missing; a split in the SGD layout has its schema beside its dialogues") from None
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise LayoutError(
            f"{path} is no SGD schema ({type(error).__name__}: {error}); get a fresh copy of it"
        ) from error
    return {service.service: service for service in services}


def list_intents(schemas: Iterable[Schema]) -> tuple[ServiceIntent, ...]:
    """The intents of all services with their descriptions, each once, by name; the first schema that has one
    describes it.
    """
    found: dict[tuple[str, str], str] = {}
    for schema in schemas:
        for service in schema.values():
            for intent, description in service.intents.items():
                found.setdefault((service.service, intent), description)
    return tuple(ServiceIntent(service=s, intent=i, description=text) for (s, i), text in sorted(found.items()))


def _service(raw: Mapping[str, list[dict[str, str]]]) -> ServiceSchema:
    return ServiceSchema(
        service=str(raw["service_name"]),
        slots=frozenset(slot["name"] for slot in raw["slots"]),
        intents={intent["name"]: intent["description"] for intent in raw["intents"]},
    )
