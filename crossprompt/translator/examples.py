"""Few-shot splits of XNLI: published ones, or drawn by seed (paper 003, section IV-A)."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc
from datasets import Dataset

from crossprompt.corpora.xnli import NLI_LABELS
from crossprompt.tasks.shots import Examples, IntentData, TaskDataError, draw_of, select_rows
from crossprompt.translator.lines import ENGLISH, Line, line_rows, read_line
from crossprompt.translator.settings import ShotSettings


class FewShots:
    """English examples, so many of each label for training and as many for development."""

    def __init__(self, pairs: Dataset, settings: ShotSettings) -> None:
        """Take the English rows.

        Args:
            pairs: Rows of ``NLI_FEATURES``.
            settings: Where examples come from.
        """
        self._settings = settings
        table = pairs.with_format("arrow")[:]
        self._few = table.filter(pc.greater(table["shots"], 0))
        self._dev = select_rows(line_rows(pairs), ENGLISH, "dev") if settings.source == "drawn" else None

    def take(self, shots: int, seed: int) -> IntentData:
        """The examples of ``seed``; published ones are the same for every seed.

        Raises:
            TaskDataError: There is no published split of so many, or not so many of a label to draw from.
        """
        if self._dev is not None:
            return self._drawn(self._dev, shots, seed)
        train, dev = (self._published(split, shots) for split in ("train", "dev"))
        return IntentData(NLI_LABELS, train, dev)

    def _published(self, split: str, shots: int) -> Examples:
        few = self._few
        rows = few.filter(pc.and_(pc.equal(few["split"], split), pc.equal(few["shots"], shots)))
        if not rows.num_rows:
            known = sorted(set(few["shots"].to_pylist()))
            raise TaskDataError(
                f"there is no published {split} split of {shots} shots; there are some of {known or 'none'}: "
                "take one of these, or set study.shots.source to 'drawn'"
            )
        lines = [
            Line(ENGLISH, first, second).text
            for first, second in zip(rows["premise"].to_pylist(), rows["hypothesis"].to_pylist(), strict=True)
        ]
        return _examples(rows["id"].to_pylist(), lines, rows["label"].to_pylist())

    def _drawn(self, table: pa.Table, shots: int, seed: int) -> IntentData:
        """From one permutation of each label: the first go to training, the next to development."""
        parts: tuple[list[int], list[int]] = ([], [])
        labels = table["intent"].to_pylist()
        for label in NLI_LABELS:
            places = [place for place, own in enumerate(labels) if own == label]
            if len(places) < 2 * shots:
                raise TaskDataError(
                    f"English dev has {len(places)} pairs of {label!r}; {shots} for training and {shots} for "
                    "development can't be drawn"
                )
            drawn = draw_of(label, places, 2 * shots, seed)
            for part, chosen in zip(parts, (drawn[:shots], drawn[shots:]), strict=True):
                part.extend(sorted(chosen))
        train, dev = (_rows_as_examples(table.take(sorted(part))) for part in parts)
        return IntentData(NLI_LABELS, train, dev)


def unlabelled_pairs(table: pa.Table, languages: Sequence[str]) -> list[tuple[Line, Line]]:
    """XNLI's development set as parallel text, in its order: English, and the same pair in one language after another.

    Args:
        table: Made by :func:`crossprompt.translator.lines.line_rows`.
        languages: Those beside English, in turn.
    """
    texts = {
        locale: {row["id"]: row["utt"] for row in select_rows(table, locale, "dev").to_pylist()}
        for locale in (ENGLISH, *languages)
    }
    pairs = []
    for number, (identifier, english) in enumerate(texts[ENGLISH].items()):
        other = texts[languages[number % len(languages)]].get(identifier)
        if other is not None:
            pairs.append((read_line(english), read_line(other)))
    return pairs


def _rows_as_examples(rows: pa.Table) -> Examples:
    return _examples(rows["id"].to_pylist(), rows["utt"].to_pylist(), rows["intent"].to_pylist())


def _examples(ids: Sequence[str], lines: Sequence[str], labels: Sequence[str]) -> Examples:
    return Examples(tuple(ids), tuple(lines), tuple(NLI_LABELS.index(label) for label in labels))
