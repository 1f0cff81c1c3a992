"""Sends what the ledger lacks: many workers, each failure dealt with by its kind, within the budget."""

from __future__ import annotations

import logging
import threading
from collections.abc import Collection, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait

from tqdm import tqdm

from crossprompt.corpora.dialogue import Dialogue
from crossprompt.factory.circuit import RunState
from crossprompt.factory.errors import BudgetError
from crossprompt.factory.ledger import Ledger
from crossprompt.factory.link import Link
from crossprompt.factory.records import DispatchReport, Ending
from crossprompt.factory.route import translate_dialogue
from crossprompt.factory.sending import HeldError, Sender, StoppedError
from crossprompt.factory.settings import DispatchSettings
from crossprompt.settings import SettingsError
from crossprompt.translation.engine import EngineError, Failure

logger = logging.getLogger(__name__)

_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 5.0
"""Seconds before calls that another worker had are looked at again; doubled each time."""


def dispatch(
    dialogues: Iterable[Dialogue],
    locale: str,
    chain: Sequence[Link],
    ledger: Ledger,
    settings: DispatchSettings,
    *,
    progress: bool = True,
) -> DispatchReport:
    """Translate ``dialogues`` into ``locale`` as far as calls go through the ledger; streams, holds a few at a time.

    Args:
        dialogues: Gone through more than once: a list or a :class:`~crossprompt.factory.rows.DialogueStream`, no
            iterator.
        locale: A locale that an engine of the chain offers.
        chain: The engines in turn.
        ledger: Open; other workers may use it at the same time.
        settings: Workers, attempts, waits.
        progress: Show a bar with rate and time left (only on a terminal).

    Returns:
        How it ended; nothing is raised for services that fail.

    Raises:
        LedgerError: The ledger can't be read or written.
        SettingsError: There is a budget, and a paid engine without a price, or one whose bill has no bound.
        TypeError: ``dialogues`` can be gone through only once.
    """
    if isinstance(dialogues, Iterator):
        raise TypeError("dialogues are gone through more than once: give a list or a DialogueStream")
    run = RunState(settings)
    links = _up_to_the_ledger(locale, chain)
    if ledger.has_budget:
        _require_prices(links)
    if links:
        _send_all(_Crew(locale, links, Sender(ledger, settings, run), run, settings.workers), dialogues, progress)
        _settle_doubts(run, ledger)
    return _report(locale, run)


def _up_to_the_ledger(locale: str, chain: Sequence[Link]) -> list[Link]:
    """The links that offer ``locale``, as far as the last that needs the ledger: what follows costs nothing."""
    links = [link for link in chain if link.engine.offers(locale)]
    while links and not links[-1].in_ledger:
        links.pop()
    return links


def _require_prices(links: Sequence[Link]) -> None:
    for link in links:
        link.require_bound()
        if link.engine.paid and not link.settings.price.known:
            raise SettingsError(
                f"factory.budget: the {link.name} engine is paid and has no price; give it in factory.chain.price, or "
                "set no budget"
            )


class _Crew:
    """The workers of a run, and what they leave for later."""

    def __init__(self, locale: str, links: Sequence[Link], send: Sender, run: RunState, workers: int) -> None:
        self.locale, self.run = locale, run
        self._links, self._send, self._workers = links, send, workers
        self._lock = threading.Lock()
        self._held: set[int] = set()

    def go_through(self, numbered: Iterator[tuple[int, Dialogue]]) -> set[int]:
        """Send what can be sent now; the numbers of the dialogues that another worker is at."""
        self._held = set()
        pool = ThreadPoolExecutor(self._workers, thread_name_prefix=f"translate-{self.locale}")
        try:
            workers = [pool.submit(self._work, numbered) for _ in range(self._workers)]
            wait(workers, return_when=FIRST_EXCEPTION)
        except BaseException:
            self.run.end(Ending.INCOMPLETE, "interrupted; start again to go on")
            raise
        finally:
            pool.shutdown()
        for worker in workers:
            worker.result()
        return self._held

    def _work(self, numbered: Iterator[tuple[int, Dialogue]]) -> None:
        try:
            while not self.run.stop.is_set():
                with self._lock:
                    place = next(numbered, None)
                if place is None:
                    return
                self._translate(*place)
        except BaseException as error:
            self.run.end(Ending.FATAL, f"{type(error).__name__}: {error}")
            raise

    def _translate(self, number: int, dialogue: Dialogue) -> None:
        try:
            translate_dialogue(dialogue, self.locale, self._links, self._send)
        except HeldError:
            with self._lock:
                self._held.add(number)
        except StoppedError:
            return
        except BudgetError as error:
            self.run.end(Ending.BUDGET, str(error))
        except EngineError as error:
            if error.failure is Failure.FATAL:
                self.run.end(Ending.FATAL, f"{dialogue.split}/{dialogue.dialogue_id}, {self.locale}: {error}")
            else:
                logger.warning("%s/%s, %s: %s; left for later", *dialogue.key, self.locale, error)
                self.run.count("pending")


def _send_all(crew: _Crew, dialogues: Iterable[Dialogue], progress: bool) -> None:
    """Go through the dialogues, and again through those that other workers had, until none is left or the run ends."""
    total = len(dialogues) if isinstance(dialogues, Collection) else None
    bar = tqdm(dialogues, desc=f"send {crew.locale}", unit="dialogue", total=total, disable=None if progress else True)
    with bar:
        held = crew.go_through(_counted(bar, crew.run))
    pause = _FIRST_PAUSE
    while held and not crew.run.stop.wait(pause):
        left = crew.go_through(place for place in enumerate(dialogues) if place[0] in held)
        pause = _FIRST_PAUSE if len(left) < len(held) else min(2 * pause, _LONGEST_PAUSE)
        held = left


def _settle_doubts(run: RunState, ledger: Ledger) -> None:
    """A run that comes to its end believes the last refusals; of one that does not, they are pending again."""
    doubtful = run.in_doubt()
    if run.ending is Ending.FINISHED:
        ledger.confirm(doubtful)
        return
    ledger.reopen(doubtful)
    run.counts["failed"] -= len(doubtful)
    run.counts["pending"] += len(doubtful)


def _counted(dialogues: Iterable[Dialogue], run: RunState) -> Iterator[tuple[int, Dialogue]]:
    for place in enumerate(dialogues):
        run.count("dialogues")
        yield place


def _report(locale: str, run: RunState) -> DispatchReport:
    counts, ending, detail = run.counts, run.ending, run.detail
    if ending is Ending.FINISHED and counts["pending"]:
        ending = Ending.INCOMPLETE
        detail = f"{counts['pending']} calls failed at every attempt, in ways that may pass; start again to send them"
    return DispatchReport(
        locale=locale,
        ending=ending,
        detail=detail,
        dialogues=counts["dialogues"],
        known=counts["known"],
        sent=counts["sent"],
        done=counts["done"],
        failed=counts["failed"],
        pending=counts["pending"],
    )
