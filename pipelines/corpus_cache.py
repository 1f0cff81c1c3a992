"""What the cache holds of a corpus: which dialogues of which languages are translated, told by the steps' names."""

from __future__ import annotations

import re
from collections import defaultdict

from crossprompt.corpora.records import CorpusSummary
from crossprompt.factory.shards import shard_places
from infra.forecast import Forecast
from pipelines.corpus_plan import CorpusJob

_INGEST = "ingest_dialogues"
_SHARD = re.compile(r"translate_(?P<locale>[^_]+)_(?P<shard>\d+)")
_NUMBER = re.compile(r"_\d+$")


def cached_dialogues(job: CorpusJob, forecast: Forecast) -> dict[str, tuple[range, ...]]:
    """By locale, the places of the dialogues whose shards are in the cache, among those of the wanted splits."""
    if _INGEST not in forecast.taken:
        return {}
    (artifact,) = forecast.taken[_INGEST].outputs["dialogue_summary"]
    summary: CorpusSummary = artifact.load()
    total = sum(count.accepted for count in summary.counts if count.split in job.factory.splits)
    found: dict[str, list[range]] = defaultdict(list)
    for name in forecast.taken:
        if shard := _SHARD.fullmatch(name):
            found[shard["locale"]].append(shard_places(total, int(shard["shard"]), job.production.shards))
    return {locale: tuple(places) for locale, places in found.items()}


def steps_of(locale: str, forecast: Forecast) -> Forecast:
    """The steps of one language alone."""
    of_it = {name: step for name, step in forecast.steps.items() if _NUMBER.sub("", name).endswith(f"_{locale}")}
    return forecast.model_copy(update={"steps": of_it})
