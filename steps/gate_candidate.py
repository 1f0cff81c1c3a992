"""The gate: may the candidate take the champion's place? Compared on the same utterances; never cached."""

from __future__ import annotations

from typing import Annotated

from datasets import Dataset
from zenml import step
from zenml.logger import get_logger

from crossprompt.backbones.encoder import load_backbone
from crossprompt.backbones.settings import BackboneSettings
from crossprompt.bundles.bundle import Bundle, open_bundle
from crossprompt.comparison.settings import CellSettings, MeasuringSettings
from crossprompt.promotion.contestant import contestant
from crossprompt.promotion.decision import decide
from crossprompt.promotion.records import Decision
from crossprompt.promotion.retest import answer_anew, same_tests
from crossprompt.promotion.settings import GateSettings
from infra.registry import champion as find_champion
from infra.registry import champion_folder, mend
from infra.registry_place import connect
from materializers.record import RecordMaterializer
from steps.places import given_place

logger = get_logger(__name__)


@step(enable_cache=False, output_materializers={"decision": RecordMaterializer})
def gate_candidate(
    candidate: Bundle,
    settings: GateSettings,
    tasks: list[CellSettings],
    measuring: MeasuringSettings,
    utterances: Dataset,
    backbone: BackboneSettings,
    backbone_fingerprint: str,
) -> Annotated[Decision, "decision"]:
    """Compare the candidate with whoever is champion now; a champion that was tested on other utterances answers anew.

    Args:
        candidate: Its predictions are in it.
        settings: The rules.
        tasks: How the candidate's tests were chosen.
        measuring: Of the tasks, with the tested locales.
        utterances: Rows of ``UTTERANCE_FEATURES``, which the candidate was tested on.
        backbone: The candidate's; where it lies is given as a place.
        backbone_fingerprint: For the step's parameters, as in the other steps; nothing here depends on it.

    Raises:
        GateError: The champion can't be compared with the candidate.
        RegistryError: The registry can't be used, or has lost the champion's files.
    """
    place = connect()
    mend(place)
    champion = None if find_champion(place) is None else open_bundle(champion_folder(place))
    anew = None
    if champion is not None and not same_tests(candidate, champion):
        logger.info("The champion was tested on other utterances: it answers the candidate's tests.")
        encoder = load_backbone(_backbone_of(champion, candidate, backbone))
        anew = answer_anew(champion, candidate, utterances, tasks, measuring, encoder)
    decision = decide(contestant(candidate), None if champion is None else contestant(champion, anew), settings)
    for sentence in decision.sentences:
        logger.info(sentence)
    return decision


def _backbone_of(champion: Bundle, candidate: Bundle, given: BackboneSettings) -> BackboneSettings:
    """Where the champion's backbone lies: where the candidate's does if it is the same, else by its own name."""
    same = champion.index.backbone.fingerprint == candidate.index.backbone.fingerprint
    name = given_place("backbone") if same else champion.index.backbone.name
    return champion.backbone_settings(given.model_copy(update={"name": name}))
