"""What Prometheus is told."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, PlatformCollector, ProcessCollector
from prometheus_client.exposition import choose_encoder

from crossprompt.serving.batching import BatchFacts
from crossprompt.serving.query import Query
from crossprompt.serving.records import ChampionFacts

_SECONDS = (0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1, 2, 5, 10)
_SIZES = (1, 2, 4, 8, 16, 32, 64)
NO_LOCALE, OTHER_LOCALE = "none", "other"
"""Labels of utterances without a locale, and of locales that the champion was not evaluated in: what clients write
must not make labels without end."""


class Metrics:
    """Counters and gauges of one service, in a registry of its own."""

    def __init__(self, waiting: Callable[[], int]) -> None:
        """Start all at zero; ``waiting`` gives the utterances that wait now."""
        self._registry = own = CollectorRegistry()
        ProcessCollector(registry=own)
        PlatformCollector(registry=own)
        self._requests = Counter(
            "crossprompt_requests", "Requests that were answered.", ("path", "status"), registry=own
        )
        self._seconds = Histogram(
            "crossprompt_request_seconds", "From the request to its answer.", ("path",), buckets=_SECONDS, registry=own
        )
        self._utterances = Counter(
            "crossprompt_utterances", "Utterances that were understood.", ("locale",), registry=own
        )
        self._batch = Histogram(
            "crossprompt_batch_utterances", "Utterances computed together.", buckets=_SIZES, registry=own
        )
        self._batch_seconds = Histogram(
            "crossprompt_batch_seconds", "Computing one batch.", buckets=_SECONDS, registry=own
        )
        Gauge("crossprompt_waiting_utterances", "Utterances that wait.", registry=own).set_function(waiting)
        self._changes = Counter(
            "crossprompt_champion_changes", "Champions that took over, or could not.", ("outcome",), registry=own
        )
        self._champion = Info("crossprompt_champion", "The champion that answers.", registry=own)
        for outcome in ("loaded", "failed"):
            self._changes.labels(outcome)

    def request(self, path: str, status: int, seconds: float) -> None:
        """One request was answered."""
        self._requests.labels(path, str(status)).inc()
        self._seconds.labels(path).observe(seconds)

    def understood(self, queries: Iterable[Query], known: Iterable[str]) -> None:
        """Utterances were understood; ``known`` are the locales that are counted by name."""
        names = {*known}
        for query in queries:
            named = query.locale if query.locale in names else OTHER_LOCALE
            self._utterances.labels(named if query.locale else NO_LOCALE).inc()

    def batch(self, facts: BatchFacts) -> None:
        """One batch was computed."""
        self._batch.observe(facts.items)
        self._batch_seconds.observe(facts.seconds)

    def champion(self, facts: ChampionFacts | None) -> None:
        """A champion took over, or (None) could not."""
        self._changes.labels("failed" if facts is None else "loaded").inc()
        if facts is not None:
            self._champion.info({"version": facts.version or "", "fingerprint": facts.fingerprint})

    def render(self, accept: str) -> tuple[bytes, str]:
        """All of it, in the newest of Prometheus' text formats that ``accept`` names, and its media type."""
        encode, media_type = choose_encoder(accept)
        return encode(self._registry), media_type
