"""Which champion answers now: loaded in the background, and changed without a request noticing."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from crossprompt.serving.errors import NotServingError
from crossprompt.serving.records import ChampionFacts
from crossprompt.serving.settings import EngineSettings

if TYPE_CHECKING:
    from crossprompt.serving.loading import Champion

logger = logging.getLogger(__name__)

JOIN_SECONDS = 20.0
"""How long a service that ends waits for a champion that is being loaded."""
RETRY_SECONDS = 60.0
"""A champion that was refused is tried again after this: its files or its backbone may have been mended."""


@dataclass(frozen=True, slots=True)
class FoundChampion:
    """Where the champion's bundle lies, and its version in the registry, if it comes from one."""

    folder: Path
    version: str | None = None


FindChampion = Callable[[], FoundChampion]
"""Says which champion is to serve; called every few seconds."""

OnChange = Callable[[ChampionFacts | None], None]
"""Called when a champion has taken over, or (None) could not."""


class ChampionHolder:
    """Holds the champion that answers, and watches for another one.

    A batch takes the champion once at its start, so a change never divides it. Where the new one can't be loaded the
    old one goes on, and ``problem`` says why.
    """

    def __init__(self, find: FindChampion, settings: EngineSettings, seconds: float, on_change: OnChange) -> None:
        """Nothing is loaded before :meth:`start`.

        Args:
            find: Says which champion is to serve.
            settings: How it computes.
            seconds: Between two looks.
            on_change: See :data:`OnChange`; called by the thread that watches.
        """
        self._find, self._settings, self._seconds, self._on_change = find, settings, seconds, on_change
        self._champion: Champion | None = None
        self._refused: tuple[str, str] | None = None
        self._refused_at = 0.0
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="crossprompt-champion", daemon=True)
        self.failure: Exception | None = None
        """Why there is no first champion; the service can't start."""
        self.problem: str | None = None
        """Why the champion that should serve does not."""

    @property
    def facts(self) -> ChampionFacts | None:
        """Of the champion that answers; None before there is one."""
        return None if self._champion is None else self._champion.facts

    def current(self) -> Champion:
        """The champion that answers.

        Raises:
            NotServingError: There is none yet.
        """
        if self._champion is None:
            raise NotServingError("the champion is being loaded")
        return self._champion

    def start(self) -> None:
        """Load the champion in the background, then watch."""
        self._thread.start()

    def stop(self) -> None:
        """Stop watching; the champion stays. Returns at once, though something may still be loading."""
        self._end.set()

    def join(self) -> None:
        """After :meth:`stop`: wait for what is being loaded, but not for ever."""
        if self._thread.is_alive():
            self._thread.join(JOIN_SECONDS)

    def _watch(self) -> None:
        try:
            self._look()
        except Exception as error:
            self.failure = error
            return
        while not self._end.wait(self._seconds):
            try:
                self._look()
            except Exception as error:
                self._complain(str(error) or type(error).__name__)

    def _look(self) -> None:
        """Find the champion, and load it unless it serves already or was just refused."""
        from crossprompt.bundles.bundle import read_index

        found = self._find()
        identity = (str(found.folder.resolve()), read_index(found.folder).fingerprint)
        if self.facts is not None and identity[1] == self.facts.fingerprint:
            self.problem = self._refused = None
            self._relabel(found.version)
        elif identity != self._refused or time.monotonic() - self._refused_at > RETRY_SECONDS:
            self._refused, self._refused_at = identity, time.monotonic()
            self._take_over(found)
            self.problem = self._refused = None

    def _take_over(self, found: FoundChampion) -> None:
        from crossprompt.serving.loading import load_champion

        self._champion = load_champion(found.folder, self._settings, found.version, self._champion)
        self._on_change(self._champion.facts)

    def _relabel(self, version: str | None) -> None:
        """The same model may be registered anew."""
        champion = self._champion
        if champion is not None and champion.facts.version != version:
            self._champion = champion.renamed(version)
            self._on_change(self._champion.facts)

    def _complain(self, problem: str) -> None:
        if problem != self.problem:
            logger.error("the champion is not changed: %s", problem)
            self._on_change(None)
        self.problem = problem
