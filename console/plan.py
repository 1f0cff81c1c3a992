"""``crossprompt plan``: what a run will take, before anything is computed, sent or paid."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from console import config, steps
from crossprompt.corpora.sources import data_root_folder
from crossprompt.factory.plan import make_plan, require_engine_at_hand
from crossprompt.factory.plan_records import EnginePlan, FactoryPlan, LanguagePlan, RateSource
from crossprompt.reports.formats import ABSENT, count, duration, plural
from infra.forecast import Forecast, forecast_run
from infra.home import project_home

if TYPE_CHECKING:
    from pipelines.corpus_plan import CorpusJob
    from pipelines.sections import Sections

NARROWEST = 140
"""Columns of a table that goes into a file or a pipe."""
_UNITS = ("B", "kB", "MB", "GB", "TB")
_DAY = 86_400


class CorpusPlan(FactoryPlan):
    """A corpus before it is made, and the steps of the run that would make it."""

    cache: Forecast


def plan_file(file: Path) -> CorpusPlan | Forecast:
    """The plan of the corpus that ``file`` describes, or the steps of another pipeline's run; opens no connection.

    Raises:
        CommandError: The file is not there, or is not valid.
        PlanError: Something would have to be fetched first.
    """
    from pipelines.corpus_plan import CorpusJob
    from pipelines.kinds import pipeline_of

    job = config.sections_of(file)
    if isinstance(job, CorpusJob):
        return _plan_corpus(job, file)
    _require_at_hand(job)
    return forecast_run(pipeline_of(job), file)


def _plan_corpus(job: CorpusJob, file: Path) -> CorpusPlan:
    from pipelines.corpus_cache import cached_dialogues
    from pipelines.kinds import pipeline_of

    forecast = Forecast()

    def cached() -> dict[str, tuple[range, ...]]:
        nonlocal forecast
        forecast = forecast_run(pipeline_of(job), file)
        return cached_dialogues(job, forecast)

    made = make_plan(job.dialogues, job.factory, job.data_root, project_home(), cached=cached)
    return CorpusPlan(**dict(made), cache=forecast)


def _require_at_hand(job: Sections) -> None:
    """Of other pipelines only the engine is opened before the first step runs."""
    translation = getattr(job, "translation", None)
    if translation is not None:
        root = data_root_folder(getattr(job, "data_root", None))
        require_engine_at_hand(translation.engine, root, project_home(), "translation.engine")


def show(plan: CorpusPlan | Forecast, *, languages: bool) -> None:
    """Print the plan for people; with a line for each language if ``languages``."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=max(console.width, NARROWEST))
    if isinstance(plan, Forecast):
        console.print(Group(Text(_sentence(steps.in_words(plan))), *_steps(plan)))
        return
    parts: list[RenderableType] = [_facts(plan), _engines(plan), *_steps(plan.cache)]
    if languages:
        parts.append(_languages(plan))
    console.print(Group(*parts, *(Text(f"Note: {note}", style="bold") for note in notes(plan))))


def _steps(forecast: Forecast) -> list[RenderableType]:
    return [steps.stages(forecast), steps.to_run(forecast)] if forecast.steps else []


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def notes(plan: FactoryPlan) -> list[str]:
    """What stands in the way, or makes the numbers less than sure."""
    found = [
        f"{place} is paid and has no price: set price.characters, or price.input_tokens and price.output_tokens, in "
        "dollars per million"
        for place in plan.unpriced
    ]
    if plan.within_budget is False:
        more = plan.spent + plan.dollars - (plan.budget or 0.0)
        found.append(f"the budget is {_dollars(more)} too small; a run would end there, and could be taken up again")
    if any(engine.tokens_estimated and engine.work.to_do.calls for engine in plan.engines):
        found.append("tokens are estimates, and so is what they cost")
    if plan.disk.free is not None and plan.disk.total > plan.disk.free:
        found.append("the disk may not have enough room")
    return found


def _facts(plan: CorpusPlan) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    english = f"{plural(plan.dialogues, 'dialogue')}, {_amount(plan.utterances, plan.characters)}"
    missing = sum(language.missing for language in plan.languages)
    table.add_row("Corpus", f"{plan.corpus} ({plan.location}), {', '.join(plan.splits)}")
    table.add_row("English", english)
    table.add_row("Languages", count(len(plan.languages)))
    table.add_row("To translate", _amount(plan.work.to_do.utterances, plan.work.to_do.characters))
    if plan.cache.reason is None:
        table.add_row("In the cache", _amount(plan.in_cache.utterances, plan.in_cache.characters))
    table.add_row("In the ledger", _amount(plan.work.in_ledger.utterances, plan.work.in_ledger.characters))
    if plan.work.repeated.calls:
        table.add_row("Sent once for all", _amount(plan.work.repeated.utterances, plan.work.repeated.characters))
    if plan.work.looked_up:
        table.add_row("Looked up", plural(plan.work.looked_up, "utterance"))
    if missing:
        table.add_row("Left out", f"{plural(missing, 'dialogue')} that no engine is known to translate whole")
    table.add_row("Steps", steps.in_words(plan.cache))
    table.add_row("Cost", _cost(plan))
    table.add_row("Time", _duration(plan.seconds) if plan.seconds is not None else "unknown: an engine has no rate yet")
    table.add_row("Disk", _disk(plan))
    table.add_row("Ledger", plan.ledger if plan.ledger_found else f"{plan.ledger} (none yet)")
    return table


def _engines(plan: FactoryPlan) -> Table:
    table = Table(title="Engines, in the order in which they are asked", title_justify="left")
    table.add_column("Engine")
    for name in ("Languages", "Calls", "Utterances", "Characters", "In the ledger", "Looked up", "Cost", "Time"):
        table.add_column(name, justify="right", overflow="fold")
    table.add_column("Rate")
    for engine in plan.engines:
        send = engine.work.to_do
        numbers = (engine.languages, send.calls, send.utterances, send.characters)
        kept = (engine.work.in_ledger.utterances, engine.work.looked_up)
        money = "no price" if engine.dollars is None else _dollars(engine.dollars)
        table.add_row(engine.engine, *map(count, (*numbers, *kept)), money, _duration(engine.seconds), _rate(engine))
    return table


def _languages(plan: CorpusPlan) -> Table:
    from pipelines.corpus_cache import steps_of

    table = Table(title="Languages", title_justify="left")
    for name in ("Language", "Name"):
        table.add_column(name)
    for name in ("Steps cached", "Utterances", "Characters", "In the cache", "In the ledger", "Looked up", "Left out"):
        table.add_column(name, justify="right", overflow="fold")
    for name in ("Cost", "Disk"):
        table.add_column(name, justify="right", overflow="fold")
    for language in plan.languages:
        table.add_row(*_language(language, steps_of(language.locale, plan.cache)))
    return table


def _language(language: LanguagePlan, forecast: Forecast) -> list[str]:
    work = language.work
    there = (language.in_cache.utterances, work.in_ledger.utterances, work.looked_up)
    numbers = (work.to_do.utterances, work.to_do.characters, *there, language.missing)
    money = "no price" if language.dollars is None else _dollars(language.dollars)
    cached = steps.share_cached(forecast) or ABSENT
    return [language.locale, language.name, cached, *map(count, numbers), money, size(language.disk.total)]


def _cost(plan: FactoryPlan) -> str:
    text = _dollars(plan.dollars) + (", and what has no price" if plan.unpriced else "")
    if plan.spent:
        text += f"; {_dollars(plan.spent)} were spent before"
    return text if plan.budget is None else f"{text}; the budget for both is {_dollars(plan.budget)}"


def _disk(plan: FactoryPlan) -> str:
    disk = plan.disk
    parts = f"tables {size(disk.tables)}, ledger {size(disk.ledger)}, published {size(disk.published)}"
    free = "" if disk.free is None else f"; {size(disk.free)} are free"
    return f"about {size(disk.total)} ({parts}){free}"


def _amount(utterances: int, characters: int) -> str:
    return f"{plural(utterances, 'utterance')}, {plural(characters, 'character')}"


def _rate(engine: EnginePlan) -> str:
    if engine.characters_per_second is None:
        return ABSENT if engine.rate_source is RateSource.UNKNOWN else engine.rate_source.value
    origin = "as configured" if engine.rate_source is RateSource.SETTINGS else "measured"
    return f"{count(engine.characters_per_second)} characters/s, {origin}"


def _dollars(amount: float) -> str:
    """Cents, or as many digits as a smaller amount needs."""
    return f"${amount:,.2f}" if amount >= 0.01 or amount == 0 else f"${amount:.2g}"


def _duration(seconds: float | None) -> str:
    if seconds is None or seconds < 2 * _DAY:
        return duration(seconds)
    return f"{seconds / _DAY:,.1f} days"


def size(amount: int) -> str:
    """Bytes in the unit that fits, such as ``1.3 GB``."""
    value, unit = float(amount), 0
    while value >= 999.5 and unit < len(_UNITS) - 1:
        value, unit = value / 1000, unit + 1
    return f"{value:.0f} {_UNITS[unit]}" if unit == 0 or value >= 10 else f"{value:.1f} {_UNITS[unit]}"
