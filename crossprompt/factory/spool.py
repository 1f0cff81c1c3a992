"""Dialogues that come once and are looked at several times: kept in a file without a name meanwhile, not in memory."""

from __future__ import annotations

import pickle
import tempfile
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Self

from crossprompt.corpora.dialogue import Dialogue


class Spool:
    """A context that can be iterated over and over; the file goes with it, also when the process is killed."""

    def __init__(self, dialogues: Iterable[Dialogue]) -> None:
        """Nothing is taken yet; the first look takes ``dialogues`` one by one and must go to their end."""
        self._source = dialogues
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed when this context is left
        self._kept: int | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def __iter__(self) -> Iterator[Dialogue]:
        if self._kept is None:
            return self._take()
        return self._again(self._kept)

    def _take(self) -> Iterator[Dialogue]:
        number = 0
        for dialogue in self._source:
            pickle.dump(dialogue, self._file, pickle.HIGHEST_PROTOCOL)
            number += 1
            yield dialogue
        self._kept = number

    def _again(self, number: int) -> Iterator[Dialogue]:
        self._file.seek(0)
        for _ in range(number):
            yield pickle.load(self._file)
