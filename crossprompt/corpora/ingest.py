"""From settings to a checked corpus: resolve, open, read."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from crossprompt.corpora.catalogue import Layout
from crossprompt.corpora.cod import read_language
from crossprompt.corpora.dialogue import Dialogue, DialogueCorpus, iterate_dialogues
from crossprompt.corpora.errors import LayoutError
from crossprompt.corpora.labels import require_known_labels
from crossprompt.corpora.massive import read_utterances
from crossprompt.corpora.quarantine import Ledger
from crossprompt.corpora.settings import DialogueSettings, UtteranceSettings
from crossprompt.corpora.sgd import list_splits, read_dialogues, stream_dialogues
from crossprompt.corpora.sources import ResolvedSource, open_source, resolve_source
from crossprompt.corpora.utterance import UtteranceCorpus

_ENGLISH = "en"


def ingest_dialogues(
    settings: DialogueSettings,
    data_root: str | os.PathLike[str] | None = None,
    home: Path | None = None,
    *,
    progress: bool = True,
) -> DialogueCorpus:
    """The English dialogues that ``settings`` asks for, from SGD's layout, the sample, or COD's English side.

    Raises:
        CorpusError: See :func:`resolve_source`, :func:`open_source`, :func:`read_dialogues` and
            :func:`read_language`; or the corpus has no dialogues.
    """
    source = dialogue_source(settings, data_root)
    folder = open_source(source, home, progress=progress)
    share = settings.max_quarantined_share
    if source.layout is Layout.COD:
        return read_language(folder, source, _ENGLISH, settings.splits, share, progress=progress)
    splits = settings.splits or list_splits(folder)
    return read_dialogues(folder, source, splits, share, progress=progress)


def dialogue_source(settings: DialogueSettings, data_root: str | os.PathLike[str] | None = None) -> ResolvedSource:
    """The source of the dialogues that ``settings`` ask for; nothing is fetched.

    Raises:
        CorpusError: See :func:`resolve_source`; or the corpus has no dialogues.
    """
    source = resolve_source(settings.source, data_root)
    if source.layout not in (Layout.SGD, Layout.COD, Layout.SAMPLE):
        found = source.layout.content
        raise LayoutError(f"source.corpus: {source.corpus} has {found}, not dialogues; give sample, sgd or cod")
    return source


def stream_corpus(
    settings: DialogueSettings, source: ResolvedSource, home: Path | None = None, *, progress: bool = True
) -> Iterator[Dialogue]:
    """The dialogues of :func:`ingest_dialogues`, in its order, one file in memory at a time.

    Args:
        settings: Splits, and how strict to be.
        source: What :func:`dialogue_source` found.
        home: Where archives are unpacked.
        progress: Show a bar.

    Raises:
        CorpusError: See :func:`ingest_dialogues`; that too much is refused is known after the last dialogue.
    """
    folder = open_source(source, home, progress=progress)
    share = settings.max_quarantined_share
    if source.layout is Layout.COD:
        small = read_language(folder, source, _ENGLISH, settings.splits, share, progress=progress)
        yield from iterate_dialogues(small.dialogues)
        return
    splits = settings.splits or list_splits(folder)
    ledger = Ledger(splits)
    yield from stream_dialogues(folder, splits, ledger, progress=progress)
    ledger.check_share(source.corpus, share)


def ingest_utterances(
    settings: UtteranceSettings,
    data_root: str | os.PathLike[str] | None = None,
    home: Path | None = None,
    *,
    progress: bool = True,
) -> UtteranceCorpus:
    """The labelled utterances that ``settings`` asks for, from MASSIVE's layout or the sample.

    Raises:
        CorpusError: See :func:`resolve_source`, :func:`open_source` and :func:`read_utterances`; or the corpus has
            no utterances, none in English to train on, or an intent that English train lacks.
    """
    source = resolve_source(settings.source, data_root)
    if source.layout not in (Layout.MASSIVE, Layout.SAMPLE):
        found = source.layout.content
        raise LayoutError(f"source.corpus: {source.corpus} has {found}, not utterances; give sample or massive")
    folder = open_source(source, home, progress=progress)
    corpus = read_utterances(folder, source, settings.locales, settings.max_quarantined_share, progress=progress)
    require_known_labels(corpus.utterances)
    return corpus
