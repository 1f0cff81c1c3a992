"""A contender's side of a contest: it waits for its turn, works, reports, and waits again."""

from __future__ import annotations

import time
from typing import TextIO

import psutil

from benchmarks.memory import peak_memory, resident_memory
from benchmarks.records import Lap
from crossprompt.records import Record

GO = "go"
"""The line that gives a turn; any other, or the end of the input, ends the contest."""


class Finished(Exception):  # noqa: N818  # no error: the last turn is over
    """There are no more turns. It ends whatever loop the contender is in, a library's too."""


class Ready(Record):
    """All is loaded."""

    idle_memory: int


class Gate:
    """Gives turns and takes their times."""

    def __init__(self, commands: TextIO, answers: TextIO) -> None:
        """Read turns from ``commands``, one a line, and write a JSON line to ``answers`` for each."""
        self._commands, self._answers = commands, answers
        self._began = self._cpu_began = 0.0
        self._counted: psutil.Process | None = None
        self._peak = 0

    def count(self, pid: int) -> None:
        """Measure that process and all that it has started, a server's, instead of this one, which only asks it."""
        self._counted = psutil.Process(pid)

    def peak_memory(self) -> int:
        """The most resident bytes so far; of a server as its last turn knew them."""
        return self._peak if self._counted else peak_memory()

    def start(self) -> None:
        """Say that all is loaded, and wait for the first turn.

        Raises:
            Finished: There is none.
        """
        self._answer(Ready(idle_memory=sum(map(resident_memory, self._processes()))))
        self._wait()

    def lap(self, units: int, **facts: float | str) -> None:
        """End the turn, in which ``units`` were done, and wait for the next.

        Raises:
            Finished: There is none.
        """
        seconds, cpu_seconds = time.perf_counter() - self._began, self._cpu_seconds() - self._cpu_began
        if self._counted:
            self._peak = max(self._peak, sum(map(peak_memory, self._processes())))
        self._answer(Lap(seconds=seconds, cpu_seconds=cpu_seconds, units=units, facts=facts))
        self._wait()

    def _answer(self, record: Record) -> None:
        self._answers.write(record.model_dump_json() + "\n")
        self._answers.flush()

    def _wait(self) -> None:
        if self._commands.readline().strip() != GO:
            raise Finished
        self._began, self._cpu_began = time.perf_counter(), self._cpu_seconds()

    def _processes(self) -> list[psutil.Process | None]:
        """What is measured; None: this process."""
        return [self._counted, *self._counted.children(recursive=True)] if self._counted else [None]

    def _cpu_seconds(self) -> float:
        if not self._counted:
            return time.process_time()
        times = [process.cpu_times() for process in self._processes() if process]
        return float(sum(own.user + own.system for own in times))
