"""A pipeline begins with its sections: its parameters are they, and what is wrong with one is said by name."""

from __future__ import annotations

from inspect import signature
from typing import Any

import pytest

from crossprompt.settings import Settings, SettingsError
from pipelines.comparison_plan import Comparison
from pipelines.kinds import KINDS, pipeline_of
from pipelines.languages_plan import LanguagesJob
from pipelines.sections import Section, Sections, laid_out_from

ADDRESS = "https://me:secret@example.org/sgd.zip?token=secret"
DATABASE = "postgresql://me:secret@example.org/studies"


class Light(Settings):
    colour: str = "red"
    hours: int = 1


class Lantern(Sections):
    light: Light = Light()
    names: tuple[str, ...] = ()


@pytest.fixture
def lit() -> tuple[Any, list[Lantern]]:
    """A pipeline, and what it was laid out from."""
    seen: list[Lantern] = []

    @laid_out_from(Lantern)
    def light_lantern(lantern: Lantern) -> None:
        """Light it."""
        seen.append(lantern)

    return light_lantern, seen


def test_sections_reach_the_pipeline_validated(lit: tuple[Any, list[Lantern]]) -> None:
    pipeline, seen = lit
    pipeline.entrypoint(light={"hours": 3}, names=["a"], data_root=None)
    assert seen == [Lantern(light=Light(hours=3), names=("a",))]
    assert pipeline.name == "light_lantern"
    parameters = signature(pipeline.entrypoint).parameters
    assert {name: own.annotation for name, own in parameters.items()} == {
        "data_root": Any,
        "light": Section,
        "names": Any,
    }
    assert all(own.default is None for own in parameters.values())


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"light": {"hours": "many"}}, r"^light\.hours: "),
        ({"light": {"heat": 3}}, r"^light\.heat: no such setting"),
        ({"names": 5}, r"^parameters\.names: "),
    ],
)
def test_a_wrong_section_is_named(lit: tuple[Any, list[Lantern]], given: dict[str, Any], message: str) -> None:
    pipeline, seen = lit
    with pytest.raises(SettingsError, match=message):
        pipeline.entrypoint(**given)
    assert seen == []


@pytest.mark.parametrize("name", KINDS)
def test_every_pipeline_has_its_sections_as_parameters(name: str) -> None:
    pipeline = pipeline_of(KINDS[name]())
    assert pipeline.name == name
    assert list(signature(pipeline.entrypoint).parameters) == list(KINDS[name].model_fields)


def test_no_pipeline_shows_a_secret() -> None:
    source = {"source": {"corpus": "sgd", "location": ADDRESS}}
    comparison = Comparison.from_sections(dialogues=source, measuring={"tuning": {"storage": DATABASE}}).shown()
    job = LanguagesJob.from_sections(dialogues=source, tuning={"storage": DATABASE}).shown()
    assert "secret" not in f"{comparison} {job}"
    assert comparison["dialogues"]["source"]["location"] == "https://example.org/sgd.zip"
    assert (
        comparison["measuring"]["tuning"]["storage"] == job["tuning"]["storage"] == "postgresql://example.org/studies"
    )
    assert set(job) == set(LanguagesJob.model_fields)
