"""Python and the packages, against what the project itself requires."""

from __future__ import annotations

import platform
import tomllib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, metadata, requires, version
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from infra.doctor.findings import Finding, note, shortened, unknown, well, wrong
from infra.doctor.surroundings import Surroundings

PROJECT = "crossprompt"
ROOT = Path(__file__).resolve().parents[2]
LOCK, SOURCES = ROOT / "requirements.lock", ROOT / "pyproject.toml"
"""Beside the sources; not there in an installation without them."""
_SET_UP = "run `make setup`, or install the project again with pip"


def check_python(surroundings: Surroundings) -> Iterator[Finding]:
    """The interpreter's version, and whether the project is installed at all."""
    try:
        installed, (wanted, _) = version(PROJECT), declared()
    except PackageNotFoundError:
        yield unknown(f"{PROJECT} is not installed in this environment", _SET_UP)
        return
    found, shown = platform.python_version(), ",".join(sorted(wanted.split(","), reverse=True))
    if SpecifierSet(wanted).contains(found, prereleases=True):
        yield well(f"Python {found} ({shown} is wanted), {PROJECT} {installed}")
    else:
        yield wrong(
            f"Python {found} is not supported: {shown} is wanted", "run `make setup PYTHON=/path/to/python3.12`"
        )


def check_packages(surroundings: Surroundings) -> Iterator[Finding]:
    """Every package that the project requires, in a version that it takes; and those that differ from the lock."""
    try:
        required = [Requirement(line) for line in declared()[1]]
    except PackageNotFoundError:
        yield unknown(f"{PROJECT} is not installed in this environment, so its requirements are unknown", _SET_UP)
        return
    needed = [item for item in required if item.marker is None or item.marker.evaluate({"extra": ""})]
    faults = [fault for item in needed if (fault := requirement_fault(item)) is not None]
    for fault in faults:
        yield wrong(fault, _SET_UP)
    if not faults:
        yield well(f"all {len(needed)} required packages are there, in versions that fit")
    yield from _differences_from_lock()


def declared() -> tuple[str, list[str]]:
    """Which Python and which packages the project wants: as its sources say, which may be newer than what is
    installed, or else as the installation says.

    Raises:
        PackageNotFoundError: There are no sources, and the project is not installed.
    """
    if SOURCES.is_file():
        project = tomllib.loads(SOURCES.read_text(encoding="utf-8"))["project"]
        return str(project["requires-python"]), list(project["dependencies"])
    return str(metadata(PROJECT)["Requires-Python"]), requires(PROJECT) or []


def requirement_fault(requirement: Requirement) -> str | None:
    """What is wrong with the installed package that ``requirement`` asks for; None if nothing is."""
    try:
        found = version(requirement.name)
    except PackageNotFoundError:
        return f"{requirement.name} is not installed; {requirement} is wanted"
    if requirement.specifier.contains(found, prereleases=True):
        return None
    return f"{requirement.name} {found} is installed; {requirement} is wanted"


def _differences_from_lock() -> Iterator[Finding]:
    """Packages in other versions than the tests ran with; markers of the lock count."""
    if not LOCK.is_file():
        return
    lines = [line for line in LOCK.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    locked = [item for line in lines if (item := Requirement(line)).marker is None or item.marker.evaluate()]
    faults = [fault for item in locked if (fault := requirement_fault(item)) is not None]
    if faults:
        yield note(
            f"not the locked versions: {shortened(faults)}",
            "the tests ran with those of requirements.lock; `make setup` installs them",
        )
    else:
        yield well(f"all {len(locked)} locked versions are installed")
