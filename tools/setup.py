"""Makes ``.venv`` with the locked versions, and does only what is missing.

Standard library only: it runs before anything is installed, by the interpreter that ``find_python.sh`` chose.
A stamp, named by the hash of everything the environment is made from, is written last and atomically; a run that was
killed leaves no stamp, and the next one repairs half-installed packages before it goes on.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RUNTIME_LOCK = "requirements.lock"
DEV_LOCK = "requirements-dev.lock"
SUPPORTED = ((3, 11), (3, 13))


class SetupError(RuntimeError):
    """The environment can't be made; the message says what to do."""


def main(arguments: list[str] | None = None) -> int:
    """Set the environment up and return the exit status."""
    parser = argparse.ArgumentParser(description="Make .venv with the locked versions; do only what is missing.")
    parser.add_argument("--dev", action="store_true", help="also what the tests need")
    parser.add_argument("--root", type=Path, default=ROOT, help="the repository (default: this one)")
    options = parser.parse_args(arguments)
    try:
        set_up(options.root, dev=options.dev)
    except SetupError as error:
        print(f"setup: {error}", file=sys.stderr)
        return 1
    return 0


def set_up(root: Path, *, dev: bool) -> None:
    """Bring ``root/.venv`` to the locked state.

    Raises:
        SetupError: An installation failed, or the environment does not fit together.
    """
    with one_at_a_time(root):
        if stamp_path(root, dev=dev).exists() and environment_works(root):
            return
        started = time.monotonic()
        make_environment(root)
        repair(root)
        install(root, dev=dev)
        compile_sources(root)
        write_stamp(root, dev=dev)
        say(f"ready: {root / '.venv'} ({time.monotonic() - started:.0f} s)")


@contextmanager
def one_at_a_time(root: Path) -> Iterator[None]:
    """Let a second set-up of the same folder wait for the first."""
    folder = root / ".crossprompt"
    folder.mkdir(exist_ok=True)
    with (folder / "setup.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


# --- the stamp ----------------------------------------------------------------------------------------------------


def recipe(root: Path, *, dev: bool) -> str:
    """Hash of what the environment is made from: the locks, the project's own metadata, this program, the place."""
    digest = hashlib.sha256(str(root).encode())
    names = [RUNTIME_LOCK, "pyproject.toml", "tools/setup.py", *([DEV_LOCK] if dev else [])]
    for name in names:
        digest.update(b"\0" + name.encode() + b"\0" + (root / name).read_bytes())
    return digest.hexdigest()


def stamp_path(root: Path, *, dev: bool) -> Path:
    """Where the mark of a complete environment lies; the one with the development tools covers the plain one."""
    folder = root / ".venv" / ".crossprompt"
    full = folder / f"dev-{recipe(root, dev=True)}"
    return full if dev or full.exists() else folder / f"runtime-{recipe(root, dev=False)}"


def write_stamp(root: Path, *, dev: bool) -> None:
    """Write the mark of a complete environment in one step and remove older ones."""
    stamp = stamp_path(root, dev=dev)
    stamp.parent.mkdir(exist_ok=True)
    for old in stamp.parent.iterdir():
        old.unlink()
    temporary = stamp.with_suffix(".part")
    temporary.write_text(f"{sys.version}\n", encoding="utf-8")
    temporary.replace(stamp)


# --- the environment ----------------------------------------------------------------------------------------------


def python_of(root: Path) -> Path:
    """The environment's interpreter."""
    return root / ".venv" / "bin" / "python"


def environment_works(root: Path) -> bool:
    """Whether ``.venv`` has a supported Python that starts, and was made in this very place."""
    probe = "import sys; print(*sys.version_info[:2])"
    try:
        answer = subprocess.run([python_of(root), "-I", "-c", probe], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return False
    version = tuple(int(part) for part in answer.stdout.split())
    return SUPPORTED[0] <= version <= SUPPORTED[1] and made_here(root)


def made_here(root: Path) -> bool:
    """False if the folder was moved or copied since ``.venv`` was made: its scripts would start another Python."""
    for line in (root / ".venv" / "pyvenv.cfg").read_text(encoding="utf-8").splitlines():
        key, _, value = line.partition("=")
        if key.strip() == "command":
            return Path(value.split()[-1]).resolve() == (root / ".venv").resolve()
    return True


def make_environment(root: Path) -> None:
    """Make ``.venv``, anew if the one that is there can't be used."""
    folder = root / ".venv"
    if folder.exists() and not environment_works(root):
        say(f"{folder} can't be used (another Python, moved or half made): making it anew")
        shutil.rmtree(folder)
    if not folder.exists():
        say(f"making {folder} with Python {sys.version.split()[0]}")
        pip_included = _has("ensurepip")
        run([sys.executable, "-m", "venv", *([] if pip_included else ["--without-pip"]), str(folder)], root)
    if subprocess.run([python_of(root), "-m", "pip", "--version"], capture_output=True, check=False).returncode:
        if not _has("pip"):
            run([str(python_of(root)), "-m", "ensurepip"], root)
        else:
            run([sys.executable, "-m", "pip", "--python", str(python_of(root)), "install", "--quiet", "pip"], root)


def _has(module: str) -> bool:
    from importlib.util import find_spec

    return find_spec(module) is not None


def repair(root: Path) -> None:
    """Forget packages whose installation was cut short, so that pip installs them again.

    pip writes a package's ``RECORD`` last; a package without one, or with listed files missing, was cut short.
    """
    for site in (root / ".venv" / "lib").glob("python3.*/site-packages"):
        for leftover in site.glob("~*"):
            shutil.rmtree(leftover, ignore_errors=True)
        for metadata in site.glob("*.dist-info"):
            if not is_whole(metadata):
                say(f"{metadata.name.removesuffix('.dist-info')} was installed in part: installing it again")
                shutil.rmtree(metadata)


def is_whole(metadata: Path) -> bool:
    """Whether every file that a package's ``RECORD`` lists, compiled ones excepted, is there."""
    try:
        lines = (metadata / "RECORD").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return False
    names = (line.rsplit(",", 2)[0].strip('"') for line in lines if line)
    return all((metadata.parent / name).exists() for name in names if not name.endswith(".pyc"))


def install(root: Path, *, dev: bool) -> None:
    """Install torch by itself, then the locked versions, then the project in editable form.

    Nothing is compiled yet: pip would do it on one core, :func:`compile_sources` does it on all.
    """
    pip = [str(python_of(root)), "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--no-compile"]
    torch = next(line for line in locked(root / RUNTIME_LOCK) if line.startswith("torch=="))
    say(f"installing {torch} (large: this takes a while)")
    run([*pip, torch], root)
    locks = [RUNTIME_LOCK, *([DEV_LOCK] if dev else [])]
    say(f"installing the versions of {' and '.join(locks)}")
    run([*pip, "-qq", "--no-deps", *(part for lock in locks for part in ("-r", lock))], root)
    say("installing the project")
    run([*pip, "-qq", "--no-deps", "--no-build-isolation", "--editable", "."], root)


def locked(lock: Path) -> list[str]:
    """The requirement lines of a lock file."""
    lines = lock.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def compile_sources(root: Path) -> None:
    """Compile the environment once: where PYTHONDONTWRITEBYTECODE is set, every start would do it again.

    A few packages ship files for other Python versions or templates, which don't compile: that is no error.
    """
    say("compiling")
    command = [str(python_of(root)), "-m", "compileall", "-q", "-j", "0", str(root / ".venv" / "lib")]
    subprocess.run(command, cwd=root, check=False, stdout=subprocess.DEVNULL)


def run(command: list[str], root: Path) -> None:
    """Run a command of the set-up.

    Raises:
        SetupError: It failed.
    """
    status = subprocess.run(command, cwd=root, stdin=subprocess.DEVNULL, check=False).returncode
    if status:
        raise SetupError(f"failed with status {status}: {' '.join(command)}\nRun the same command again to go on.")


def say(text: str) -> None:
    """Print a line of progress."""
    print(f"setup: {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
