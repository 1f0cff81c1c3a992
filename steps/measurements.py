"""What the steps that measure hand on: a folder with the result files of one cell or contender; and what it cost."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from crossprompt.comparison.records import Measurement
from crossprompt.comparison.results import ResultFolder, read_results


def result_files(measurements: Iterable[Measurement]) -> Path:
    """A new folder with a file for each measurement, for a step to give as its artifact."""
    folder = ResultFolder(Path(tempfile.mkdtemp(prefix="results-")))
    for measurement in measurements:
        folder.write(measurement)
    return folder.root


class Measured:
    """The results in the folders of a study, read one by one, and the time that they took.

    Args:
        folders: One for each cell or contender.
    """

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = folders
        self._seconds: float | None = None

    def __iter__(self) -> Iterator[Measurement]:
        self._seconds = None
        every: float | None = 0.0
        for folder in self._folders:
            for found in read_results(folder):
                every = self._seconds = None if every is None or found.seconds is None else every + found.seconds
                yield found

    @property
    def hours(self) -> float | None:
        """Wall-clock hours of what was read, over all runs that took part; None if they are not known."""
        return None if self._seconds is None else self._seconds / 3600
