"""The corpus from the ledger: rows of ``TRANSLATION_FEATURES`` in the dialogues' order, one dialogue in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from crossprompt.corpora.dialogue import Dialogue
from crossprompt.factory.ledger import Ledger
from crossprompt.factory.link import Link
from crossprompt.factory.records import FactoryCoverage


class CoverageTally:
    """Counts what :func:`iterate_rows` does while it runs."""

    def coverage(self, locale: str) -> FactoryCoverage:
        """The counts as a record."""
        raise NotImplementedError


def iterate_rows(
    dialogues: Iterable[Dialogue],
    locale: str,
    chain: Sequence[Link],
    ledger: Ledger | None,
    tally: CoverageTally,
    *,
    refuse_missing: bool = False,
) -> Iterator[dict[str, Any]]:
    """The rows of ``TRANSLATION_FEATURES``: replies of links in the ledger come from it, others are asked for now.

    Sends nothing that costs money. The same dialogues, chain and ledger give the same rows in the same order, whatever
    happened on the way.

    Raises:
        UnfinishedError: A call is pending; run ``dispatch`` again.
        EngineError: A free engine fails, or a dialogue has no translation and ``refuse_missing`` is set.
    """
    raise NotImplementedError
