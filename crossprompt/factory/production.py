"""From dialogues to a table of translations: calls that cost go through the ledger, then the rows are put together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from datasets import Dataset

from crossprompt.factory.dispatch import dispatch
from crossprompt.factory.errors import UnfinishedError
from crossprompt.factory.ledger import Ledger
from crossprompt.factory.link import Link
from crossprompt.factory.records import FactoryCoverage
from crossprompt.factory.rows import CoverageTally, DialogueStream, iterate_rows
from crossprompt.factory.settings import FactorySettings
from crossprompt.translation.table import collect_rows

_looked_at: set[Path] = set()
"""Ledgers that this process has checked from end to end: that takes a second per GB, and there are many shards."""


@dataclass(frozen=True)
class Workshop:
    """What a translation is made with: engines in turn, how they are called, and where it is written down."""

    links: tuple[Link, ...]
    settings: FactorySettings
    ledger: Path

    def after(self, engine: str) -> tuple[Link, ...]:
        """The engines after ``engine`` in the chain; none if it is not in it."""
        names = [link.name for link in self.links]
        return self.links[names.index(engine) + 1 :] if engine in names else ()


def produce(
    dialogues: Dataset, locale: str, workshop: Workshop, file: Path | None = None, *, progress: bool = True
) -> tuple[Dataset, FactoryCoverage]:
    """Translate whole dialogues into ``locale``; given again after any end, it goes on where it was.

    Args:
        dialogues: ``DIALOGUE_FEATURES``.
        locale: A locale that an engine of the workshop offers.
        workshop: See there.
        file: An Arrow file for the rows; None keeps them in memory as compact columns.
        progress: Show a bar (only on a terminal).

    Returns:
        Rows of ``TRANSLATION_FEATURES`` in the dialogues' order, and what was covered by which engine.

    Raises:
        UnfinishedError: Calls are left: a service is down or refuses, or the budget is reached.
        EngineError: An engine fails, or a dialogue can't be translated and the settings say refuse.
        LedgerError: The ledger is damaged or can't be written.
    """
    stream = DialogueStream(dialogues)
    with _open_ledger(workshop.links, workshop) as ledger:
        if ledger is not None:
            _dispatch(stream, locale, workshop.links, ledger, workshop, progress)
        tally = CoverageTally()
        refuse = workshop.settings.missing == "refuse"
        rows = iterate_rows(
            stream, locale, workshop.links, ledger, tally, refuse_missing=refuse, settings=workshop.settings.dispatch
        )
        return collect_rows(rows, file), tally.coverage(locale)


@contextmanager
def _open_ledger(links: Sequence[Link], workshop: Workshop) -> Iterator[Ledger | None]:
    """The ledger, if an engine needs one."""
    if not any(link.in_ledger for link in links):
        yield None
        return
    thorough = workshop.ledger not in _looked_at
    with Ledger(workshop.ledger, workshop.settings.budget, thorough=thorough) as ledger:
        _looked_at.add(workshop.ledger)
        yield ledger


def _dispatch(
    stream: DialogueStream, locale: str, links: Sequence[Link], ledger: Ledger, workshop: Workshop, progress: bool
) -> None:
    report = dispatch(stream, locale, links, ledger, workshop.settings.dispatch, progress=progress)
    if not report.finished:
        raise UnfinishedError(f"{locale}: {report.detail}")
