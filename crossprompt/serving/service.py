"""A service without its HTTP: champion, batches and metrics, from starting to stopping."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from crossprompt.serving.batching import Batcher
from crossprompt.serving.errors import NotServingError
from crossprompt.serving.holder import ChampionHolder, FindChampion
from crossprompt.serving.metrics import Metrics
from crossprompt.serving.query import Query
from crossprompt.serving.records import ChampionLabel, Health, Prediction, PredictRequest, PredictResponse, State
from crossprompt.serving.settings import ServingSettings


class Service:
    """Understands requests by the champion of the moment.

    Attributes:
        settings: Limits, and how often to look for another champion.
        holder: The champion.
        metrics: Everything that is counted.
    """

    def __init__(self, find: FindChampion, settings: ServingSettings) -> None:
        """Nothing is loaded before :meth:`start`."""
        self.settings = settings
        self.metrics = Metrics(lambda: self._batcher.waiting)
        self.holder = ChampionHolder(find, settings.engine, settings.watch_seconds, self.metrics.champion)
        self._batcher: Batcher[Query, Prediction, ChampionLabel] = Batcher(
            self._answer, settings.max_waiting, settings.max_batch, self.metrics.batch
        )
        self._stopping = False

    @property
    def state(self) -> State:
        """Where the service is in its life."""
        if self._stopping:
            return State.STOPPING
        return State.STARTING if self.holder.facts is None else State.READY

    @property
    def failure(self) -> Exception | None:
        """Why the service can't start, if so."""
        return self.holder.failure

    def start(self) -> None:
        """Load the champion in the background."""
        self.holder.start()

    def begin_stop(self) -> None:
        """Say that the end is near; requests are taken until :meth:`stop`."""
        self._stopping = True
        self.holder.stop()

    def stop(self) -> None:
        """Take nothing more, and finish what was taken."""
        self.begin_stop()
        self._batcher.stop()
        self.holder.join()

    async def predict(self, request: PredictRequest) -> PredictResponse:
        """Understand ``request``, together with others that come at the same time.

        Raises:
            QueueFullError: Too much is waiting.
            NotServingError: There is no champion yet, or the service has stopped.
        """
        facts = self.holder.facts
        if facts is None:
            raise NotServingError("the champion is being loaded")
        queries = [Query(own.text, own.locale, request.top, request.compare) for own in request.utterances]
        label, predictions = await asyncio.wrap_future(self._batcher.submit(queries))
        self.metrics.understood(queries, facts.locales)
        return PredictResponse(champion=label, predictions=tuple(predictions))

    def health(self) -> Health:
        """The state, and the champion."""
        return Health(status=self.state, champion=self.holder.facts, problem=self.holder.problem)

    def _answer(self, queries: Sequence[Query]) -> tuple[ChampionLabel, list[Prediction]]:
        return self.holder.current().answer(queries)
