"""Requests that come at the same time are computed together.

One thread computes. What comes meanwhile waits, and all of it that fits is the next batch: under load batches grow by
themselves, and a lone request waits for nobody.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from crossprompt.serving.errors import NotServingError, QueueFullError

logger = logging.getLogger(__name__)

Item = TypeVar("Item")
Answer = TypeVar("Answer")
About = TypeVar("About")

_FIRST_GUESS = 0.02
"""Seconds that one item takes, until it is known."""
_MEMORY = 0.9
"""Weight of what was known about that, at each batch."""


@dataclass(frozen=True, slots=True)
class BatchFacts:
    """One batch that was computed: how many items of how many requests, and in how many seconds."""

    items: int
    requests: int
    seconds: float


@dataclass(frozen=True, slots=True)
class _Job(Generic[Item, Answer, About]):
    items: Sequence[Item]
    future: Future[tuple[About, list[Answer]]] = field(default_factory=Future)


class Batcher(Generic[Item, Answer, About]):
    """Computes what is submitted, in the order in which it came, as much at once as fits.

    The items of one request are never in two batches, so all its answers come from one call of ``compute``.
    """

    def __init__(
        self,
        compute: Callable[[Sequence[Item]], tuple[About, list[Answer]]],
        max_waiting: int,
        max_batch: int,
        on_batch: Callable[[BatchFacts], None] | None = None,
    ) -> None:
        """Start the thread.

        Args:
            compute: Gives an answer per item, and something that holds for all of them.
            max_waiting: Items that may wait.
            max_batch: Items of several requests that are computed at once; a request with more goes alone.
            on_batch: Called after each batch, by the thread.
        """
        self._compute = compute
        self._max_waiting, self._max_batch = max_waiting, max_batch
        self._on_batch = on_batch
        self._jobs: deque[_Job[Item, Answer, About]] = deque()
        self._waiting = 0
        self._stopped = False
        self._pace = _FIRST_GUESS
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._work, name="crossprompt-batches", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """Items that are not being computed yet."""
        return self._waiting

    def submit(self, items: Sequence[Item]) -> Future[tuple[About, list[Answer]]]:
        """Have ``items`` computed; cancelling the future takes them out unless they are under way.

        Raises:
            QueueFullError: Too much is waiting. A request that alone is more than may wait is taken when nothing is.
            NotServingError: :meth:`stop` was called.
        """
        job: _Job[Item, Answer, About] = _Job(items)
        with self._changed:
            if self._stopped:
                raise NotServingError("the service has stopped")
            if self._waiting and self._waiting + len(items) > self._max_waiting:
                raise QueueFullError(max(1, math.ceil(self._waiting * self._pace)))
            self._jobs.append(job)
            self._waiting += len(items)
            self._changed.notify()
        return job.future

    def stop(self) -> None:
        """Take nothing more, finish what was taken, and return when that is done."""
        with self._changed:
            self._stopped = True
            self._changed.notify()
        self._thread.join()

    def _work(self) -> None:
        while jobs := self._next_batch():
            running = [job for job in jobs if job.future.set_running_or_notify_cancel()]
            if running:
                self._run(running)

    def _next_batch(self) -> list[_Job[Item, Answer, About]]:
        """The next jobs, as soon as there are any; none: the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._jobs or self._stopped)
            jobs: list[_Job[Item, Answer, About]] = []
            size = 0
            while self._jobs and (not jobs or size + len(self._jobs[0].items) <= self._max_batch):
                jobs.append(self._jobs.popleft())
                size += len(jobs[-1].items)
            self._waiting -= size
            return jobs

    def _run(self, jobs: Sequence[_Job[Item, Answer, About]]) -> None:
        """Compute jobs together; if that fails, one by one, so that what fails takes no other with it."""
        items = [item for job in jobs for item in job.items]
        began = time.monotonic()
        try:
            about, answers = self._compute(items)
        except Exception as error:
            if len(jobs) > 1:
                for job in jobs:
                    self._run([job])
                return
            logger.exception("%d items could not be computed", len(items))
            jobs[0].future.set_exception(error)
            return
        self._note(BatchFacts(len(items), len(jobs), time.monotonic() - began))
        start = 0
        for job in jobs:
            job.future.set_result((about, answers[start : start + len(job.items)]))
            start += len(job.items)

    def _note(self, facts: BatchFacts) -> None:
        self._pace = _MEMORY * self._pace + (1 - _MEMORY) * facts.seconds / max(1, facts.items)
        if self._on_batch is not None:
            self._on_batch(facts)
