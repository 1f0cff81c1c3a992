"""The text of a pre-training: training partitions only, of corpora that allow it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as compute
from datasets import Dataset
from numpy.typing import NDArray

from crossprompt.locales.languages import written_language
from crossprompt.storage.fingerprint import fingerprint_value

ALLOWED_CORPORA = frozenset({"massive", "sgd", "sib-200", "sample"})
"""Corpora whose licences allow it and whose training partitions are no evaluation data. Left out for good: Tatoeba,
XNLI and PAWS-X (evaluation or licence) and COD (no licence)."""

TRAIN = "train"


class PretrainingTextError(ValueError):
    """Text that must not be trained on, or too little of it."""


@dataclass(frozen=True, slots=True)
class ParallelText:
    """Texts that say the same in several languages.

    Attributes:
        corpus: Where they come from.
        languages: Locale tags or language codes, sorted.
        texts: Number of the text of each id in each language, ``[ids, languages]``; -1 where there is none.
    """

    corpus: str
    languages: tuple[str, ...]
    texts: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class PretrainingText:
    """All text, each as often as it stands in its corpus.

    Attributes:
        texts: All of them; the parts below speak of them by number.
        utterances: Parallel utterances.
        sentences: Parallel sentences, or None.
        turns: Number of each turn's text, dialogue after dialogue, ``[turns]``; consecutive numbers.
        turn_ends: For each turn one behind the last turn of its dialogue, ``[turns]``, as places in ``turns``.
    """

    texts: pa.Array
    utterances: ParallelText
    sentences: ParallelText | None
    turns: NDArray[np.int32]
    turn_ends: NDArray[np.int64]

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages of the utterances."""
        return self.utterances.languages

    def fingerprint(self) -> str:
        """Hex SHA-256 of all texts and of what belongs together."""
        parallel = [self.utterances, *([self.sentences] if self.sentences else [])]
        return fingerprint_value(
            {
                "texts": self.texts.to_pylist(),
                "parallel": [[part.corpus, list(part.languages), part.texts.tolist()] for part in parallel],
                "turns": [self.turns.tolist(), self.turn_ends.tolist()],
            }
        )


def collect_text(
    utterances: Dataset, dialogues: Dataset | None, sentences: Dataset | None, corpora: Mapping[str, str]
) -> PretrainingText:
    """The training rows of tables as the readers of ``crossprompt.corpora`` give them.

    Args:
        utterances: Rows of ``UTTERANCE_FEATURES``.
        dialogues: Rows of ``DIALOGUE_FEATURES``, or None.
        sentences: Rows of ``SENTENCE_FEATURES``, or None; those in languages of the utterances are taken.
        corpora: The corpus of each table, by the names of these arguments.

    Raises:
        PretrainingTextError: A corpus is not allowed, or has no training rows.
    """
    collector = _TextCollector()
    collector.add_utterances(utterances, corpora["utterances"])
    if dialogues is not None:
        collector.add_dialogues(dialogues, corpora["dialogues"])
    if sentences is not None:
        collector.add_sentences(sentences, corpora["sentences"])
    return collector.collect()


class _TextCollector:
    """Puts the parts together; every row passes :func:`training_rows`."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._utterances = ParallelText("", (), np.zeros((0, 0), dtype=np.int32))
        self._sentences: ParallelText | None = None
        self._turns = np.zeros(0, dtype=np.int32)
        self._turn_ends = np.zeros(0, dtype=np.int64)

    def add_utterances(self, rows: Dataset, corpus: str) -> None:
        """The train rows of a table of ``UTTERANCE_FEATURES``."""
        self._utterances = self._add_parallel(training_rows(rows, corpus, "partition"), "utt", corpus)

    def add_sentences(self, rows: Dataset, corpus: str) -> None:
        """The train rows of a table of ``SENTENCE_FEATURES`` in the languages of the utterances."""
        kept = training_rows(rows, corpus, "split")
        wanted = {written_language(locale) for locale in self._utterances.languages}
        spoken = [tag for tag in compute.unique(kept["locale"]).to_pylist() if written_language(tag) in wanted]
        kept = kept.filter(compute.is_in(kept["locale"], pa.array(spoken, pa.string())))
        self._sentences = self._add_parallel(kept, "text", corpus) if kept.num_rows else None

    def add_dialogues(self, rows: Dataset, corpus: str) -> None:
        """The turns of the train dialogues of a table of ``DIALOGUE_FEATURES``."""
        turns = training_rows(rows, corpus, "split")["turns"].combine_chunks()
        texts = compute.struct_field(compute.list_flatten(turns), "utterance").to_pylist()
        lengths = compute.list_value_length(turns).to_numpy(zero_copy_only=False)
        self._turns = np.arange(len(self._texts), len(self._texts) + len(texts), dtype=np.int32)
        self._turn_ends = np.repeat(np.cumsum(lengths), lengths).astype(np.int64)
        self._texts += texts

    def collect(self) -> PretrainingText:
        """All that was added."""
        return PretrainingText(
            texts=pa.array(self._texts, type=pa.large_string()),
            utterances=self._utterances,
            sentences=self._sentences,
            turns=self._turns,
            turn_ends=self._turn_ends,
        )

    def _add_parallel(self, kept: pa.Table, text_column: str, corpus: str) -> ParallelText:
        """Take the texts of ``kept`` and say which are parallel: a row per id, a column per language, -1 for none."""
        languages, ids = kept["locale"].to_pylist(), kept["id"].to_pylist()
        columns = {language: place for place, language in enumerate(sorted(set(languages)))}
        rows = {key: place for place, key in enumerate(dict.fromkeys(ids))}
        table = np.full((len(rows), len(columns)), -1, dtype=np.int32)
        first = len(self._texts)
        for offset, (language, key) in enumerate(zip(languages, ids, strict=True)):
            table[rows[key], columns[language]] = first + offset
        self._texts += kept[text_column].to_pylist()
        return ParallelText(corpus, tuple(columns), table)


def training_rows(rows: Dataset, corpus: str, partition: str) -> pa.Table:
    """The training rows of a table.

    Args:
        rows: A table with a column that names the partition of each row.
        corpus: Where they come from.
        partition: The name of that column.

    Raises:
        PretrainingTextError: The corpus is not allowed, or has no training rows.
    """
    require_allowed_corpus(corpus)
    table = rows.with_format("arrow")[:]
    kept = table.filter(compute.equal(table[partition], TRAIN))
    require_training_partition(kept[partition].to_pylist(), corpus)
    return kept


def require_allowed_corpus(corpus: str) -> None:
    """Check that a corpus may be trained on.

    Raises:
        PretrainingTextError: It may not.
    """
    if corpus not in ALLOWED_CORPORA:
        allowed = ", ".join(sorted(ALLOWED_CORPORA))
        raise PretrainingTextError(f"text of {corpus!r} must not be trained on (allowed: {allowed})")


def require_training_partition(partitions: Iterable[object], corpus: str) -> None:
    """Check that every row is of the training partition, and that there is one.

    Raises:
        PretrainingTextError: One is not, or there is none.
    """
    found = set(partitions)
    if found != {TRAIN}:
        what = ", ".join(sorted(map(str, found - {TRAIN}))) or "no rows"
        raise PretrainingTextError(f"{corpus}: only its train partition may be trained on, but there are {what}")
