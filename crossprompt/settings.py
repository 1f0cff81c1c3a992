"""The base of all settings: immutable, validated, and strict about names."""

from __future__ import annotations

import re
from typing import Any, Final, Self, get_args

from pydantic import BaseModel, ConfigDict, ValidationError

_ADDRESS: Final = re.compile(r"(https?://)([^/\s'\"@]*@)?([^\s'\"?#]*)([?#][^\s'\"]*)?")


class SettingsError(ValueError):
    """A setting is unknown, of the wrong type or out of range; the message names the field and what it may be."""


class Settings(BaseModel):
    """Base class of every settings object: frozen, and an unknown field is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)

    @classmethod
    def parse(cls, values: Any, section: str) -> Self:
        """Validate ``values`` as this section's settings.

        Args:
            values: A mapping, or an instance of this class (returned as it is).
            section: The section's name in the configuration file, for error messages.

        Raises:
            SettingsError: One line per wrong field: its full name, what was given and what is valid.
        """
        if isinstance(values, cls):
            return values
        try:
            return cls.model_validate({} if values is None else values)
        except ValidationError as error:
            raise SettingsError(_explain(cls, section, error)) from None


def all_different(values: tuple[Any, ...]) -> tuple[Any, ...]:
    """A validator: ``values`` if none of them is there twice."""
    if len(set(values)) < len(values):
        raise ValueError("no value may be there twice")
    return values


def _explain(cls: type[Settings], section: str, error: ValidationError) -> str:
    lines = []
    for item in error.errors():
        *parents, name = section, *(str(part) for part in item["loc"])
        if item["type"] == "extra_forbidden":
            fields = ", ".join(_fields_at(cls, item["loc"]))
            lines.append(f"{'.'.join([*parents, name])}: no such setting; {'.'.join(parents)} has {fields}")
        else:
            lines.append(f"{'.'.join([*parents, name])}: {item['msg']} (got {_shown(item['input'])})")
    return "\n".join(lines)


def _shown(value: Any) -> str:
    """A value for messages, without the users, passwords and queries of addresses in it."""
    return _ADDRESS.sub(_without_secrets, repr(value))


def _without_secrets(address: re.Match[str]) -> str:
    scheme, user, rest, query = address.groups()
    return f"{scheme}{'[hidden]@' if user else ''}{rest}{'?[hidden]' if query else ''}"


def _fields_at(cls: type[BaseModel], location: tuple[int | str, ...]) -> list[str]:
    """The valid field names of the settings object in which ``location`` failed."""
    for part in location[:-1]:
        annotation = cls.model_fields[part].annotation if part in cls.model_fields else None
        for kind in (annotation, *get_args(annotation)):
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                cls = kind
    return sorted(cls.model_fields)
