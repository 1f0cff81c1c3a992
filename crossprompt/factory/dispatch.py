"""Sends what the ledger lacks: many workers, each failure dealt with by its kind, within the budget."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from crossprompt.corpora.dialogue import Dialogue
from crossprompt.factory.ledger import Ledger
from crossprompt.factory.link import Link
from crossprompt.factory.records import DispatchReport
from crossprompt.factory.settings import DispatchSettings


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
        dialogues: Iterated more than once: a list or a :class:`~crossprompt.factory.rows.DialogueStream`, no iterator.
        locale: A locale that an engine of the chain offers.
        chain: The engines in turn.
        ledger: Open; other workers may use it at the same time.
        settings: Workers, attempts, waits.
        progress: Show a bar with rate and time left (only on a terminal).

    Returns:
        How it ended; nothing is raised for services that fail.

    Raises:
        LedgerError: The ledger can't be read or written.
    """
    raise NotImplementedError
