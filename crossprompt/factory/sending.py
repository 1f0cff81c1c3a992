"""One call to its end: claimed in the ledger, sent, repeated while that may help, settled."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, replace
from typing import Protocol

from tenacity import RetryCallState, Retrying, retry_if_exception_type, sleep_using_event

from crossprompt.factory.circuit import RunState, is_refusal
from crossprompt.factory.errors import BudgetError, LedgerError
from crossprompt.factory.failures import Patience, charge_of, checked, waiting
from crossprompt.factory.ledger import Charge, Held, Ledger
from crossprompt.factory.ledger_reader import Done, Failed
from crossprompt.factory.link import Link
from crossprompt.factory.records import Ending
from crossprompt.factory.settings import DispatchSettings
from crossprompt.factory.unit import Unit, unit_of
from crossprompt.translation.engine import EngineError, Failure, TranslationCall, TranslationReply

logger = logging.getLogger(__name__)


class HeldError(Exception):
    """Another worker is at this call, or the budget waits for calls under way: come back later."""


class StoppedError(Exception):
    """The run ends; the call was not sent."""


class Job(Protocol):
    """One call that may have to be sent more than once."""

    @property
    def patience(self) -> Patience:
        """How often it may still fail."""
        ...

    def send(self) -> TranslationReply:
        """Send it; raises ``EngineError`` if it failed."""
        ...

    def prepare_next(self, error: EngineError) -> None:
        """After a failure, before the wait for the next attempt."""
        ...


class Repeater:
    """Sends until it is answered, or not allowed another attempt. One for all calls of a run, of all threads."""

    def __init__(self, settings: DispatchSettings, stop: threading.Event | None = None) -> None:
        """``stop`` ends waits, and allows no further attempts."""
        self._stop = stop or threading.Event()
        self._attempts = Retrying(
            retry=retry_if_exception_type(EngineError),
            stop=self._is_enough,
            wait=waiting(settings),
            sleep=sleep_using_event(self._stop),
            before_sleep=_prepare_next,
            reraise=True,
        )

    def __call__(self, job: Job) -> TranslationReply:
        """The reply; the last attempt's ``EngineError`` if there is none."""
        return self._attempts(_send, job)

    def _is_enough(self, state: RetryCallState) -> bool:
        return not state.args[0].patience.allows_another(_error_of(state)) or self._stop.is_set()


class DirectJob:
    """A call of an engine that needs no ledger."""

    def __init__(self, link: Link, call: TranslationCall, settings: DispatchSettings) -> None:
        self.patience = Patience(settings)
        self._link, self._call = link, call

    def send(self) -> TranslationReply:
        """Ask the engine."""
        return checked(self._call, self._link.engine.translate(self._call))

    def prepare_next(self, error: EngineError) -> None:
        """Nothing: it cost nothing."""


class Sender:
    """Sends calls for the workers of a run: through the ledger where the link wants it, else straight to the engine."""

    def __init__(self, ledger: Ledger, settings: DispatchSettings, run: RunState) -> None:
        self._ledger, self._settings, self._run = ledger, settings, run
        self._repeat = Repeater(settings, run.stop)

    def __call__(self, link: Link, call: TranslationCall) -> TranslationReply:
        """The reply to ``call``, from the ledger if it is there.

        Raises:
            EngineError: The call failed, now or in an earlier run.
            HeldError: Another worker is at it.
            StoppedError: The run ends.
            BudgetError: The budget has not enough left.
            LedgerError: The ledger can't be read or written.
        """
        if self._run.stop.is_set():
            raise StoppedError
        if not link.in_ledger:
            return self._repeat(DirectJob(link, call, self._settings))
        unit, amount = unit_of(call, link.engine), link.bound(call)
        bound = Charge(amount, link.cost(amount))
        found = self._ledger.claim(unit, bound)
        if isinstance(found, Failed) and self._may_retry(unit, found):
            self._ledger.retry(unit)
            found = self._ledger.claim(unit, bound)
        if isinstance(found, Done):
            self._run.count("known")
            return TranslationReply(found.targets)
        if isinstance(found, Failed):
            raise EngineError(found.failure, found.reason, found.detail)
        if isinstance(found, Held):
            raise HeldError
        claimed = _Claimed(self._ledger, self._run, link, call, unit, bound, Patience(self._settings))
        return claimed.to_its_end(self._repeat)

    def _may_retry(self, unit: Unit, failed: Failed) -> bool:
        """Whether a call of an earlier run is sent again; one whose halves were sent is not, its halves are."""
        is_split = failed.failure is Failure.CONTENT and unit.turns > 1
        return self._settings.retry_failed and not is_split and unit.key not in self._run.given_up


@dataclass(frozen=True, slots=True)
class _Claimed:
    """A call that this worker has claimed, until it is settled or given back."""

    ledger: Ledger
    run: RunState
    link: Link
    call: TranslationCall
    unit: Unit
    bound: Charge
    patience: Patience

    def to_its_end(self, repeat: Repeater) -> TranslationReply:
        """The reply, settled; or the failure, booked and the claim given back."""
        try:
            return repeat(self)
        except EngineError as error:
            if not self._give_up(error):
                raise StoppedError from error
            raise
        except StoppedError:
            self.ledger.release(self.unit, None, "stopped", "the run ended before it was sent")
            raise
        except (HeldError, BudgetError, LedgerError):  # the claim is given back, or can't be
            raise
        except BaseException as error:
            # nobody knows whether the call arrived
            charge = replace(self.bound, certain=False)
            self.ledger.release(self.unit, charge, "broken_off", type(error).__name__)
            raise

    def send(self) -> TranslationReply:
        """One attempt, settled if it succeeds."""
        if self.run.stop.is_set():
            raise StoppedError
        self.run.count("sent")
        begun = time.monotonic()
        try:
            reply = self._checked(self.link.engine.translate(self.call))
        except EngineError as error:
            self.run.failed(self.link.name, error, self.call.dialogue.key)
            raise
        amount = self.link.billed(self.bound.amount, reply.tokens)
        charge = Charge(amount, self.link.cost(amount))
        self.ledger.settle(self.unit, reply.targets, charge, time.monotonic() - begun)
        self.ledger.confirm(self.run.succeeded(self.link.name))
        self.run.count("done")
        return reply

    def _checked(self, reply: TranslationReply) -> TranslationReply:
        if reply.sources is not None:
            raise EngineError(
                Failure.FATAL,
                "own_sources",
                f"the {self.link.name} engine gives sources of its own, which the ledger does not keep; set "
                "factory.chain.ledger to false for it",
                billed=True,
            )
        return checked(self.call, reply)

    def prepare_next(self, error: EngineError) -> None:
        """Book a failed attempt and hold back what the next may cost, before the wait for it."""
        charge = charge_of(error, self.link, self.bound.amount)
        if not self.ledger.again(self.unit, charge, error.reason, str(error), self.bound):
            raise HeldError

    def _give_up(self, error: EngineError) -> bool:
        """Book the last attempt; False if there was one because the run ends, not because it is enough."""
        charge = charge_of(error, self.link, self.bound.amount)
        enough = self.patience.is_spent(error)
        if enough and error.failure in (Failure.CONTENT, Failure.DIALOGUE):
            doubtful = is_refusal(error)
            self.ledger.fail(self.unit, charge, error.failure, error.reason, str(error), doubtful=doubtful)
            self.run.failed_for_good(self.link.name, error, self.unit)
        else:
            self.ledger.release(self.unit, charge, error.reason, str(error))
        if enough and error.failure is Failure.TRANSIENT:
            self.run.gave_up(self.link.name, error)
        if error.failure is Failure.FATAL:
            self.run.end(Ending.FATAL, f"{self.unit.name}: {error}")
        return enough


def _send(job: Job) -> TranslationReply:
    return job.send()


def _prepare_next(state: RetryCallState) -> None:
    error, pause = _error_of(state), state.next_action.sleep if state.next_action else 0.0
    logger.info("%s; attempt %d follows in %.1f s", error, state.attempt_number + 1, pause)
    state.args[0].prepare_next(error)


def _error_of(state: RetryCallState) -> EngineError:
    error = state.outcome.exception() if state.outcome else None
    if not isinstance(error, EngineError):
        raise TypeError(f"only failures of engines are asked about here, not {error!r}")
    return error
