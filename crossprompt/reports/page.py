"""The page: one HTML document with its styles and its script inside, made from the templates beside this module."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from crossprompt.quality.records import ValidationSummary
from crossprompt.reports import formats
from crossprompt.reports.bars import bar_chart, locale_rows
from crossprompt.reports.curves import alignment_panel, rate_rows, study_panel, training_panel
from crossprompt.reports.figures import key_figures
from crossprompt.reports.findings import find, score_of
from crossprompt.reports.inputs import ReportInputs
from crossprompt.reports.refusals import collect_refusals
from crossprompt.tasks.records import Method

_FOLDER = Path(__file__).parent
_LINKED = frozenset({"http", "https", "file"})
_FILTERS = (
    formats.number,
    formats.signed,
    formats.count,
    formats.p_value,
    formats.p_phrase,
    formats.rate,
    formats.duration,
    formats.plural,
    formats.tied,
)


def render_page(inputs: ReportInputs) -> str:
    """The report as one HTML document that loads nothing from anywhere."""
    most = inputs.settings.max_curve_points
    result = inputs.evaluation
    text: str = (
        _environment()
        .get_template("report.html")
        .render(
            inputs=inputs,
            findings=find(result),
            figures=key_figures(inputs),
            bars=bar_chart(result),
            rows=locale_rows(result),
            averages={method: score_of(result.average, method) for method in Method},
            alignment=alignment_panel(inputs.alignment, most),
            study=study_panel(inputs.tuning),
            rates=rate_rows(inputs.tuning),
            trainings=training_panel(inputs.trainings),
            sources=translation_sources(inputs.validation),
            refusals=collect_refusals(inputs),
            prompt_header=inputs.prompt.model_dump(mode="json") if inputs.prompt else {},
            configuration=json.dumps(inputs.configuration, indent=2, ensure_ascii=False, default=str),
            compared=len(result.average) > 1,
            style=_own_file("report.css"),
            script=_own_file("report.js"),
        )
    )
    return text


def translation_sources(validation: ValidationSummary) -> list[tuple[str, str, list[str]]]:
    """Engine, nature and locales of the translations, one entry per engine and nature."""
    sources: dict[tuple[str, str], list[str]] = {}
    for verdict in validation.locales:
        sources.setdefault((verdict.engine, verdict.nature), []).append(verdict.locale)
    return [(engine, nature, locales) for (engine, nature), locales in sources.items()]


def is_address(text: str) -> bool:
    """Whether ``text`` may become a link: nothing but http, https and file addresses."""
    return urlsplit(text).scheme.lower() in _LINKED


def in_words(value: Any) -> str:
    """A detail in one line: lists joined, mappings as ``name: value`` (inner ones in brackets), booleans in words."""
    if isinstance(value, Mapping):
        parts = (
            (name, f"({in_words(part)})" if isinstance(part, Mapping) else in_words(part))
            for name, part in value.items()
        )
        return ", ".join(f"{name}: {part}" for name, part in parts)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(in_words(part) for part in value)
    return formats.ABSENT if value is None else str(value)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_printable,
    )
    environment.filters.update({function.__name__: function for function in _FILTERS}, in_words=in_words)
    environment.tests["address"] = is_address
    return environment


def _printable(value: Any) -> Any:
    """No control character reaches the document; the project's own markup passes as it is."""
    return formats.printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _own_file(name: str) -> Markup:
    return Markup((_FOLDER / name).read_text(encoding="utf-8"))  # the package's own file, not text from outside
