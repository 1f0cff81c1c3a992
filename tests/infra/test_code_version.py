from __future__ import annotations

from pathlib import Path

import pytest

from infra.code_version import code_version, import_closure, installed_version


def fixed_versions(library: str) -> str:
    return f"{library} 1.0"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    files = {
        "steps/__init__.py": "",
        "steps/count.py": "from crossprompt.words import tally\nfrom infra.home import project_home\nimport zenml\n",
        "crossprompt/__init__.py": "",
        "crossprompt/words/__init__.py": "",
        "crossprompt/words/tally.py": "from . import letters\n\ndef late():\n    import numpy.linalg\n",
        "crossprompt/words/letters.py": "from ..numbers import ONE\nimport json\n",
        "crossprompt/words/alphabet.txt": "abc",
        "crossprompt/numbers.py": "ONE = 1\n",
        "crossprompt/unused.py": "import torch\n",
        "crossprompt/assets/__init__.py": "",
        "crossprompt/assets/data.bin": "x",
        "infra/home.py": "from crossprompt import unused\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def version(tree: Path, versions=fixed_versions) -> str:
    return code_version("steps.count", tree, versions)


def test_closure_follows_relative_and_late_imports_but_not_infra(tree: Path) -> None:
    closure = import_closure("steps.count", tree)
    assert set(closure.modules) == {
        "steps",
        "steps.count",
        "crossprompt",
        "crossprompt.words",
        "crossprompt.words.tally",
        "crossprompt.words.letters",
        "crossprompt.numbers",
    }
    assert closure.libraries == ("numpy",)
    assert [path.name for path in closure.data_files] == ["alphabet.txt"]


@pytest.mark.parametrize(
    "name", ["crossprompt/numbers.py", "crossprompt/words/__init__.py", "crossprompt/words/alphabet.txt"]
)
def test_an_edit_of_what_is_used_changes_the_version(tree: Path, name: str) -> None:
    before = version(tree)
    (tree / name).write_text((tree / name).read_text() + "# edited\n")
    assert version(tree) != before


@pytest.mark.parametrize("name", ["crossprompt/unused.py", "infra/home.py", "crossprompt/assets/data.bin"])
def test_an_edit_of_what_is_not_used_changes_nothing(tree: Path, name: str) -> None:
    before = version(tree)
    (tree / name).write_text("# edited\n")
    assert version(tree) == before


def test_a_library_version_counts_only_where_the_library_is_used(tree: Path) -> None:
    before = version(tree)
    assert version(tree, lambda library: "2.0" if library == "numpy" else fixed_versions(library)) != before
    assert version(tree, lambda library: "2.0" if library == "torch" else fixed_versions(library)) == before


def test_the_place_of_the_tree_does_not_count(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    before = version(tree)
    assert version(tree.rename(tmp_path_factory.mktemp("elsewhere") / "tree")) == before


def test_an_unknown_module_is_an_error(tree: Path) -> None:
    with pytest.raises(ModuleNotFoundError, match=r"no module steps\.missing"):
        code_version("steps.missing", tree, fixed_versions)


def test_installed_versions() -> None:
    import numpy

    assert installed_version("numpy") == f"numpy {numpy.__version__}"
    assert installed_version("no_such_library") == "not installed"
