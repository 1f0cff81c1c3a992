"""What a corpus will take, before any call: how much of it is there, and cost, time and disk of the rest.

A plan opens no connection. What it can't know is what failures will cost: it tells what a run without any is billed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from crossprompt.corpora.ingest import dialogue_source, stream_corpus
from crossprompt.corpora.settings import DialogueSettings
from crossprompt.corpora.sources import ResolvedSource, data_root_folder, home_folder, is_at_hand, resolve_source
from crossprompt.factory.chain import load_chain
from crossprompt.factory.drafting import draft_plan
from crossprompt.factory.errors import FactoryError
from crossprompt.factory.ledger_reader import FILE, LedgerReader
from crossprompt.factory.plan_records import FactoryPlan
from crossprompt.factory.settings import FactorySettings
from crossprompt.factory.survey import Survey
from crossprompt.translation.engine import engine_class
from crossprompt.translation.settings import EngineSettings


class PlanError(FactoryError):
    """There is no plan without fetching something first."""


def make_plan(
    dialogues: DialogueSettings,
    factory: FactorySettings,
    data_root: str | os.PathLike[str] | None = None,
    home: Path | None = None,
    *,
    ledger: Path | None = None,
    cached: Callable[[], Mapping[str, Sequence[range]]] | None = None,
    progress: bool = True,
) -> FactoryPlan:
    """The plan of the corpus that the settings ask for; nothing is fetched, sent or paid.

    Memory holds one file of the corpus, a hash per call, and what the engines themselves hold.

    Args:
        dialogues: The English corpus.
        factory: Engines, languages, splits, budget.
        data_root: See :func:`data_root_folder`.
        home: The project's home; None: :func:`home_folder`.
        ledger: None: ``home/factory/ledger.db``. It need not be there.
        cached: Tells, by locale, the places of the dialogues (among those of the wanted splits, in the corpus's order)
            that are translated and in a cache: no call is made for them. Asked once it is sure that nothing has to be
            fetched. None: nothing is.
        progress: Show a bar.

    Raises:
        PlanError: The corpus or an engine's source would have to be fetched first.
        SettingsError: No engine offers a language that is wanted, or an engine's options are wrong.
        CorpusError: The corpus can't be read.
        EngineError: An engine's source is damaged.
        LedgerError: The ledger is damaged.
    """
    home, root = home or home_folder(), data_root_folder(data_root)
    source = dialogue_source(dialogues, root)
    _require_at_hand(source, home, "dialogues.source")
    for number, engine in enumerate(factory.chain):
        require_engine_at_hand(engine, root, home, f"factory.chain.{number}")
    chain, there = load_chain(factory, root, home), {} if cached is None else cached()
    place, again = ledger or home / FILE, factory.dispatch.retry_failed
    with _opened(place) as reader:
        survey = Survey(chain, chain.require(factory.locales), reader, retry_failed=again, cached=there)
        read = stream_corpus(dialogues, source, home, progress=progress)
        survey.look_at(dialogue for dialogue in read if dialogue.split in factory.splits)
        accounts = None if reader is None else reader.accounts()
    return draft_plan(survey, chain, factory, accounts, source, place)


@contextmanager
def _opened(place: Path) -> Iterator[LedgerReader | None]:
    """The ledger; None where there is none yet."""
    if not place.exists():
        yield None
        return
    with LedgerReader(place, thorough=False) as reader:
        yield reader


def require_engine_at_hand(engine: EngineSettings, root: Path | None, home: Path, section: str) -> None:
    """Make sure that an engine can be loaded, and can tell its languages, without fetching anything.

    Args:
        engine: Its settings.
        root: The root of public archives.
        home: The project's home.
        section: Where the settings stand, for messages.

    Raises:
        PlanError: It can't.
        SettingsError, SourceError: The settings are wrong, or a local source is missing.
    """
    kind = engine_class(engine.name)
    settings = engine.source or kind.default_source
    if settings is not None:
        _require_at_hand(resolve_source(settings, root), home, f"{section}.source")
    if (wanted := kind.to_be_fetched(engine)) is not None:
        raise PlanError(
            f"{section}: the {engine.name} engine needs {wanted}, which is not here yet, and a plan fetches nothing; "
            "download the model first, or give options.model its folder"
        )


def _require_at_hand(source: ResolvedSource, home: Path, setting: str) -> None:
    if not is_at_hand(source, home):
        raise PlanError(
            f"{setting}: {source.shown_location} is not here yet, and a plan fetches nothing; give data_root a folder "
            "that holds it, or download it and name the file as source.location"
        )
