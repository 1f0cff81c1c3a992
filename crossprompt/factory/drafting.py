"""From counts to a plan: prices, rates and disk."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce
from operator import add
from pathlib import Path

from crossprompt.corpora.sources import ResolvedSource
from crossprompt.factory.chain import Chain
from crossprompt.factory.disk import TextSize, language_disk, whole_disk
from crossprompt.factory.link import NANO, Link
from crossprompt.factory.plan_records import EnginePlan, FactoryPlan, LanguagePlan, RateSource, Work
from crossprompt.factory.prices import Amount, TokenEstimator, dollars
from crossprompt.factory.records import Account
from crossprompt.factory.settings import FactorySettings
from crossprompt.factory.survey import Group, Survey
from crossprompt.locales.languages import LocaleError, describe_locale


def draft_plan(
    survey: Survey,
    chain: Chain,
    factory: FactorySettings,
    accounts: Sequence[Account] | None,
    source: ResolvedSource,
    ledger: Path,
) -> FactoryPlan:
    """The plan that the counts of ``survey`` come to.

    Args:
        survey: Has looked at the whole corpus.
        chain: The engines in turn.
        factory: Prices, rates, budget.
        accounts: What the ledger has spent; None: there is no ledger yet.
        source: Of the English corpus.
        ledger: Where the ledger is or will be.
    """
    engines = tuple(_engine(link, survey, accounts or (), factory.dispatch.workers) for link in chain.links)
    languages = tuple(_language(locale, group, survey.text) for locale, group in survey.languages)
    unpriced = tuple(f"factory.chain.{n} ({engine.engine})" for n, engine in enumerate(engines) if _lacks_price(engine))
    cost = sum(engine.dollars or 0.0 for engine in engines)
    spent = sum(account.committed for account in accounts or ()) / NANO
    return FactoryPlan(
        corpus=source.corpus,
        location=source.shown_location,
        fingerprint=source.fingerprint,
        splits=factory.splits,
        dialogues=survey.dialogues,
        utterances=survey.text.utterances,
        characters=survey.text.characters,
        chain_revision=chain.revision,
        engines=engines,
        languages=languages,
        work=sum_work(engine.work for engine in engines),
        in_cache=_sum(language.in_cache for language in languages),
        dollars=cost,
        unpriced=unpriced,
        spent=spent,
        budget=factory.budget,
        within_budget=None if factory.budget is None or unpriced else spent + cost <= factory.budget,
        seconds=_total([engine.seconds for engine in engines]),
        ledger=str(ledger),
        ledger_found=accounts is not None,
        disk=whole_disk([language.disk for language in languages], ledger.parent),
    )


def sum_work(parts: Iterable[Work]) -> Work:
    """All of ``parts`` together."""
    whole = list(parts)
    return Work(
        to_do=_sum(work.to_do for work in whole),
        in_ledger=_sum(work.in_ledger for work in whole),
        repeated=_sum(work.repeated for work in whole),
        looked_up=sum(work.looked_up for work in whole),
    )


def _times(work: Work, factor: int) -> Work:
    return Work(
        to_do=work.to_do.times(factor),
        in_ledger=work.in_ledger.times(factor),
        repeated=work.repeated.times(factor),
        looked_up=work.looked_up * factor,
    )


def _engine(link: Link, survey: Survey, accounts: Sequence[Account], workers: int) -> EnginePlan:
    groups = [group for group in survey.groups if link in group.links]
    work = sum_work(_times(group.work(link), len(group.locales)) for group in groups)
    rate, rate_source = _rate(link, accounts, workers)
    characters = work.to_do.characters
    return EnginePlan(
        engine=link.name,
        revision=link.engine.revision,
        nature=link.engine.nature,
        paid=link.engine.paid,
        languages=sum(len(group.locales) for group in groups),
        work=work,
        price=link.settings.price,
        tokens_estimated=link.settings.price.bills_tokens or isinstance(link.engine, TokenEstimator),
        dollars=_cost(link, work.to_do),
        seconds=0.0 if not characters else characters / rate if rate else None,
        characters_per_second=rate,
        rate_source=rate_source,
    )


def _language(locale: str, group: Group, text: TextSize) -> LanguagePlan:
    parts = [(link, group.work(link)) for link in group.links]
    costs = [_cost(link, work.to_do) for link, work in parts]
    kept = _sum(work.to_do for link, work in parts if link.in_ledger)
    return LanguagePlan(
        locale=locale,
        name=_name(locale),
        engines=tuple(link.name for link in group.links),
        work=sum_work(work for _, work in parts),
        in_cache=Amount(utterances=group.cached_text.utterances, characters=group.cached_text.characters),
        missing=group.missing,
        dollars=_total(costs),
        disk=language_disk(locale, text.without(group.cached_text), kept),
    )


def _cost(link: Link, amount: Amount) -> float | None:
    """In dollars; None if money is wanted and nobody said how much."""
    if link.settings.price.known:
        return dollars(link.settings.price, amount)
    return None if link.engine.paid and amount.calls else 0.0


def _lacks_price(engine: EnginePlan) -> bool:
    return engine.paid and not engine.price.known


def _rate(link: Link, accounts: Sequence[Account], workers: int) -> tuple[float | None, RateSource]:
    """Characters a second of all workers together: as set, else as the ledger has measured it."""
    if link.settings.characters_per_second is not None:
        return link.settings.characters_per_second, RateSource.SETTINGS
    own = [account for account in accounts if account.engine == link.name]
    seconds, characters = sum(a.seconds for a in own), sum(a.paid.characters for a in own)
    if not (seconds and characters):
        return None, RateSource.UNKNOWN
    return characters / seconds * workers, RateSource.LEDGER


def _name(locale: str) -> str:
    try:
        return describe_locale(locale).english_name
    except LocaleError:
        return locale


def _sum(amounts: Iterable[Amount]) -> Amount:
    return reduce(add, amounts, Amount())


def _total(parts: Sequence[float | None]) -> float | None:
    """The sum; None if a part is not known."""
    known = [part for part in parts if part is not None]
    return sum(known) if len(known) == len(parts) else None
