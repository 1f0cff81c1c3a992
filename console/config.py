"""``crossprompt config check``: every section of a configuration validated, all wrong fields at once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from console.errors import CommandError
from crossprompt.settings import SettingsError

if TYPE_CHECKING:
    from pipelines.sections import Sections

PLATFORM_KEYS = (
    *("build", "cache_policy", "enable_artifact_metadata", "enable_artifact_visualization", "enable_cache"),
    *("enable_step_logs", "environment", "execution_mode", "extra", "model", "name", "parameters", "retry", "run_name"),
    *("schedule", "secrets", "settings", "steps", "substitutions", "tags"),
)
"""What ZenML itself takes at the top level of the file."""


def check_file(file: Path) -> None:
    """Validate one configuration file of any pipeline.

    Raises:
        CommandError: The file is not there or no YAML, or fields are unknown or out of range: all are named.
    """
    wrong = wrong_fields(_read(file))
    if wrong:
        raise CommandError(f"{file} is not valid:\n" + "\n".join(f"  {line}" for line in wrong))


def sections_of(file: Path) -> Sections:
    """The sections of a configuration file, typed as those of the pipeline that it is for.

    Raises:
        CommandError: See :func:`check_file`.
    """
    from pipelines.kinds import kind_of

    check_file(file)
    sections = _read(file).get("parameters") or {}
    return kind_of(sections).from_sections(**sections)


def wrong_fields(content: dict[str, Any]) -> list[str]:
    """A line per wrong field, with its full name and what it may be; empty if all is well."""
    from pipelines.kinds import kind_of

    wrong = [
        f"{key}: no such key at the top level; the experiment's settings belong under `parameters`, "
        f"and ZenML takes {', '.join(PLATFORM_KEYS)}"
        for key in content
        if key not in PLATFORM_KEYS
    ]
    sections = content.get("parameters") or {}
    if not isinstance(sections, dict):
        return [*wrong, f"parameters: must be sections and their settings, not {sections!r}"]
    kind = kind_of(sections)
    known = {section: values for section, values in sections.items() if section in kind.model_fields}
    wrong += [
        f"{section}: no such section; there are {', '.join(kind.model_fields)}"
        for section in sections
        if section not in known
    ]
    try:
        kind.from_sections(**known)
    except SettingsError as error:
        wrong.extend(_by_section(kind, known) or str(error).splitlines())
    return wrong


def _by_section(kind: type[Sections], sections: dict[str, Any]) -> list[str]:
    """What is wrong in each section by itself; what only does not fit together is left out."""
    wrong: list[str] = []
    for section, values in sections.items():
        try:
            kind.from_sections(**{section: values})
        except SettingsError as error:
            wrong.extend(line for line in str(error).splitlines() if not line.startswith("parameters: "))
    return wrong


def _read(file: Path) -> dict[str, Any]:
    if not file.is_file():
        raise CommandError(f"{file}: no such file; the shipped configurations are in configs/")
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise CommandError(f"{file} is no YAML: {' '.join(str(error).split())}") from None
    if not isinstance(content, dict | None):
        raise CommandError(f"{file}: the top level must be keys and values, such as `parameters:`")
    return content or {}
