"""One look at what is wanted and what serves, and the run that brings them together: for cron and systemd timers.

The lock is the run's, not the scheduler's: the run inherits it. So a scheduler that is killed leaves a run that goes on
undisturbed, and no second one starts beside it; when the run ends, however it ends, the lock is free.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import yaml
from pydantic import ValidationError

from crossprompt.locales.languages import LocaleError, normalise_tag, written_language
from crossprompt.records import Record
from crossprompt.storage.atomic import write_text_atomic
from crossprompt.storage.fingerprint import fingerprint_value
from infra.alerts import post_alert

logger = logging.getLogger(__name__)

PIPELINE: Final = "add_languages"
LOCK, MEMORY, LOGS = "schedule.lock", "schedule.json", "logs"
VERDICT: Final = Path("promotion-report") / "report.json"
"""What the last step of the pipeline writes, whatever became of the candidate."""
KEPT_LOGS: Final = 10
LAST_LINES: Final = 12


class SchedulingError(RuntimeError):
    """The scheduler can't be started as asked; the message says why."""


class BusyError(RuntimeError):
    """Another scheduler's run is under way."""


class Ending(IntEnum):
    """How one look ended: the exit status of the command."""

    WELL = 0
    """Nothing is missing, or what was missing is served now."""
    FAILED = 1
    """The look or the run failed; the next look starts anew."""
    REFUSED = 3
    """Languages are still missing: the gate refused the candidate, or no engine has them. Told once, not run again."""
    BUSY = 75
    """Another run is under way (``EX_TEMPFAIL`` of sysexits.h)."""


@dataclass(frozen=True)
class Served:
    """The champion, as far as the scheduler wants it; ``identity`` is None if there is none yet."""

    identity: str | None
    languages: tuple[str, ...]


class Attempt(Record):
    """The last run that changed nothing: it is not tried again until something else has changed."""

    key: str
    at: str
    sentence: str


@dataclass(frozen=True)
class Look:
    """What is wanted, what is there, and what is to be done about it."""

    wanted: tuple[str, ...]
    served: Served
    key: str
    """Fingerprint of all that a run would start from."""

    @property
    def missing(self) -> tuple[str, ...]:
        """Languages that are wanted and that the champion has not."""
        return not_among(self.served.languages, self.wanted)


def not_among(served: Sequence[str], wanted: Sequence[str]) -> tuple[str, ...]:
    """Of the ``wanted`` languages those not ``served``; as in the gate, ``sw`` and ``sw-KE`` are one."""
    known = {written_language(language) for language in served}
    return tuple(language for language in wanted if written_language(language) not in known)


def champion_served() -> Served:
    """The champion of the active stack's registry."""
    from crossprompt.bundles.bundle import read_index
    from infra.registry import champion, champion_folder

    present = champion()
    if present is None:
        return Served(None, ())
    return Served(present.fingerprint, read_index(champion_folder()).languages)


def look(configuration: Path, served: Callable[[], Served] = champion_served) -> Look:
    """Compare what ``configuration`` wants with the champion.

    Raises:
        SchedulingError: The file is missing, names no languages, or one that is none.
    """
    try:
        content: dict[str, Any] = yaml.safe_load(configuration.read_text(encoding="utf-8"))
        wanted = tuple(normalise_tag(str(language)) for language in content["parameters"]["factory"]["locales"])
    except LocaleError as error:
        raise SchedulingError(f"{configuration}, factory.locales: {error}") from None
    except FileNotFoundError:
        raise SchedulingError(f"{configuration}: no such file") from None
    except (yaml.YAMLError, UnicodeDecodeError, TypeError, KeyError):
        wanted = ()
    if not wanted:
        raise SchedulingError(f"{configuration} wants no languages: name them under `parameters: factory: locales:`")
    found = served()
    return Look(wanted, found, fingerprint_value([content, found.identity, version("crossprompt")]))


def schedule_once(
    configuration: Path,
    home: Path,
    *,
    again: bool = False,
    served: Callable[[], Served] = champion_served,
    alert: Callable[[str], bool] = post_alert,
) -> Ending:
    """Look once, start the pipeline if languages are missing, and say how it ended.

    Args:
        configuration: Of the pipeline ``add_languages``.
        home: The project's home, which holds lock, memory and logs.
        again: Start also what changed nothing when it was tried last.
        served: Says who is champion.
        alert: Posts an alert, and says whether it could.
    """
    try:
        with one_at_a_time(home / LOCK) as lock:
            return _go(configuration, home, lock, again, served, alert)
    except BusyError as error:
        logger.info("%s", error)
        return Ending.BUSY
    except Exception as error:
        # nobody looks on: whatever it is, log, alert and exit status must tell it
        logger.debug("", exc_info=error)
        _tell(Ending.FAILED, f"The look for languages failed: {str(error) or type(error).__name__}", alert)
        return Ending.FAILED


@contextmanager
def one_at_a_time(file: Path) -> Iterator[int]:
    """Hold the lock ``file``; gives its descriptor, for processes to inherit the lock by.

    Raises:
        BusyError: Somebody holds it.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BusyError(f"a run is under way already: {file} is locked") from None
        yield descriptor
    finally:
        os.close(descriptor)


def last_attempt(home: Path) -> Attempt | None:
    """The last run that changed nothing, if the last one did."""
    try:
        return Attempt.model_validate_json((home / MEMORY).read_bytes())
    except (FileNotFoundError, ValidationError):
        return None


def _go(
    configuration: Path,
    home: Path,
    lock: int,
    again: bool,
    served: Callable[[], Served],
    alert: Callable[[str], bool],
) -> Ending:
    _tidy_up(home)
    found = look(configuration, served)
    if not found.missing:
        logger.info("Nothing to do: the champion has all %d languages that are wanted.", len(found.wanted))
        return Ending.WELL
    before = last_attempt(home)
    if before is not None and before.key == found.key and not again:
        logger.warning(
            "Not tried again: on %s a run with this configuration and this champion ended so: %s Change either, or "
            "give --again.", before.at, before.sentence,
        )  # fmt: skip
        return Ending.REFUSED
    logger.info("Missing: %s. Starting %s.", ", ".join(found.missing), PIPELINE)
    log, started = _new_log(home / LOGS), time.time()
    status = run_pipeline(configuration, lock, log)
    if status:
        _tidy_up(home)
    ending, sentence = _judge(found, served(), status, log, _verdict(home / VERDICT, started))
    if ending is Ending.REFUSED:
        at = datetime.now(UTC).isoformat(timespec="seconds")
        write_text_atomic(home / MEMORY, Attempt(key=found.key, at=at, sentence=sentence).model_dump_json(indent=1))
    _tell(ending, sentence, alert if status else _nobody)
    return ending


def run_pipeline(configuration: Path, lock: int, log: Path) -> int:
    """Run ``zenml pipeline run add_languages -c CONFIGURATION`` to its end; its exit status."""
    beside = Path(sys.executable).with_name("zenml")
    program = str(beside) if beside.exists() else shutil.which("zenml")
    if program is None:
        raise SchedulingError("the program zenml is not there: run `make setup`, or call crossprompt by its full path")
    command = [program, "pipeline", "run", PIPELINE, "-c", str(configuration)]
    with log.open("wb") as output:
        return subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, pass_fds=(lock,), check=False
        ).returncode


def _judge(before: Look, served: Served, status: int, log: Path, verdict: str | None) -> tuple[Ending, str]:
    """What the run came to: the champion tells, whatever the exit status."""
    missing = not_among(served.languages, before.missing)
    if not missing:
        return Ending.WELL, f"{PIPELINE} added {', '.join(before.missing)}.{_unfinished(status, log)}"
    if verdict is not None or status == 0:
        reason = verdict or "the run ended well, but made no champion with all of them"
        return Ending.REFUSED, f"{', '.join(missing)} are still missing: {reason}"
    return Ending.FAILED, f"{PIPELINE} failed with status {status} (log: {log}): {_last_words(log)}"


def _unfinished(status: int, log: Path) -> str:
    """What is to be said of a run that promoted its candidate and did not come to its end."""
    if not status:
        return ""
    return (
        f" The run itself ended with status {status} after that, so its report may be missing: `crossprompt champion` "
        f"says why the version was promoted (log: {log})."
    )


def _verdict(report: Path, since: float) -> str | None:
    """What the gate and the registry said of the run's candidate; None if the run did not come so far."""
    try:
        if report.stat().st_mtime < since - 1:
            return None
        return " ".join(json.loads(report.read_text(encoding="utf-8"))["proposal"]["sentences"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _last_words(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return " | ".join(line.strip() for line in lines[-LAST_LINES:] if line.strip())


def _tell(ending: Ending, sentence: str, alert: Callable[[str], bool]) -> None:
    if ending is Ending.WELL:
        logger.info("%s", sentence)
        return
    logger.error("%s", sentence)
    if alert(f"CrossPrompt: {sentence}"):
        logger.info("An alert was posted.")


def _nobody(message: str) -> bool:
    """The run ended well, so its own last step has posted what there was to post."""
    return False


def _tidy_up(home: Path) -> None:
    """Set right what killed processes left: their runs, the registry, the home. Not every look starts a run."""
    from infra.home import remove_left_over
    from infra.orphans import fail_orphaned_runs
    from infra.registry import mend

    for run in fail_orphaned_runs():
        logger.warning("Run %s had been killed: marked as failed. What it finished is in the cache.", run)
    for sentence in mend():
        logger.warning("%s", sentence)
    remove_left_over(home)


def _new_log(folder: Path) -> Path:
    """The file for a run's output; the oldest beyond a few are removed."""
    folder.mkdir(parents=True, exist_ok=True)
    _remove(sorted(folder.glob(f"{PIPELINE}-*.log"))[: -KEPT_LOGS + 1])
    return folder / f"{PIPELINE}-{datetime.now(UTC):%Y%m%dT%H%M%S}.log"


def _remove(files: Sequence[Path]) -> None:
    for file in files:
        file.unlink(missing_ok=True)
