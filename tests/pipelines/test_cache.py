"""The cache key of a step changes exactly when code that it uses changes, whatever module of the domain that is."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from functools import cache
from modulefinder import ModuleFinder
from pathlib import Path

import pytest

from infra.code_version import code_version, import_closure, installed_version
from tests.conftest import ROOT

PACKAGES = ("crossprompt", "expectations", "materializers", "steps")
ENGINES = "crossprompt.translation.engines"
NEVER_CACHED = {
    *("steps.publish_report", "steps.publish_comparison", "steps.publish_corpus"),
    *("steps.publish_transfer", "steps.publish_prompt_study"),
    *("steps.load_champion", "steps.package_candidate", "steps.report_promotion"),
    *("steps.gate_candidate", "steps.promote_candidate"),
}
MAIN_JOB = {
    *("ingest_dialogues", "ingest_utterances", "translate_dialogues", "validate_translations"),
    *("align_prompts", "tune_learning_rate", "tune_task", "evaluate_locales"),
}


def dotted(file: Path) -> str:
    name = ".".join(file.relative_to(ROOT).with_suffix("").parts)
    return name.removesuffix(".__init__")


def sources(package: str) -> list[Path]:
    return sorted(file for file in (ROOT / package).rglob("*.py") if "assets" not in file.parts)


def data_files() -> list[Path]:
    files = (file for file in (ROOT / "crossprompt").rglob("*") if file.is_file() and "assets" not in file.parts)
    return sorted(file for file in files if file.suffix not in {".py", ".pyc"} and not file.name.startswith("."))


STEP_MODULES = [
    dotted(file) for file in sources("steps") if "@step(" in file.read_text() and dotted(file) not in NEVER_CACHED
]
ENGINE_MODULES = [dotted(file) for file in sources("crossprompt") if dotted(file).startswith(f"{ENGINES}.")]
KEYS = {
    **{name: (name,) for name in STEP_MODULES if name != "steps.translate_dialogues"},
    **{f"translate by {engine}": ("steps.translate_dialogues", engine) for engine in ENGINE_MODULES},
}
"""The cached steps, and the modules from which each is entered: a translation has its engine's too."""
EDITED = [*sources("crossprompt"), *sources("expectations"), *sources("materializers"), *data_files()]


@cache
def found(entry: str) -> ModuleFinder:
    """What Python's own module finder sees from ``entry``, by the byte code; the platform's side is not followed."""
    finder = ModuleFinder(path=[str(ROOT)], excludes=["infra"])
    finder.run_script(str(ROOT.joinpath(*entry.split(".")).with_suffix(".py")))
    return finder


@cache
def modules_of(key: str) -> frozenset[str]:
    names = {name for entry in KEYS[key] for name in found(entry).modules}
    counted = {name for name in names if name.partition(".")[0] in PACKAGES}
    return frozenset(counted | set(KEYS[key]) | parents(KEYS[key]))


def parents(names: tuple[str, ...]) -> set[str]:
    return {name.rsplit(".", level)[0] for name in names for level in range(1, name.count(".") + 1)}


def libraries_of(key: str) -> set[str]:
    return {name.partition(".")[0] for entry in KEYS[key] for name in found(entry).badmodules}


@cache
def folders_of(key: str) -> frozenset[Path]:
    """Where data counts: beside the modules, and in the packages."""
    places = {ROOT.joinpath(*name.split(".")) for name in modules_of(key)}
    return frozenset({place.parent for place in places} | {place for place in places if place.is_dir()})


def uses(key: str, file: Path) -> bool:
    return dotted(file) in modules_of(key) if file.suffix == ".py" else file.parent in folders_of(key)


def key_of(key: str, root: Path, other_versions: Collection[str] = ()) -> tuple[str, ...]:
    """A key in a tree; with another version of some libraries than is installed."""

    def version_of(library: str) -> str:
        return "another version" if library in other_versions else installed_version(library)

    return tuple(code_version(entry, root, version_of) for entry in KEYS[key])


def keys(root: Path) -> dict[str, tuple[str, ...]]:
    return {key: key_of(key, root) for key in KEYS}


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the code, to be edited."""
    root = tmp_path_factory.mktemp("tree")
    for package in PACKAGES:
        shutil.copytree(
            ROOT / package, root / package, ignore=shutil.ignore_patterns("__pycache__", "backbone", "sample")
        )
    return root


@pytest.fixture(scope="module")
def before(tree: Path) -> dict[str, tuple[str, ...]]:
    return keys(tree)


@contextmanager
def edited(files: list[Path]) -> Iterator[None]:
    before = {file: file.read_bytes() for file in files}
    try:
        for file, content in before.items():
            file.write_bytes(content + b"\n# edited\n")
        yield
    finally:
        for file, content in before.items():
            file.write_bytes(content)


def test_all_stages_of_all_pipelines_are_looked_at() -> None:
    names = {name.removeprefix("steps.") for name in STEP_MODULES}
    assert names > MAIN_JOB
    written = {dotted(file) for file in sources("steps") if "enable_cache=False" in file.read_text()}
    assert written == NEVER_CACHED
    assert len(ENGINE_MODULES) >= 3
    assert len(EDITED) > 60


@pytest.mark.parametrize("key", KEYS)
def test_an_edit_changes_the_key_of_a_step_exactly_where_the_step_uses_the_file(
    key: str, tree: Path, before: dict[str, tuple[str, ...]]
) -> None:
    def changes(*files: Path) -> bool:
        with edited([tree / file.relative_to(ROOT) for file in files]):
            return key_of(key, tree) != before[key]

    used = [file for file in EDITED if uses(key, file)]
    others = [file for file in EDITED if file not in used]
    assert [file for file in used if not changes(file)] == []
    # one edit that counts would change the key among any others: all at once do for each alone
    assert not changes(*others), [file for file in others if changes(file)]
    assert used
    assert others


LIBRARIES = sorted({name for entries in KEYS.values() for e in entries for name in import_closure(e, ROOT).libraries})


@pytest.mark.parametrize("key", KEYS)
def test_another_version_of_a_library_changes_the_key_of_a_step_exactly_where_the_step_uses_it(
    key: str, tree: Path, before: dict[str, tuple[str, ...]]
) -> None:
    used = [library for library in LIBRARIES if library in libraries_of(key)]
    assert [library for library in used if key_of(key, tree, {library}) == before[key]] == []
    assert key_of(key, tree, set(LIBRARIES) - set(used)) == before[key]


def test_the_libraries_are_not_those_of_the_platform() -> None:
    assert {"torch", "datasets", "great_expectations", "optuna"} <= set(LIBRARIES)
    assert not {"zenml", "mlflow", "infra", "steps", "crossprompt"} & set(LIBRARIES)


def test_a_new_engine_changes_no_key(tree: Path, before: dict[str, tuple[str, ...]]) -> None:
    new = tree / "crossprompt" / "translation" / "engines" / "another.py"
    new.write_text("from crossprompt.translation.engine import Engine\n")
    try:
        assert keys(tree) == before
    finally:
        new.unlink()


def test_a_new_file_beside_a_module_counts(tree: Path, before: dict[str, tuple[str, ...]]) -> None:
    new = tree / "expectations" / "another.html"
    new.write_text("<p></p>")
    try:
        after = keys(tree)
    finally:
        new.unlink()
    gates = {"steps.validate_translations", "steps.validate_language"}
    assert {key for key in KEYS if after[key] != before[key]} == gates


def test_modules_that_are_imported_by_name_are_known() -> None:
    """Imports that no finder sees would be missing from the keys: the engines are the only ones."""
    dynamic = {
        dotted(file) for package in PACKAGES for file in sources(package) if "import_module(" in file.read_text()
    }
    assert dynamic == {"crossprompt.translation.engine"}
