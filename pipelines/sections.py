"""The sections of a configuration, and how a pipeline begins: with all of them validated."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import Parameter, Signature
from types import UnionType
from typing import Any, Self, TypeVar, get_args

from zenml import pipeline
from zenml.enums import ExecutionMode
from zenml.pipelines.pipeline_definition import Pipeline

from crossprompt.corpora.downloads import without_secrets
from crossprompt.settings import Settings
from infra.addresses import shown_address

Section = dict[str, Any] | None
"""A section as it stands in the configuration file; None: all defaults."""


class Sections(Settings):
    """The sections of a configuration, each of a type of its own."""

    data_root: str | None = None
    """A folder with the public archives under their own names; None: ``CROSSPROMPT_DATA_ROOT``, or their addresses."""

    @classmethod
    def from_sections(cls, **sections: Any) -> Self:
        """Validate each section under its own name; one that is None has its defaults.

        Raises:
            SettingsError: One line per wrong field of the first wrong section.
        """
        parsed = {}
        for name, value in sections.items():
            if value is not None:
                kind = cls.kind_of(name)
                parsed[name] = value if kind is None else kind.parse(value, name)
        return cls.parse(parsed, "parameters")

    @classmethod
    def kind_of(cls, name: str) -> type[Settings] | None:
        """The settings that a section holds, also of one that may be None; None: it is a plain value, or unknown."""
        annotation = cls.model_fields[name].annotation if name in cls.model_fields else None
        choices = get_args(annotation) if isinstance(annotation, UnionType) else (annotation,)
        return next((kind for kind in choices if isinstance(kind, type) and issubclass(kind, Settings)), None)

    def shown(self) -> dict[str, Any]:
        """All settings as plain values for people: addresses without names, passwords and queries."""
        values: dict[str, Any] = _shown(self.model_dump(mode="json"))
        return values


Configuration = TypeVar("Configuration", bound=Sections)


def laid_out_from(sections: type[Configuration]) -> Callable[[Callable[[Configuration], None]], Pipeline]:
    """A decorator: the pipeline whose parameters are the ``sections``, each a mapping or plain value, or None.

    The decorated function is given them validated, and has the pipeline's name. Laying the pipeline out raises
    ``SettingsError`` where a section is wrong; the message names the field and its valid values.
    """

    def decorate(lay_out: Callable[[Configuration], None]) -> Pipeline:
        @wraps(lay_out)
        def begin(**given: Any) -> None:
            lay_out(sections.from_sections(**given))

        begin.__signature__ = Signature([_parameter(sections, name) for name in sections.model_fields])  # type: ignore[attr-defined]  # what inspect documents
        return pipeline(name=lay_out.__name__, execution_mode=ExecutionMode.FAIL_FAST)(begin)

    return decorate


def _parameter(sections: type[Sections], name: str) -> Parameter:
    kind = Any if sections.kind_of(name) is None else Section
    return Parameter(name, Parameter.KEYWORD_ONLY, default=None, annotation=kind)


def _shown(value: Any, name: str = "") -> Any:
    """``value`` with what people may see of a source's ``location`` and of a database's ``storage``."""
    if isinstance(value, dict):
        return {key: _shown(part, key) for key, part in value.items()}
    if isinstance(value, list):
        return [_shown(part) for part in value]
    if isinstance(value, str) and "://" in value:
        return {"location": without_secrets, "storage": shown_address}.get(name, str)(value)
    return value
