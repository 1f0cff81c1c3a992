"""What can go wrong with a corpus as a whole; single bad records go to the quarantine instead."""

from __future__ import annotations


class CorpusError(ValueError):
    """Base class: one sentence that says what is wrong, where, and what to do."""


class UnknownCorpusError(CorpusError):
    """No such name in the catalogue."""


class SourceError(CorpusError):
    """A corpus can't be found, fetched, verified or unpacked."""


class LayoutError(CorpusError):
    """A folder doesn't hold what its corpus's layout says: a split, a schema or a locale's file is missing."""


class QuarantineError(CorpusError):
    """More records were refused than the settings allow."""


class UnknownLabelError(CorpusError):
    """A label occurs in dev or test that no English training utterance has."""
