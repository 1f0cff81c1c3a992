"""How a run comes to its end before all is done, cleanly: what is under way is finished, nothing else is begun."""

from __future__ import annotations

import itertools
import threading
from collections import Counter
from collections.abc import Hashable

from crossprompt.factory.records import Ending
from crossprompt.factory.settings import DispatchSettings
from crossprompt.factory.unit import Unit
from crossprompt.translation.engine import EngineError, Failure


class RunState:
    """What the workers of a run share: whether to stop, why, and counts of what they did.

    It is the circuit of each service as well: too many failures in succession, of all workers, end the run. Failures
    that may pass count each; where the service itself asked to wait, only once the call is given up. Replies that do
    not fit and refusals count once a dialogue, since one strange dialogue can give dozens of them. Where nothing but
    refusals comes, they say nothing of the texts: those since a service's last good reply are in doubt, until another
    good reply comes or the run has come to its end.
    """

    def __init__(self, settings: DispatchSettings) -> None:
        self.stop = threading.Event()
        self.ending = Ending.FINISHED
        self.detail = ""
        self.counts: Counter[str] = Counter()
        self.given_up: set[str] = set()
        """Keys of the units that failed for good in this run."""
        self._settings = settings
        self._lock = threading.Lock()
        self._failures: dict[str, set[Hashable]] = {}
        self._refused: dict[str, list[Unit]] = {}
        self._attempts = itertools.count()

    def count(self, what: str) -> None:
        """One more of ``what``."""
        with self._lock:
            self.counts[what] += 1

    def end(self, ending: Ending, detail: str) -> None:
        """Begin nothing else; the first reason given is the run's."""
        with self._lock:
            if not self.stop.is_set():
                self.ending, self.detail = ending, detail
                self.stop.set()

    def succeeded(self, service: str) -> list[Unit]:
        """The service gave a good reply: what went wrong before does not count any more.

        Returns:
            What it had refused since the good reply before: that was about the texts.
        """
        with self._lock:
            self._failures.pop(service, None)
            return self._refused.pop(service, [])

    def failed(self, service: str, error: EngineError, dialogue: Hashable) -> None:
        """Count a failed attempt; may open the circuit."""
        asked = error.retry_after or 0.0
        if asked > self._settings.longest_wait_seconds:
            self.end(
                Ending.CIRCUIT,
                f"the {service} engine asks to wait {asked:,.0f} s, more than dispatch.longest_wait_seconds = "
                f"{self._settings.longest_wait_seconds:g}; start again then, all that is done is kept",
            )
        if error.failure is Failure.CONTENT or is_refusal(error):
            self._count(service, error, dialogue)
        elif error.failure is Failure.TRANSIENT and error.retry_after is None:
            self._count(service, error, next(self._attempts))

    def gave_up(self, service: str, error: EngineError) -> None:
        """Count a call that failed at every attempt; may open the circuit."""
        self._count(service, error, next(self._attempts))

    def failed_for_good(self, service: str, error: EngineError, unit: Unit) -> None:
        """Count a call that is not sent again."""
        with self._lock:
            self.counts["failed"] += 1
            self.given_up.add(unit.key)
            if is_refusal(error):
                self._refused.setdefault(service, []).append(unit)

    def in_doubt(self) -> list[Unit]:
        """Units that failed for good by refusals since their service's last good reply."""
        with self._lock:
            return [unit for units in self._refused.values() for unit in units]

    def _count(self, service: str, error: EngineError, what: Hashable) -> None:
        with self._lock:
            lately = self._failures.setdefault(service, set())
            lately.add(what)
            many = len(lately)
        if many >= self._settings.circuit_failures:
            self.end(
                Ending.CIRCUIT,
                f"the {service} engine failed {many} times in succession, last: {error}; {_advice(error)}",
            )


def is_refusal(error: EngineError) -> bool:
    """Whether the service refused the texts: then the bill is known. What an engine refuses unsent has none."""
    return error.failure is Failure.DIALOGUE and error.billed is not None


def _advice(error: EngineError) -> str:
    if is_refusal(error):
        return (
            "it refuses every dialogue, which looks like a setting: mend the cause and start again, the refused calls "
            "are still pending; if it is the texts, raise dispatch.circuit_failures"
        )
    return "it seems to be down: start again when it is back, all that is done is kept"
