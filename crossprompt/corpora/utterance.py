"""Typed single utterances in the MASSIVE sense, and their Arrow form. ``(locale, id)`` is the key; ids are
parallel.
"""

from __future__ import annotations

from dataclasses import dataclass

from datasets import Dataset, Features, Value

from crossprompt.corpora.records import CorpusSummary

UTTERANCE_FEATURES = Features(
    {
        "id": Value("string"),
        "locale": Value("string"),
        "partition": Value("string"),
        "scenario": Value("string"),
        "intent": Value("string"),
        "utt": Value("string"),
        "annot_utt": Value("string"),
    }
)
"""One row per (locale, id); ``partition`` is train, dev or test; ``annot_utt`` marks slots as ``[slot : value]``."""

PARTITIONS = ("train", "dev", "test")

ENGLISH = "en-US"
"""The locale that tasks are learned on."""


@dataclass(frozen=True, slots=True)
class UtteranceCorpus:
    """What reading utterances gives: rows of ``UTTERANCE_FEATURES``, the refused (``QUARANTINE_FEATURES``), and the
    counts.
    """

    utterances: Dataset
    quarantine: Dataset
    summary: CorpusSummary
