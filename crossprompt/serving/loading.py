"""From a bundle to an engine that answers."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from crossprompt.backbones.encoder import Backbone, load_backbone
from crossprompt.backbones.settings import BackboneSettings
from crossprompt.bundles.bundle import Bundle, open_bundle
from crossprompt.serving.engine import Engine, ServedTask
from crossprompt.serving.query import Query
from crossprompt.serving.records import ChampionFacts, ChampionLabel, Prediction, PredictResponse
from crossprompt.serving.settings import EngineSettings
from crossprompt.tasks.settings import SlotSettings

logger = logging.getLogger(__name__)

_WARM_UP = (Query("warm up"), Query("warm up, and a second one that is somewhat longer", compare=True))
"""The first forward of a process is much slower than the next: these are nobody's."""


@dataclass(frozen=True, slots=True)
class Champion:
    """A model in service: what answers, and what it is."""

    engine: Engine
    facts: ChampionFacts

    @property
    def label(self) -> ChampionLabel:
        """What is told with each answer."""
        return ChampionLabel(version=self.facts.version, fingerprint=self.facts.fingerprint)

    def renamed(self, version: str | None) -> Champion:
        """The same model under another version."""
        return Champion(self.engine, self.facts.model_copy(update={"version": version}))

    def answer(self, queries: Sequence[Query]) -> tuple[ChampionLabel, list[Prediction]]:
        """Understand ``queries``, in their order."""
        return self.label, self.engine.answer(queries)

    def respond(self, queries: Sequence[Query]) -> PredictResponse:
        """Understand ``queries`` as the API answers them."""
        label, predictions = self.answer(queries)
        return PredictResponse(champion=label, predictions=tuple(predictions))


def load_champion(
    folder: Path, settings: EngineSettings, version: str | None = None, former: Champion | None = None
) -> Champion:
    """Open the bundle in ``folder`` and make it ready to answer, the first slow forward included.

    Args:
        folder: A bundle.
        settings: How it computes.
        version: Its version in the registry.
        former: The champion before it; a backbone that both use is not loaded again.

    Raises:
        BundleError: The bundle is not whole.
        BackboneError: Its backbone can't be found or loaded.
        ModelMismatchError: Bundle and backbone do not belong together, or the bundle has no task that is served.
    """
    began = time.monotonic()
    bundle = open_bundle(folder)
    backbone = _backbone(bundle, settings, former)
    names = [task.name for task in bundle.index.tasks if task.name in list(ServedTask)]
    tasks = {ServedTask(name): bundle.load_classifiers(name) for name in names}
    engine = Engine(backbone, tasks, _slot_settings(bundle))
    engine.answer(_WARM_UP)
    champion = Champion(engine, _facts(bundle, engine, version))
    logger.info("champion %s loaded in %.1f s", champion.facts.fingerprint[:12], time.monotonic() - began)
    return champion


def _backbone(bundle: Bundle, settings: EngineSettings, former: Champion | None) -> Backbone:
    wanted = bundle.index.backbone.fingerprint
    if former is not None:
        backbone = former.engine.backbone
        if (backbone.identity.fingerprint, backbone.max_tokens) == (wanted, bundle.index.max_tokens):
            return backbone
    given = BackboneSettings(name=settings.backbone or bundle.index.backbone.name, dtype=settings.dtype)
    return load_backbone(bundle.backbone_settings(given))


def _slot_settings(bundle: Bundle) -> SlotSettings:
    for task in bundle.index.tasks:
        if task.name == ServedTask.SLOTS:
            return SlotSettings.parse(task.settings, f"{bundle.folder.name}: slots")
    return SlotSettings()


def _facts(bundle: Bundle, engine: Engine, version: str | None) -> ChampionFacts:
    index = bundle.index
    return ChampionFacts(
        version=version,
        fingerprint=index.fingerprint,
        backbone=index.backbone.name,
        languages=index.languages,
        locales=index.locales,
        tasks=tuple(task.value for task in engine.tasks),
        compares=engine.compares,
        created=index.created,
    )
