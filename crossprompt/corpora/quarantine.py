"""Where refused records go, and the counts that must add up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from enum import StrEnum

from datasets import Dataset

from crossprompt.corpora.arrow import dataset_from_rows
from crossprompt.corpora.dialogue import QUARANTINE_FEATURES, QuarantinedRecord
from crossprompt.corpora.errors import QuarantineError
from crossprompt.corpora.records import CorpusSummary, ServiceIntent, SplitCount
from crossprompt.corpora.sources import ResolvedSource


class Reason(StrEnum):
    """Why a record is refused: short, stable words."""

    UNREADABLE_FILE = "unreadable_file"
    """The whole file can't be used; it counts as one record, since nobody knows how many it held."""
    NOT_JSON = "not_json"
    MISSING_KEY = "missing_key"
    WRONG_TYPE = "wrong_type"
    DUPLICATE_ID = "duplicate_id"
    NO_TURNS = "no_turns"
    UNKNOWN_SPEAKER = "unknown_speaker"
    EMPTY_UTTERANCE = "empty_utterance"
    UNKNOWN_SERVICE = "unknown_service"
    """Not in the schema of the split."""
    UNLISTED_SERVICE = "unlisted_service"
    """A frame's service that its dialogue doesn't list."""
    UNKNOWN_SLOT = "unknown_slot"
    UNKNOWN_INTENT = "unknown_intent"
    SPAN_OUTSIDE = "span_outside"
    """A slot span that is empty or leaves the utterance."""
    WRONG_LOCALE = "wrong_locale"
    UNKNOWN_PARTITION = "unknown_partition"
    BAD_ANNOTATION = "bad_annotation"
    """Slot markup that can't be parsed, or that marks up another text."""
    NOT_TEXT = "not_text"
    """Bytes that are no UTF-8."""
    UNKNOWN_LABEL = "unknown_label"
    NOT_TRANSLATED = "not_translated"
    """A row that its translators left out."""
    BAD_ROW = "bad_row"
    """A line of a table with too many or too few fields, or with quotes that don't close."""


class BadRecordError(ValueError):
    """A record fails a check. Caught by the readers, which put it into quarantine."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


class Ledger:
    """Counts what is read, accepted and refused, split by split, and keeps the refused."""

    def __init__(self, splits: Iterable[str] = ()) -> None:
        self._read: Counter[str] = Counter(dict.fromkeys(splits, 0))
        self._accepted: Counter[str] = Counter()
        self._turns: Counter[str] = Counter()
        self._turns_read: Counter[str] = Counter()
        self._files: Counter[str] = Counter()
        self._refused: list[QuarantinedRecord] = []

    def open_file(self) -> None:
        """Count one more file, to weigh unreadable ones against."""
        self._files["all"] += 1

    def accept(self, split: str, turns: int, records: int = 1) -> None:
        """Count ``records`` accepted records with ``turns`` turns in all."""
        self._read[split] += records
        self._accepted[split] += records
        self._turns[split] += turns
        self._turns_read[split] += turns

    def refuse(self, split: str, file: str, record_id: str, error: BadRecordError, turns: int = 0) -> None:
        """Count and keep a refused record that has ``turns`` turns, as far as one can tell."""
        self._read[split] += 1
        self._turns_read[split] += turns
        self._files["unreadable"] += error.reason is Reason.UNREADABLE_FILE
        self._refused.append(QuarantinedRecord(file, record_id, error.reason.value, error.detail))

    @property
    def counts(self) -> tuple[SplitCount, ...]:
        """One entry per split, in the order of the splits."""
        return tuple(
            SplitCount(
                split=split,
                read=read,
                accepted=self._accepted[split],
                refused=read - self._accepted[split],
                turns=self._turns[split],
                turns_read=self._turns_read[split],
            )
            for split, read in self._read.items()
        )

    @property
    def reasons(self) -> dict[str, int]:
        """Refused records by reason, the most frequent first."""
        return dict(Counter(record.reason for record in self._refused).most_common())

    def table(self) -> Dataset:
        """The quarantine table (``QUARANTINE_FEATURES``)."""
        rows = [
            {"file": r.file, "record_id": r.record_id, "reason": r.reason, "detail": r.detail} for r in self._refused
        ]
        return dataset_from_rows(rows, QUARANTINE_FEATURES)

    def summary(self, source: ResolvedSource, intents: tuple[ServiceIntent, ...] = ()) -> CorpusSummary:
        """What was read from ``source``, with the counts so far."""
        return CorpusSummary(
            corpus=source.corpus,
            location=source.shown_location,
            fingerprint=source.fingerprint,
            counts=self.counts,
            reasons=self.reasons,
            intents=intents,
        )

    def check_share(self, corpus: str, limit: float) -> None:
        """Stop if too much was refused.

        Raises:
            QuarantineError: More than ``limit`` of the records, or of the files (an unreadable file counts as one
                record, so it is also weighed against the files).
        """
        self._check(corpus, "records", len(self._refused), self._read.total(), limit)
        self._check(corpus, "files", self._files["unreadable"], self._files["all"], limit)

    def _check(self, corpus: str, what: str, refused: int, read: int, limit: float) -> None:
        if refused <= limit * read:
            return
        reasons = ", ".join(f"{reason} {count}" for reason, count in self.reasons.items())
        first = self._refused[0]
        raise QuarantineError(
            f"{corpus}: {refused:,} of {read:,} {what} are refused, more than max_quarantined_share = {limit:g} allows "
            f"({reasons}); the first: {first.file}, {first.record_id or 'whole file'}: {first.detail}"
        )
