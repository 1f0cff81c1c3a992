"""The suite itself: nothing is skipped, and each of its files belongs to one of the two make targets."""

from __future__ import annotations

import re
from pathlib import Path

from tests.conftest import ROOT

FILES = sorted((ROOT / "tests").rglob("*.py"))
EXCUSES = re.compile(r"pytest\.(?:mark\.)?(?:skip|skipif|xfail|importorskip)\b")


def test_no_test_is_skipped_or_expected_to_fail() -> None:
    assert [file.name for file in FILES if EXCUSES.search(file.read_text(encoding="utf-8"))] == []


def test_the_two_targets_share_the_suite_by_the_mark() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    commands = re.findall(r"^\tpytest (-m (?:soak|\"[^\"]*\")).* \$\(ARGS\)$", makefile, re.MULTILINE)
    assert commands == ['-m "not soak"', "-m soak"]


def test_every_folder_of_tests_is_a_package_so_that_equal_names_do_not_clash() -> None:
    folders: set[Path] = {file.parent for file in FILES if file.name.startswith("test_")}
    assert [folder for folder in sorted(folders) if not (folder / "__init__.py").is_file()] == []
