"""Renews ``requirements.lock`` and ``requirements-dev.lock`` from a clean environment (``make lock``).

pip resolves ``pyproject.toml`` once, for the Python that runs this. What the other supported Pythons and systems need
is then read from the packages' own metadata, by walking their requirements under each system's markers; a package
that only some of them need is installed too, to learn its version, and locked with a marker.
torch goes in without a local version (``+cpu``), and what its own build brings along for a GPU stays out: ``make
setup`` installs torch first and by itself, in whichever build the machine's package index offers.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PYTHONS = ("3.11", "3.12", "3.13")
SYSTEMS = (("linux", "x86_64"), ("linux", "aarch64"), ("darwin", "arm64"))
BROUGHT_BY_TORCH = re.compile(r"nvidia-|cuda-|triton$")
BUILD = ("setuptools", "wheel")
"""Locked as well, so that installing the project itself fetches nothing."""
HEADER = """\
# Made by `make lock` from pyproject.toml; don't edit. Installed with --no-deps by `make setup`, after torch.
"""

Environment = dict[str, str]


def main() -> int:
    """Resolve in a clean environment, or, within that, write the lock files."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inside", action="store_true", help="write the locks of the environment this runs in")
    options = parser.parse_args()
    if options.inside:
        write_locks()
        return 0
    with tempfile.TemporaryDirectory(prefix="crossprompt-lock-") as folder:
        resolve(Path(folder))
    return 0


def resolve(folder: Path) -> None:
    """Make a clean environment in ``folder``, install everything, and write the locks from inside it."""
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    python = folder / "bin" / "python"
    runtime, dev = requirements()
    torch = next(line for line in runtime if line.startswith("torch=="))
    for wanted in ([torch], [*BUILD, *runtime, *dev]):
        subprocess.run([python, "-m", "pip", "install", "--quiet", *wanted], check=True)
    subprocess.run([python, str(Path(__file__)), "--inside"], check=True)


def requirements() -> tuple[list[str], list[str]]:
    """The project's direct requirements: to run, and to develop and test, which takes all extras."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"].values()
    return project["dependencies"], sorted({requirement for extra in extras for requirement in extra})


def write_locks() -> None:
    """Write both lock files from the packages installed here."""
    runtime, dev = requirements()
    needed = needs_everywhere([*BUILD, *runtime])
    with_dev = needs_everywhere([*BUILD, *runtime, *dev])
    only_dev = {name: places for name, places in with_dev.items() if name not in needed}
    for name, packages in (("requirements.lock", needed), ("requirements-dev.lock", only_dev)):
        lines = [lock_line(package, places) for package, places in sorted(packages.items())]
        (ROOT / name).write_text(HEADER + "\n".join(lines) + "\n", encoding="utf-8")
        print(f"{name}: {len(lines)} packages")


def needs_everywhere(roots: Iterable[str]) -> dict[str, set[int]]:
    """For each package, the numbers of the environments (see ``environments``) that need it."""
    roots = list(roots)
    needed: dict[str, set[int]] = {}
    for number, environment in enumerate(environments()):
        for name in closure(roots, environment):
            needed.setdefault(name, set()).add(number)
    return needed


def environments() -> list[Environment]:
    """Marker variables of every supported Python on every supported system."""
    found = []
    for python in PYTHONS:
        for system, machine in SYSTEMS:
            found.append(
                {
                    "python_version": python,
                    "python_full_version": f"{python}.0",
                    "implementation_name": "cpython",
                    "implementation_version": f"{python}.0",
                    "platform_python_implementation": "CPython",
                    "os_name": "posix",
                    "sys_platform": system,
                    "platform_system": system.capitalize(),
                    "platform_machine": machine,
                    "platform_release": "",
                    "platform_version": "",
                }
            )
    return found


def closure(roots: Iterable[str], environment: Environment) -> set[str]:
    """Names of all packages that ``roots`` need, directly or not, under an environment's markers."""
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    seen: set[tuple[str, str]] = set()
    waiting = [Requirement(root) for root in roots]
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        if BROUGHT_BY_TORCH.match(name):
            continue
        for extra in ("", *requirement.extras):
            if (name, extra) in seen:
                continue
            seen.add((name, extra))
            for line in requires(name, str(requirement)):
                child = Requirement(line)
                if child.marker is None or child.marker.evaluate({**environment, "extra": extra}):
                    waiting.append(child)
    return {name for name, _ in seen}


def requires(name: str, requirement: str) -> list[str]:
    """A package's own requirements; one that this environment didn't need is installed first."""
    try:
        return metadata.requires(name) or []
    except metadata.PackageNotFoundError:
        print(f"{requirement}: needed elsewhere, installing it to lock its version")
        subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", requirement.split(";")[0]], check=True)
        return metadata.requires(name) or []


def lock_line(name: str, places: set[int]) -> str:
    """``name==version``, with a marker if not every environment needs the package."""
    version = metadata.version(name).split("+")[0]
    marker = marker_of(places, environments())
    return f"{name}=={version}" + (f" ; {marker}" if marker else "")


def marker_of(places: set[int], all_places: list[Mapping[str, Any]] | list[Environment]) -> str:
    """The marker that is true in just these environments; by one variable alone where that is enough."""
    if len(places) == len(all_places):
        return ""
    for variable in ("python_version", "sys_platform", "platform_machine"):
        values = {all_places[place][variable] for place in places}
        if {i for i, place in enumerate(all_places) if place[variable] in values} == places:
            return " or ".join(f'{variable} == "{value}"' for value in sorted(values))
    keys = ("python_version", "sys_platform", "platform_machine")
    terms = (" and ".join(f'{key} == "{all_places[place][key]}"' for key in keys) for place in sorted(places))
    return " or ".join(f"({term})" for term in terms)


if __name__ == "__main__":
    sys.exit(main())
