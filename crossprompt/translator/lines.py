"""Pairs of sentences as one line of text, ``<language>\\t<first>\\t<second>``: how they go through tables of texts."""

from __future__ import annotations

from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
from datasets import Dataset

from crossprompt.corpora.utterance import UTTERANCE_FEATURES

ENGLISH = "en"


class Line(NamedTuple):
    """A pair of sentences in one language."""

    locale: str
    first: str
    second: str

    @property
    def text(self) -> str:
        """The line; tabs in sentences, which no corpus of this kind has, would be blanks."""
        return "\t".join((self.locale, self.first.replace("\t", " "), self.second.replace("\t", " ")))


def read_line(text: str) -> Line:
    """The pair that :attr:`Line.text` wrote."""
    return Line(*text.split("\t"))


def line_rows(pairs: Dataset) -> pa.Table:
    """Rows of ``NLI_FEATURES`` but the few-shot splits', as those of ``UTTERANCE_FEATURES``: texts are lines, intents
    are labels."""
    table = pairs.with_format("arrow")[:]
    table = table.filter(pc.equal(table["shots"], 0))
    lines = pc.binary_join_element_wise(table["locale"], table["premise"], table["hypothesis"], "\t")
    columns = {
        "id": table["id"],
        "locale": table["locale"],
        "partition": table["split"],
        "scenario": table["label"],
        "intent": table["label"],
        "utt": lines,
        "annot_utt": lines,
    }
    return pa.table(columns, schema=UTTERANCE_FEATURES.arrow_schema)
