"""An OpenAPI schema as what a page shows of it: operations, and records with the limits of their fields in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_LIMITS = {
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minItems": "at least {} items",
    "maxItems": "at most {} items",
    "minimum": "at least {}",
    "maximum": "at most {}",
}


@dataclass(frozen=True, slots=True)
class Kind:
    """The type of a value: words before the name of a record, that name if there is one, and words after it."""

    before: str
    record: str | None = None
    after: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a record."""

    name: str
    kind: Kind
    needed: bool
    """Whether whoever sends the record must give it."""
    limits: tuple[str, ...]
    description: str


@dataclass(frozen=True, slots=True)
class ApiRecord:
    """A record that is sent or given; ``values`` if it is one of some words instead."""

    name: str
    description: str
    fields: tuple[Field, ...]
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a status means."""

    status: str
    description: str
    kind: Kind | None


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path."""

    method: str
    path: str
    summary: str
    description: str
    token: bool
    body: Kind | None
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class Api:
    """All of it."""

    title: str
    version: str
    paragraphs: tuple[str, ...]
    operations: tuple[Operation, ...]
    records: tuple[ApiRecord, ...]


def describe_api(schema: dict[str, Any]) -> Api:
    """What there is to show of ``schema``, in its order."""
    info, schemas = schema["info"], schema["components"]["schemas"]
    sent = _sent(schema)
    return Api(
        title=info["title"],
        version=info["version"],
        paragraphs=tuple(" ".join(part.split()) for part in info.get("description", "").split("\n\n")),
        operations=tuple(_operations(schema)),
        records=tuple(_record(name, own, sent=name in sent) for name, own in schemas.items()),
    )


def _operations(schema: dict[str, Any]) -> Iterator[Operation]:
    for path, methods in schema["paths"].items():
        for method, own in methods.items():
            body = own.get("requestBody")
            yield Operation(
                method=method.upper(),
                path=path,
                summary=own.get("summary", ""),
                description=own.get("description", ""),
                token=bool(own.get("security")),
                body=_content_kind(body) if body else None,
                answers=tuple(
                    Answer(status, answer["description"], _content_kind(answer))
                    for status, answer in sorted(own["responses"].items())
                ),
            )


def _content_kind(carrier: dict[str, Any]) -> Kind | None:
    for media, content in carrier.get("content", {}).items():
        found = content.get("schema")
        return _kind(found) if found else Kind(media)
    return None


def _sent(schema: dict[str, Any]) -> set[str]:
    """The records in bodies of requests, and those in them."""
    found: set[str] = set()
    bodies = [own.get("requestBody", {}) for methods in schema["paths"].values() for own in methods.values()]
    waiting = [name for body in bodies for name in _names(body)]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += _names(schema["components"]["schemas"][name])
    return found


def _names(part: Any) -> list[str]:
    """The records that a part of a schema refers to."""
    if isinstance(part, dict):
        own = [part["$ref"].rpartition("/")[2]] if "$ref" in part else []
        return own + [name for value in part.values() for name in _names(value)]
    return [name for value in part for name in _names(value)] if isinstance(part, list) else []


def _record(name: str, schema: dict[str, Any], *, sent: bool) -> ApiRecord:
    needed = schema.get("required", ()) if sent else ()
    fields = tuple(
        Field(own, _kind(value), own in needed, tuple(_limits(value)), value.get("description", ""))
        for own, value in schema.get("properties", {}).items()
    )
    return ApiRecord(name, schema.get("description", ""), fields, tuple(map(str, schema.get("enum", ()))))


def _kind(schema: dict[str, Any]) -> Kind:
    if "$ref" in schema:
        return Kind("", schema["$ref"].rpartition("/")[2])
    if "anyOf" in schema:
        first, *others = [_kind(part) for part in schema["anyOf"]]
        words = "".join(f" or {other.before or other.record}" for other in others)
        return Kind(first.before, first.record, first.after + words)
    if schema.get("type") == "array":
        inner = _kind(schema["items"])
        return Kind(f"list of {inner.before}", inner.record, inner.after)
    return Kind(str(schema.get("type", "anything")))


def _limits(schema: dict[str, Any]) -> Iterator[str]:
    for part in (schema, *schema.get("anyOf", ())):
        for name, words in _LIMITS.items():
            if name in part:
                yield words.format(f"{round(part[name]):,}")
    default = schema.get("default")
    if default is not None and default != []:
        yield f"default {str(default).lower() if isinstance(default, bool) else default}"
