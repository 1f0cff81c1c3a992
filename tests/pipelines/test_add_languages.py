"""Languages for a champion as a user adds them: the literal command, a refusal, and a promotion."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

from crossprompt.bundles.bundle import read_index
from infra.registry import champion as registered_champion
from infra.registry import champion_folder
from tests.infra.registry_cases import local_registry
from tests.pipelines.workplace import Workplace, make_workplace

PIPELINE = "add_languages"
FIRST, MORE, STRICT = (f"configs/languages_{name}.yaml" for name in ("first", "more", "strict"))
ALWAYS = {"package_candidate", "gate_candidate", "promote_candidate", "report_promotion"}
"""Steps that no cache ever answers for."""


def write_configs(place: Workplace) -> None:
    """The smoke configuration, the same with one more language and fewer tests, and that with a floor out of reach."""
    values = yaml.safe_load((place.root / "configs" / "languages_smoke.yaml").read_text(encoding="utf-8"))
    parameters = values["parameters"]
    for name, locales, tests, floors in ((FIRST, 2, 20, {}), (MORE, 3, 15, {}), (STRICT, 3, 15, {"intent": 100})):
        parameters["factory"]["locales"] = ["de-DE", "sw-KE", "th-TH"][:locales]
        for task in parameters["tasks"]:
            task["max_utterances"] = tests
        parameters["gate"]["floors"] = floors
        (place.root / name).write_text(yaml.safe_dump(values), encoding="utf-8")


def champion(place: Workplace) -> tuple[str, list[str]]:
    """The champion's version and languages, as the registry of the workplace has them."""
    (database,) = Path(place.environment["ZENML_CONFIG_PATH"]).rglob("mlflow.db")
    registry = local_registry(database.parent)
    present = registered_champion(registry)
    assert present is not None
    return present.version, list(read_index(champion_folder(registry)).languages)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, zenml_template: Path) -> Workplace:
    made = make_workplace(tmp_path_factory.mktemp("languages"), zenml_template)
    write_configs(made)
    return made


@pytest.fixture(scope="module")
def first(place: Workplace) -> set[str]:
    """The steps of the first run."""
    return place.executed(FIRST, PIPELINE)


@pytest.fixture(scope="module")
def refused(place: Workplace, first: set[str]) -> str:
    """What a run prints that may not promote its candidate."""
    assert first
    ended = place.run(STRICT, PIPELINE)
    assert ended.returncode != 0
    return ended.stdout + ended.stderr


def test_the_first_run_makes_a_champion(place: Workplace, first: set[str]) -> None:
    assert first >= {"translate_de-DE_0", "translate_sw-KE_0", "extend_prompt", "tune_intent", "tune_slots", *ALWAYS}
    assert "load_champion" not in first
    page = (place.home / "promotion-report" / "report.html").read_text(encoding="utf-8")
    assert "Promoted: version 1 is the champion" in page


def test_a_candidate_that_misses_its_floor_is_refused_and_the_champion_untouched(
    place: Workplace, refused: str
) -> None:
    assert "Refused: version 2 is not promoted" in refused
    assert "th-TH" in refused
    assert champion(place) == ("1", ["de-DE", "sw-KE"])
    decision = json.loads((place.home / "promotion-report" / "report.json").read_text(encoding="utf-8"))["decision"]
    assert decision["new_languages"] == ["th-TH"]
    assert not decision["promote"]
    # the champion was tested on more utterances: it answered the candidate's
    assert decision["retested"]
    assert {found["utterances"] for task in decision["tasks"] for found in task["locales"]} == {15}


def test_only_the_new_language_is_translated_and_the_same_candidate_is_the_same_version(
    place: Workplace, refused: str
) -> None:
    assert refused
    assert place.executed(MORE, PIPELINE) == {"load_champion", *ALWAYS}
    assert "Promoted: version 2 is the champion" in place.printed
    assert champion(place) == ("2", ["de-DE", "sw-KE", "th-TH"])


def test_what_a_refused_run_translated_was_new_alone(refused: str) -> None:
    cached = set(re.findall(r"cached version of step `?([\w-]+)`?", refused))
    assert cached >= {"ingest_utterances", "translate_de-DE_0", "validate_sw-KE"}
    assert "translate_th-TH_0" not in cached
