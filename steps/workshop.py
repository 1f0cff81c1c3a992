"""What a step of the corpus factory translates with, put together from its parameters and places."""

from __future__ import annotations

from pathlib import Path

from crossprompt.corpora.errors import SourceError
from crossprompt.factory.chain import load_chain
from crossprompt.factory.ledger_reader import FILE
from crossprompt.factory.production import Workshop
from crossprompt.factory.recipe import ChainRecipe
from crossprompt.factory.settings import FactorySettings
from infra.home import project_home
from steps.places import given_place


def open_workshop(locale: str, recipe: ChainRecipe) -> Workshop:
    """The engines that the running step was given as a place, checked against ``recipe``.

    Raises:
        SourceError: An engine's source changed after the run was laid out.
        SettingsError, EngineError: See :func:`crossprompt.factory.chain.load_chain`.
    """
    root = given_place("data_root")
    settings = FactorySettings.parse(given_place("factory"), "factory")
    home = project_home()
    links = load_chain(settings, None if root is None else Path(root), home).links_for(locale)
    for link, expected in zip(links, recipe.engines, strict=True):
        if (link.name, link.engine.revision_for(locale)) != (expected.name, expected.revision):
            raise SourceError(f"the {expected.name} engine's source changed while the run was under way; run again")
    return Workshop(links, settings, home / FILE)
