"""Tables of what a run would take from the cache."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from rich.table import Table
from rich.text import Text

from crossprompt.reports.formats import count, plural
from infra.forecast import Fate, Forecast, StepForecast

_MOST_NAMES = 6


def stages(forecast: Forecast) -> Table:
    """A line per stage: how many of its steps are cached, run, or follow one that runs."""
    table = Table(title="Steps", title_justify="left")
    table.add_column("Stage")
    for name in ("Steps", "From the cache", "Run", "After one that runs"):
        table.add_column(name, justify="right", overflow="fold")
    for stage in dict.fromkeys(step.stage for step in forecast.steps.values()):
        fates = _fates(step for step in forecast.steps.values() if step.stage == stage)
        table.add_row(stage, *map(count, (fates.total(), *(fates[fate] for fate in Fate))))
    return table


def to_run(forecast: Forecast) -> Text:
    """The names of the steps that run, the first of them."""
    names = forecast.named(Fate.RUNS)
    more = f" and {count(len(names) - _MOST_NAMES)} more" if len(names) > _MOST_NAMES else ""
    return Text(f"Steps that run: {', '.join(names[:_MOST_NAMES])}{more}")


def share_cached(forecast: Forecast) -> str:
    """Such as ``4 of 6``; of steps that nobody looked at nothing is said."""
    return f"{len(forecast.named(Fate.CACHED))} of {len(forecast.steps)}" if forecast.steps else ""


def in_words(forecast: Forecast) -> str:
    """The fates of all steps in a line."""
    if forecast.reason is not None:
        return forecast.reason
    fates = _fates(forecast.steps.values())
    words = f"{count(fates[Fate.CACHED])} of {plural(fates.total(), 'step')} are cached, {count(fates[Fate.RUNS])} run"
    if fates[Fate.FOLLOWS]:
        words += f", {count(fates[Fate.FOLLOWS])} come after those and run too unless their inputs come out as before"
    return words


def _fates(steps: Iterable[StepForecast]) -> Counter[Fate]:
    return Counter(step.fate for step in steps)
