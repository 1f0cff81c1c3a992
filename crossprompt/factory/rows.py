"""The corpus from the ledger: rows of ``TRANSLATION_FEATURES`` in the dialogues' order, one dialogue in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from datasets import Dataset

from crossprompt.corpora.dialogue import Dialogue, iterate_dialogues
from crossprompt.factory.errors import UnfinishedError
from crossprompt.factory.ledger_reader import Failed, LedgerReader
from crossprompt.factory.link import Link
from crossprompt.factory.records import EngineShare, FactoryCoverage
from crossprompt.factory.route import Missing, Piece, translate_dialogue
from crossprompt.factory.sending import DirectJob, Repeater
from crossprompt.factory.settings import DispatchSettings
from crossprompt.factory.unit import unit_of
from crossprompt.translation.engine import EngineError, Failure, TranslationCall, TranslationReply
from crossprompt.translation.records import SkippedDialogue
from crossprompt.translation.rows import translation_row


class DialogueStream(Collection[Dialogue]):
    """The dialogues of a table, decoded one by one as often as they are gone through."""

    def __init__(self, table: Dataset, splits: Collection[str] | None = None) -> None:
        """Rows of ``DIALOGUE_FEATURES``; only ``splits`` if given."""
        self._table, self._splits = table, splits

    def __iter__(self) -> Iterator[Dialogue]:
        """From the first to the last."""
        return iterate_dialogues(self._table, self._splits)

    def __len__(self) -> int:
        """How many there are; reads one column."""
        if self._splits is None:
            return len(self._table)
        return sum(split in self._splits for split in self._table["split"])

    def __contains__(self, dialogue: object) -> bool:
        """Whether it is among them; goes through them."""
        return any(dialogue == own for own in self)


class CoverageTally:
    """Counts what :func:`iterate_rows` does while it runs."""

    def __init__(self) -> None:
        self.dialogues = 0
        self.covered = 0
        self.skipped: list[SkippedDialogue] = []
        self._links: list[Link] = []
        self._utterances: Counter[int] = Counter()
        self._calls: Counter[int] = Counter()
        self._characters: Counter[int] = Counter()

    def begin(self, chain: Sequence[Link]) -> None:
        """The links whose shares are counted."""
        self._links = list(chain)

    def asked(self, link: Link, call: TranslationCall) -> None:
        """One call that ``link`` has answered."""
        self._calls[id(link)] += 1
        self._characters[id(link)] += call.characters

    def cover(self, pieces: Sequence[Piece]) -> None:
        """One dialogue, whole."""
        self.covered += 1
        for piece in pieces:
            self._utterances[id(piece.link)] += 1

    def skip(self, dialogue: Dialogue, missing: Missing) -> None:
        """One dialogue without a translation."""
        self.skipped.append(
            SkippedDialogue(
                split=dialogue.split, dialogue_id=dialogue.dialogue_id, reason=missing.reason, detail=missing.detail
            )
        )

    def coverage(self, locale: str) -> FactoryCoverage:
        """The counts as a record."""
        return FactoryCoverage(
            locale=locale,
            dialogues=self.dialogues,
            covered=self.covered,
            utterances=self._utterances.total(),
            shares=tuple(self._share(link, locale) for link in self._links),
            skipped=tuple(self.skipped),
        )

    def _share(self, link: Link, locale: str) -> EngineShare:
        return EngineShare(
            engine=link.name,
            revision=link.engine.revision_for(locale),
            nature=link.engine.nature,
            utterances=self._utterances[id(link)],
            calls=self._calls[id(link)],
            characters=self._characters[id(link)],
        )


def iterate_rows(
    dialogues: Iterable[Dialogue],
    locale: str,
    chain: Sequence[Link],
    ledger: LedgerReader | None,
    tally: CoverageTally,
    *,
    refuse_missing: bool = False,
    settings: DispatchSettings | None = None,
) -> Iterator[dict[str, Any]]:
    """The rows of ``TRANSLATION_FEATURES``: replies of links in the ledger come from it, others are asked for now.

    Sends nothing that goes through the ledger. The same dialogues, chain and ledger give the same rows in the same
    order, whatever happened on the way.

    Args:
        dialogues: One at a time.
        locale: A locale that an engine of the chain offers.
        chain: The engines in turn.
        ledger: Where ``dispatch`` has finished; may be None if no link needs it.
        tally: Counts along.
        refuse_missing: Whether a dialogue that the chain can't translate whole is an error, not a count.
        settings: Attempts and waits of the engines that are asked now.

    Raises:
        UnfinishedError: A call is pending; run ``dispatch`` again.
        EngineError: An engine that is asked now fails, or a dialogue has no translation and ``refuse_missing`` is set.
        LedgerError: The ledger is damaged.
    """
    links = [link for link in chain if link.engine.offers(locale)]
    tally.begin(links)
    reader = _Reader(ledger, settings or DispatchSettings(), tally)
    for dialogue in dialogues:
        tally.dialogues += 1
        pieces = translate_dialogue(dialogue, locale, links, reader)
        if isinstance(pieces, Missing):
            if refuse_missing:
                raise _refused(dialogue, locale, pieces)
            tally.skip(dialogue, pieces)
            continue
        tally.cover(pieces)
        for number, piece in enumerate(pieces):
            link = piece.link
            yield translation_row(dialogue, number, locale, piece.source, piece.target, link.name, link.engine.nature)


class _Reader:
    """Gives the replies that are known, and asks engines that need no ledger."""

    def __init__(self, ledger: LedgerReader | None, settings: DispatchSettings, tally: CoverageTally) -> None:
        self._ledger, self._settings, self._tally = ledger, settings, tally
        self._repeat = Repeater(settings)

    def __call__(self, link: Link, call: TranslationCall) -> TranslationReply:
        reply = self._known(link, call) if link.in_ledger else self._repeat(DirectJob(link, call, self._settings))
        self._tally.asked(link, call)
        return reply

    def _known(self, link: Link, call: TranslationCall) -> TranslationReply:
        if self._ledger is None:
            raise UnfinishedError(f"{link.name}: {call.name}: its calls go through a ledger, and none was given")
        found = self._ledger.find(unit_of(call, link.engine).key)
        if found is None:
            raise UnfinishedError(
                f"{link.name}, {call.locale}, {call.name}: the ledger {self._ledger.path} has no reply yet; "
                "dispatch the calls again, all that is done is kept"
            )
        if isinstance(found, Failed):
            raise EngineError(found.failure, found.reason, found.detail)
        return TranslationReply(found.targets)


def _refused(dialogue: Dialogue, locale: str, missing: Missing) -> EngineError:
    return EngineError(
        Failure.DIALOGUE,
        missing.reason,
        f"{locale}, dialogue {dialogue.split}/{dialogue.dialogue_id}: {missing.detail}; set factory.missing to 'skip' "
        "to leave such dialogues out and count them",
    )
