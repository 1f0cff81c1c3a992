"""Dependencies point one way, as docs/architecture.md draws them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

BELOW = {
    "benchmarks": {"infra", "crossprompt"},
    "console": {"infra", "pipelines", "crossprompt"},
    "pipelines": {"steps", "infra", "crossprompt"},
    "steps": {"crossprompt", "materializers", "expectations", "infra"},
    "infra": {"materializers", "crossprompt"},
    "materializers": {"crossprompt"},
    "expectations": {"crossprompt"},
    "crossprompt": set(),
}
PLATFORM = {"zenml", "mlflow", "great_expectations"}
GROUND = {"storage", "settings", "records", "locales", "pages"}
ROOMS_BELOW = {
    "storage": set(),
    "locales": set(),
    "pages": set(),
    "corpora": set(),
    "training": set(),
    "endpoints": set(),
    "translation": {"corpora", "endpoints"},
    "factory": {"corpora", "translation"},
    "quality": {"corpora", "translation"},
    "backbones": {"training"},
    "prompts": {"backbones", "training"},
    "alignment": {"backbones", "prompts", "training", "corpora", "translation", "quality"},
    "tasks": {"backbones", "prompts", "training", "corpora", "translation", "quality"},
}
ROOMS_BELOW["evaluation"] = ROOMS_BELOW["trials"] = {"tasks", *ROOMS_BELOW["tasks"]}
ROOMS_BELOW["tuning"] = {"trials", *ROOMS_BELOW["trials"]}
ROOMS_BELOW["rating"] = {"evaluation", *ROOMS_BELOW["evaluation"]}
ROOMS_BELOW["retrieval"] = {"evaluation", *ROOMS_BELOW["evaluation"]}
ROOMS_BELOW["meaning"] = {"retrieval", *ROOMS_BELOW["retrieval"]}
ROOMS_BELOW["publishing"] = {"rating", "meaning", *ROOMS_BELOW["meaning"]}
ROOMS_BELOW["chat"] = {"tasks", "corpora", "training", "endpoints"}
ROOMS_BELOW["pretraining"] = {"alignment", "trials", *ROOMS_BELOW["trials"]}
ROOMS_BELOW["comparison"] = {"evaluation", "tuning", *ROOMS_BELOW["tuning"]}
ROOMS_BELOW["bundles"] = {"tasks", *ROOMS_BELOW["tasks"]}
ROOMS_BELOW["promotion"] = {"bundles", "comparison", *ROOMS_BELOW["comparison"]}
ROOMS_BELOW["serving"] = {"bundles", *ROOMS_BELOW["bundles"]}
ROOMS_BELOW["cloze"] = {"tasks", *ROOMS_BELOW["tasks"]}
ROOMS_BELOW["translator"] = {"cloze", "comparison", *ROOMS_BELOW["comparison"]}
ROOMS_BELOW["soft_prompts"] = {"cloze", "comparison", *ROOMS_BELOW["comparison"]}
ROOMS_BELOW["reports"] = set(ROOMS_BELOW)


def imports(folder: Path) -> Iterator[tuple[Path, str]]:
    """Each module under ``folder`` with each dotted name it imports from."""
    for file in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module:
                yield file, node.module
            elif isinstance(node, ast.Import):
                yield from ((file, alias.name) for alias in node.names)


@pytest.mark.parametrize("package", BELOW)
def test_a_package_imports_only_what_is_below_it(package: str) -> None:
    others = BELOW.keys() - BELOW[package] - {package}
    assert [(file, name) for file, name in imports(ROOT / package) if name.partition(".")[0] in others] == []


def test_the_domain_knows_no_platform_and_great_expectations_has_one_home() -> None:
    assert [found for found in imports(ROOT / "crossprompt") if found[1].partition(".")[0] in PLATFORM] == []
    users = {package for package in BELOW for _, name in imports(ROOT / package) if name.startswith("great_exp")}
    assert users == {"expectations"}


@pytest.mark.parametrize("room", ROOMS_BELOW)
def test_a_room_of_the_domain_imports_only_what_is_below_it(room: str) -> None:
    known = GROUND | ROOMS_BELOW[room] | {room, "assets"}
    names = ((file, name.split(".")) for file, name in imports(ROOT / "crossprompt" / room))
    assert [(file, parts) for file, parts in names if parts[0] == "crossprompt" and parts[1] not in known] == []


def test_every_room_has_its_place() -> None:
    rooms = {folder.name for folder in (ROOT / "crossprompt").iterdir() if (folder / "__init__.py").is_file()}
    assert rooms - {"assets"} == set(ROOMS_BELOW)
