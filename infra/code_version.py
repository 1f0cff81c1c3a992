"""What a step's code is: a hash over all project modules that its module can reach and the libraries these import.

ZenML's cache key holds the text of a step's function, but neither the modules it calls nor the versions of libraries.
Here the imports are read from the sources (never executed), followed through the project's packages, and hashed
together with the files beside the modules (templates, tables) and the versions of the libraries named on the way.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

COUNTED_PACKAGES = ("crossprompt", "expectations", "materializers", "steps")
"""Packages of the project whose code makes or stores results."""
UNCOUNTED_PACKAGES = frozenset({"console", "infra", "pipelines", "mlflow", "zenml"})
"""What only decides where and when things run; the platform carries results and does not make them."""
_NO_LIBRARIES = sys.stdlib_module_names | UNCOUNTED_PACKAGES | frozenset(COUNTED_PACKAGES)
DATA_PACKAGES = frozenset({"crossprompt.assets"})
"""Folders of data: their content counts by fingerprints among the steps' parameters."""

VersionOf = Callable[[str], str]


@dataclass(frozen=True)
class Closure:
    """What a module can reach: project modules by dotted name, data files beside them, and names of libraries."""

    modules: Mapping[str, Path]
    data_files: tuple[Path, ...]
    libraries: tuple[str, ...]


@functools.cache
def step_code_version(module: str) -> str:
    """The code version of ``module`` in the tree this process was started from; computed once per process."""
    return code_version(module)


def code_version(module: str, root: Path | None = None, version_of: VersionOf | None = None) -> str:
    """Hex SHA-256 over everything the code of ``module`` depends on.

    Args:
        module: Dotted name of a module in one of ``COUNTED_PACKAGES``.
        root: The folder that holds these packages; None: the one this file lives in.
        version_of: Gives the version(s) of the library with a top-level import name; None: what is installed.

    Raises:
        ModuleNotFoundError: ``root`` has no such module.
    """
    root = root or project_root()
    version_of = version_of or installed_version
    closure = import_closure(module, root)
    digest = hashlib.sha256(f"python {sys.version_info.major}.{sys.version_info.minor}\n".encode())
    for file in sorted({*closure.modules.values(), *closure.data_files}):
        content = hashlib.sha256(file.read_bytes()).hexdigest()
        digest.update(f"{file.relative_to(root).as_posix()} {content}\n".encode())
    for library in closure.libraries:
        digest.update(f"{library} {version_of(library)}\n".encode())
    return digest.hexdigest()


def project_root() -> Path:
    """The folder that holds the project's packages."""
    return Path(__file__).resolve().parent.parent


def import_closure(module: str, root: Path) -> Closure:
    """Follow the imports of ``module``, also those inside functions, through the counted packages under ``root``."""
    found: dict[str, Path] = {}
    libraries: set[str] = set()
    waiting, met = [module], {module}
    if _module_file(module, root) is None:
        raise ModuleNotFoundError(f"no module {module} under {root}", name=module)
    while waiting:
        name = waiting.pop()
        file = _module_file(name, root)
        if file is None:
            continue
        found[name] = file
        package = name if file.name == "__init__.py" else name.rpartition(".")[0]
        imports = _imported_names(file.read_bytes(), package)
        libraries |= {_top(imported) for imported in imports if _is_library(imported)}
        counted = {imported for imported in imports if _top(imported) in COUNTED_PACKAGES}
        nearby = counted.union(_parents(name), *map(_parents, counted)) - met
        waiting.extend(nearby)
        met |= nearby
    return Closure(found, tuple(_data_files(found)), tuple(sorted(libraries)))


@functools.cache
def _imported_names(source: bytes, package: str) -> frozenset[str]:
    """Dotted names that a source text may import; ``from a import b`` gives ``a`` and ``a.b``."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = _import_base(node, package)
            names.add(base)
            names.update(f"{base}.{alias.name}" for alias in node.names)
    return frozenset(names)


def _import_base(node: ast.ImportFrom, package: str) -> str:
    if node.level == 0:
        return node.module or ""
    anchor = package.split(".")[: len(package.split(".")) - node.level + 1]
    return ".".join([*anchor, *([node.module] if node.module else [])])


def _module_file(name: str, root: Path) -> Path | None:
    base = f"{root}/{name.replace('.', '/')}"
    candidates = map(Path, (f"{base}/__init__.py", f"{base}.py"))
    return next((file for file in candidates if file.is_file()), None)


def _parents(name: str) -> list[str]:
    parts = name.split(".")
    return [".".join(parts[:end]) for end in range(1, len(parts))]


def _top(name: str) -> str:
    return name.partition(".")[0]


def _is_library(name: str) -> bool:
    return _top(name) not in _NO_LIBRARIES


def _data_files(modules: Mapping[str, Path]) -> Iterator[Path]:
    """Files that are no Python sources, in the modules' folders and in subfolders that are no packages."""
    skipped = {path.parent for name, path in modules.items() if name in DATA_PACKAGES}
    folders = {path.parent for path in modules.values()} - skipped
    for folder in sorted(folders):
        yield from _data_in(folder)


def _data_in(folder: Path) -> Iterator[Path]:
    for entry in sorted(folder.iterdir()):
        if entry.name.startswith((".", "__pycache__")) or entry.suffix in {".py", ".pyc"}:
            continue
        if entry.is_file():
            yield entry
        elif entry.is_dir() and not (entry / "__init__.py").is_file():
            yield from _data_in(entry)


@functools.cache
def installed_version(library: str) -> str:
    """The installed versions of all distributions that provide the import name ``library``; looked up once."""
    distributions = sorted(set(_distributions().get(library, ())))
    if not distributions:
        return "not installed"
    return ", ".join(f"{name} {metadata.version(name)}" for name in distributions)


@functools.cache
def _distributions() -> Mapping[str, list[str]]:
    return metadata.packages_distributions()
