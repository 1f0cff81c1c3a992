"""An exact grid over Optuna's queue: each point completes once, whatever is killed in between.

Trials are asked for and told, not called back, so that one caller can run several of them in one forward pass. Optuna's
grid sampler repeats points when several processes use it; here each point is queued, and the queue decides. Any number
of processes may work on a grid, on one machine or several: who seems to be dead loses its points to the others.
"""

from __future__ import annotations

import logging
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any

import optuna
from optuna.exceptions import ExperimentalWarning, StorageInternalError, UpdateFinishedTrialError
from optuna.storages import RDBStorage
from optuna.trial import FrozenTrial, Trial, TrialState

from crossprompt.tuning.storage import StudyError

logger = logging.getLogger(__name__)

PARAMETER = "learning_rate"
POLL_SECONDS = 0.5
ORIGIN = "origin"
"""The study's attribute that says where a worker finds what the study is about."""

_QUEUED = "grid"
_BEATING = "beating"
_TWIN = "twin"
"""The attribute of a trial that was given up at once, as another of its point is under way or complete."""
_OPEN = (TrialState.WAITING, TrialState.RUNNING)


class Grid:
    """One study over a list of learning rates."""

    def __init__(
        self, storage: RDBStorage, name: str, rates: Sequence[float], max_retries: int, attributes: dict[str, Any]
    ) -> None:
        """Open the study ``name`` or make it; ``attributes`` are shown with it in the dashboard."""
        self.rates = tuple(rates)
        self.told = 0
        """Points that this process completed."""
        self._storage, self._max_retries = storage, max_retries
        self.study = optuna.create_study(storage=storage, study_name=name, direction="maximize", load_if_exists=True)
        self._study_id = storage.get_study_id_from_name(name)
        for key, value in attributes.items():
            self.study.set_user_attr(key, value)

    def announce(self, origin: Mapping[str, str]) -> None:
        """Queue the points, once for all workers, and leave for them what they need to know."""
        self._fill_queue()
        self.study.set_user_attr(ORIGIN, dict(origin))

    def ask(self, at_most: int = 1) -> list[Trial]:
        """Take up to ``at_most`` waiting points; all of them run from now on. An empty list: every point is complete.

        Waits while the only open points run in another process, or in one that died and is not yet known to be dead.

        Raises:
            StudyError: A point failed more often than it may be retried.
        """
        while not self.complete:
            self._revive()
            self._fill_queue()
            taken = [trial for _ in range(min(at_most, self._waiting())) if (trial := self._take()) is not None]
            if taken:
                return taken
            time.sleep(POLL_SECONDS)
        return []

    def tell(self, trial: Trial, value: float) -> None:
        """Complete a trial with its value, unless another process took its point over meanwhile."""
        told = self.study.tell(trial, value, skip_if_finished=True)
        self.told += told.state is TrialState.COMPLETE

    def fail(self, trial: Trial) -> None:
        """Give a trial up, unless another process did; its point is queued again by the next :meth:`ask`."""
        self.study.tell(trial, state=TrialState.FAIL, skip_if_finished=True)

    @contextmanager
    def heartbeat(self, trials: Sequence[Trial]) -> Iterator[None]:
        """Show that ``trials`` are alive while the block runs."""
        ids = [self._trial_id(trial.number) for trial in trials]
        done = Event()
        thread = Thread(target=self._beat, args=(ids, done), daemon=True, name="study heartbeat")
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()

    @property
    def complete(self) -> bool:
        """Whether every rate has a completed trial."""
        return set(self.rates) <= {rate_of(trial) for trial in self._trials((TrialState.COMPLETE,))}

    def completed(self) -> list[FrozenTrial]:
        """The completed trial of each rate that has one, in the order of the rates."""
        by_rate = {rate_of(trial): trial for trial in reversed(self._trials((TrialState.COMPLETE,)))}
        return [by_rate[rate] for rate in self.rates if rate in by_rate]

    def attempts(self, rate: float) -> int:
        """How often a rate was tried, the completed trial included; what still waits and twins do not count."""
        started = self._trials((TrialState.RUNNING, TrialState.COMPLETE, TrialState.FAIL))
        return sum(rate_of(trial) == rate and _TWIN not in trial.user_attrs for trial in started)

    def _take(self) -> Trial | None:
        try:
            return self._take_next()
        except UpdateFinishedTrialError:
            logger.debug("another process gave up a trial that this one had just taken")
            return None

    def _take_next(self) -> Trial | None:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Heartbeat of storage is supposed")
            trial = self.study.ask()
        if _QUEUED not in trial.user_attrs:
            # another process emptied the queue in between, so Optuna made up a point of its own
            self.fail(trial)
            return None
        rate = trial.suggest_categorical(PARAMETER, self.rates)
        twins = [t for t in self._trials((*_OPEN, TrialState.COMPLETE)) if rate_of(t) == rate]
        if any(twin.number < trial.number for twin in twins):
            trial.set_user_attr(_TWIN, True)
            self.fail(trial)
            return None
        self._first_beat(trial.number)
        return trial

    def _fill_queue(self) -> None:
        """Queue each rate that is neither complete nor queued nor running: at the start, and after failures."""
        present = {rate_of(trial) for trial in self._trials((*_OPEN, TrialState.COMPLETE))}
        for rate in self.rates:
            if rate in present:
                continue
            tried = self.attempts(rate)
            if tried > self._max_retries:
                raise StudyError(
                    f"study {self.study.study_name}: learning rate {rate:g} failed {tried} times; see the log for why, "
                    "or raise tuning.max_retries"
                )
            self.study.enqueue_trial({PARAMETER: rate}, user_attrs={_QUEUED: True})

    def _revive(self) -> None:
        """Fail the trials of dead processes; Optuna's retry callback queues their points again.

        Optuna knows the age of a heartbeat by the database's clock, but no death before the first one. So whoever sees
        a trial without a heartbeat gives it the first: if its process is dead, it will be the last, too.
        """
        try:
            for trial in self._trials((TrialState.RUNNING,)):
                if trial.user_attrs.get(_BEATING) != trial.number:
                    self._first_beat(trial.number)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ExperimentalWarning)
                optuna.storages.fail_stale_trials(self.study)
        except UpdateFinishedTrialError:
            logger.debug("another process gave up a trial that this one was about to look after")

    def _first_beat(self, number: int) -> None:
        """Record a heartbeat, and with the trial that it has one; its number, as retries inherit attributes."""
        trial_id = self._trial_id(number)
        self._storage.record_heartbeat(trial_id)
        self._storage.set_trial_user_attr(trial_id, _BEATING, number)

    def _beat(self, trial_ids: Sequence[int], done: Event) -> None:
        while not done.wait(self._storage.heartbeat_interval):
            for trial_id in trial_ids:
                try:
                    self._storage.record_heartbeat(trial_id)
                except StorageInternalError as error:
                    # one sign of life may be lost without harm; without this the thread would end and all would be
                    logger.warning("a heartbeat could not be written: %s", error)

    def _trials(self, states: tuple[TrialState, ...] | None) -> list[FrozenTrial]:
        own = self.study.get_trials(deepcopy=False, states=states)
        return [trial for trial in own if _QUEUED in trial.user_attrs]

    def _waiting(self) -> int:
        return len(self._trials((TrialState.WAITING,)))

    def _trial_id(self, number: int) -> int:
        return self._storage.get_trial_id_from_study_id_trial_number(self._study_id, number)


def rate_of(trial: FrozenTrial) -> float:
    """The learning rate of a trial, also before it has been suggested."""
    fixed = trial.system_attrs.get("fixed_params", {})
    return float(trial.params.get(PARAMETER, fixed.get(PARAMETER, float("nan"))))
