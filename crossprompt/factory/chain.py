"""The engines of a factory in the order in which they are asked; ``factory.route`` walks along them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from crossprompt.factory.link import Link
from crossprompt.factory.settings import FactorySettings, LinkSettings
from crossprompt.settings import SettingsError
from crossprompt.storage.fingerprint import fingerprint_value
from crossprompt.translation.engine import load_engine


@dataclass(frozen=True)
class Chain:
    """Engines in the order in which they are asked. The nature of a text is that of the engine that gave it."""

    links: tuple[Link, ...]

    @cached_property
    def revision(self) -> str:
        """SHA-256 over the names and revisions of all engines, in order; prices and rates do not count."""
        return fingerprint_value([[link.name, link.engine.revision] for link in self.links])

    def links_for(self, locale: str) -> tuple[Link, ...]:
        """The part of the chain that offers ``locale``, in order."""
        return tuple(link for link in self.links if link.engine.offers(locale))

    def require(self, locales: Iterable[str]) -> tuple[str, ...]:
        """``locales`` without repetitions; if none is given, all that the first engine offers.

        Raises:
            SettingsError: No engine of the chain offers one of them, or there is none.
        """
        wanted = tuple(dict.fromkeys(locales)) or self.links[0].engine.locales()
        names = " nor ".join(link.name for link in self.links)
        if not wanted:
            raise SettingsError(f"factory.locales: {names} has no locales of its own; name those that are wanted")
        for locale in wanted:
            if not self.links_for(locale):
                offered = sorted({tag for link in self.links for tag in link.engine.locales()})
                raise SettingsError(
                    f"factory.locales: {names} does not offer {locale!r}; there are {', '.join(offered) or 'none'}"
                )
        return wanted


def load_chain(settings: FactorySettings, data_root: Path | None = None, home: Path | None = None) -> Chain:
    """The engines that ``settings`` name, ready to translate; no service is called.

    Raises:
        SettingsError: There is no such engine, its options are wrong, a paid engine is kept out of the ledger, or there
            is a budget and an engine whose bill has no bound.
        SourceError: An engine's source is missing.
        EngineError: An engine's source is damaged.
    """
    places = enumerate(settings.chain)
    return Chain(tuple(_load_link(number, link, settings, data_root, home) for number, link in places))


def _load_link(
    number: int, settings: LinkSettings, factory: FactorySettings, data_root: Path | None, home: Path | None
) -> Link:
    try:
        engine = load_engine(settings, data_root, home)
    except SettingsError as error:
        raise SettingsError(f"factory.chain.{number} ({settings.name}): {error}") from None
    if engine.paid and settings.ledger is False:
        raise SettingsError(
            f"factory.chain.{number}.ledger: {settings.name} is paid, so its calls must go through the ledger; "
            "leave it out"
        )
    link = Link(engine, settings, factory.max_utterances_per_call)
    if factory.budget is not None:
        link.require_bound()
    return link
