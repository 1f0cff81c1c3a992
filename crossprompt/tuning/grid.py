"""An exact grid over Optuna's queue: each point completes once, whatever is killed in between.

Trials are asked for and told, not called back, so that one caller can run several of them in one forward pass. Optuna's
grid sampler repeats points when several processes use it; here each point is queued, and the queue decides.
"""

from __future__ import annotations

import logging
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Event, Thread
from typing import Any

import optuna
from optuna.exceptions import ExperimentalWarning, StorageInternalError
from optuna.storages import RDBStorage, RetryHeartbeatStaleTrialCallback
from optuna.trial import FrozenTrial, Trial, TrialState

from crossprompt.tuning.storage import GRACE, StudyError

logger = logging.getLogger(__name__)

PARAMETER = "learning_rate"
POLL_SECONDS = 0.5

_QUEUED = "grid"
_BEATING = "beating"
_OPEN = (TrialState.WAITING, TrialState.RUNNING)


class Grid:
    """One study over a list of learning rates."""

    def __init__(
        self, storage: RDBStorage, name: str, rates: Sequence[float], max_retries: int, attributes: dict[str, Any]
    ) -> None:
        """Open the study ``name`` or make it; ``attributes`` are shown with it in the dashboard."""
        self.rates = tuple(rates)
        self._storage, self._max_retries = storage, max_retries
        self.study = optuna.create_study(storage=storage, study_name=name, direction="maximize", load_if_exists=True)
        self._study_id = storage.get_study_id_from_name(name)
        for key, value in attributes.items():
            self.study.set_user_attr(key, value)

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
        """Complete a trial with its value."""
        self.study.tell(trial, value)

    def fail(self, trial: Trial) -> None:
        """Give a trial up; its point is queued again by the next :meth:`ask`."""
        self.study.tell(trial, state=TrialState.FAIL)

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
        """How often a rate was tried, the completed trial included."""
        return sum(rate_of(trial) == rate for trial in self._trials(None))

    def _take(self) -> Trial | None:
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
            self.fail(trial)
            return None
        self._storage.record_heartbeat(self._trial_id(trial.number))
        trial.set_user_attr(_BEATING, trial.number)
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
        """Fail the trials of dead processes; Optuna's retry callback queues their points again."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ExperimentalWarning)
            optuna.storages.fail_stale_trials(self.study)
            for trial in self._trials((TrialState.RUNNING,)):
                if self._never_beat(trial):
                    logger.warning("trial %d died before its first heartbeat; it is started again", trial.number)
                    self.study.tell(trial.number, state=TrialState.FAIL)
                    RetryHeartbeatStaleTrialCallback(self._max_retries)(self.study, trial)

    def _never_beat(self, trial: FrozenTrial) -> bool:
        """Whether a process died between taking a trial and its first heartbeat, which Optuna can't notice."""
        interval = self._storage.heartbeat_interval or 0
        started = trial.datetime_start
        old = started is not None and datetime.now() - started > timedelta(seconds=GRACE * interval)
        return old and trial.user_attrs.get(_BEATING) != trial.number

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
