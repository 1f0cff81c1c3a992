"""The folder of result files: one per cell, seed and locale, so that a run goes on where an earlier one stopped.

A file is a JSON object in one line: the SHA-256 of the measurement's text, and the measurement. A file that was cut
off, altered, moved or made by other code or data is not believed: it is named in a warning and counts as not there.
"""

from __future__ import annotations

import hashlib
import logging
import re
import time
from collections.abc import Iterable, Iterator
from itertools import product
from pathlib import Path

from pydantic import ValidationError

from crossprompt.comparison.records import Cell, Measurement
from crossprompt.records import Record
from crossprompt.storage.atomic import write_bytes_atomic
from crossprompt.tasks.task import ScoredAnswers

_LOG = logging.getLogger(__name__)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_FILE = re.compile(rb'\{"sha256":"(?P<sum>[0-9a-f]{64})","measurement":(?P<text>\{.*\})\}\n', re.DOTALL)


class ResultNameError(ValueError):
    """A contender, task or locale whose name can't be that of a file."""


class ResultFileError(ValueError):
    """A result file that can't be believed."""


class ResultFolder:
    """Reads and writes the result files under ``root``, which need not exist yet.

    The path of a file is ``<task>/<shots or all>/<contender>/seed-<n>/<locale>.json``.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._last_lap = time.monotonic()

    def lap(self) -> float:
        """Wall-clock seconds since the lap before, or since this object was made: what one more result has cost."""
        before, self._last_lap = self._last_lap, time.monotonic()
        return self._last_lap - before

    def path(self, cell: Cell, seed: int, locale: str) -> Path:
        """Where the result of ``seed`` in ``locale`` lies.

        Raises:
            ResultNameError: A name holds something other than letters, digits, dots, hyphens and underscores.
        """
        shots = "all" if cell.shots is None else str(cell.shots)
        for name in (cell.task, cell.contender, locale):
            if not _NAME.fullmatch(name):
                raise ResultNameError(f"{name!r} can't name a result file: use letters, digits, '.', '-' and '_'")
        return self.root / cell.task / shots / cell.contender / f"seed-{seed}" / f"{locale}.json"

    def write(self, measurement: Measurement) -> Path:
        """Store a measurement in one step, in place of an earlier one.

        Raises:
            ResultNameError: See :meth:`path`.
        """
        target = self.path(measurement.cell, measurement.seed, measurement.answers.locale)
        text = _Stored.of(measurement).model_dump_json().encode()
        checksum = hashlib.sha256(text).hexdigest().encode()
        write_bytes_atomic(target, b'{"sha256":"%b","measurement":%b}\n' % (checksum, text))
        return target

    def read(self, cell: Cell, seed: int, locale: str, fingerprint: str) -> Measurement | None:
        """The stored measurement, or None where there is none that can be believed; a file that can't is warned of."""
        file = self.path(cell, seed, locale)
        try:
            content = file.read_bytes()
        except FileNotFoundError:
            return None
        try:
            found = _parse(content)
            _check(found, cell, seed, locale, fingerprint)
        except _UnbelievableError as error:
            _LOG.warning("%s %s; it will be computed again", file, error)
            return None
        return found

    def missing(
        self, cell: Cell, seeds: Iterable[int], locales: Iterable[str], fingerprint: str
    ) -> list[tuple[int, str]]:
        """The seeds and locales of ``cell`` that remain to be measured, in the given order; every file is checked."""
        return [
            (seed, locale)
            for seed, locale in product(seeds, locales)
            if self.read(cell, seed, locale, fingerprint) is None
        ]

    def measurements(
        self, cell: Cell, seeds: Iterable[int], locales: Iterable[str], fingerprint: str
    ) -> Iterator[Measurement]:
        """Those of the wanted measurements that are there, one by one, in the given order."""
        for seed, locale in product(seeds, locales):
            found = self.read(cell, seed, locale, fingerprint)
            if found is not None:
                yield found


def read_results(root: Path) -> Iterator[Measurement]:
    """All measurements under ``root``, in the order of their paths, whatever they were made from.

    Raises:
        ResultFileError: A file can't be believed, or lies where another result belongs.
    """
    folder = ResultFolder(root)
    for file in sorted(root.rglob("seed-*/*.json")):
        try:
            found = _parse(file.read_bytes())
        except _UnbelievableError as error:
            raise ResultFileError(f"{file} {error}") from None
        if folder.path(found.cell, found.seed, found.answers.locale) != file:
            raise ResultFileError(f"{file} holds the result of another cell, seed or locale")
        yield found


class _UnbelievableError(Exception):
    """What is wrong with a file, as the end of a sentence that begins with its name."""


class _Stored(Record):
    """A measurement with each distinct answer written once: intents repeat, and a locale has thousands."""

    cell: Cell
    seed: int
    locale: str
    fingerprint: str
    learning_rate: float
    updates: int
    dev_score: float
    choices: tuple[str, ...]
    chosen: tuple[int, ...]
    """Positions in ``choices``."""
    ids: tuple[str, ...]
    numerators: tuple[int, ...]
    denominators: tuple[int, ...]
    seconds: float | None = None

    @classmethod
    def of(cls, measurement: Measurement) -> _Stored:
        """What is written of a measurement."""
        answers = measurement.answers
        places = {choice: place for place, choice in enumerate(dict.fromkeys(answers.answers))}
        return cls(
            cell=measurement.cell,
            seed=measurement.seed,
            locale=answers.locale,
            fingerprint=measurement.fingerprint,
            learning_rate=measurement.learning_rate,
            updates=measurement.updates,
            dev_score=measurement.dev_score,
            choices=tuple(places),
            chosen=tuple(places[answer] for answer in answers.answers),
            ids=answers.ids,
            numerators=answers.numerators,
            denominators=answers.denominators,
            seconds=measurement.seconds,
        )

    def measurement(self) -> Measurement:
        """The measurement that was written."""
        answers = ScoredAnswers(
            locale=self.locale,
            ids=self.ids,
            answers=tuple(self.choices[place] for place in self.chosen),
            numerators=self.numerators,
            denominators=self.denominators,
        )
        return Measurement(
            cell=self.cell,
            seed=self.seed,
            answers=answers,
            learning_rate=self.learning_rate,
            updates=self.updates,
            dev_score=self.dev_score,
            fingerprint=self.fingerprint,
            seconds=self.seconds,
        )


def _parse(content: bytes) -> Measurement:
    match = _FILE.fullmatch(content)
    if match is None:
        raise _UnbelievableError("is no whole result file")
    if hashlib.sha256(match["text"]).hexdigest().encode() != match["sum"]:
        raise _UnbelievableError("was altered: its checksum does not fit its content")
    try:
        stored = _Stored.model_validate_json(match["text"])
    except ValidationError:
        raise _UnbelievableError("is of another format") from None
    lengths = {len(stored.ids), len(stored.chosen), len(stored.numerators), len(stored.denominators)}
    if len(lengths) > 1 or any(not 0 <= place < len(stored.choices) for place in stored.chosen):
        raise _UnbelievableError("does not fit together: its columns differ in length")
    return stored.measurement()


def _check(found: Measurement, cell: Cell, seed: int, locale: str, fingerprint: str) -> None:
    if (found.cell, found.seed, found.answers.locale) != (cell, seed, locale):
        raise _UnbelievableError("holds the result of another cell, seed or locale")
    if found.fingerprint != fingerprint:
        raise _UnbelievableError("was made from other data, settings or code")
