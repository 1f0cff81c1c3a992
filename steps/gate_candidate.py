"""The gate: may the candidate take the champion's place? Compared on the same utterances; never cached."""

from __future__ import annotations

from typing import Annotated

from zenml import step
from zenml.logger import get_logger

from crossprompt.bundles.bundle import Bundle, open_bundle
from crossprompt.promotion.contestant import contestant
from crossprompt.promotion.decision import decide
from crossprompt.promotion.records import Decision
from crossprompt.promotion.settings import GateSettings
from infra.registry import champion as find_champion
from infra.registry import champion_folder, mend
from infra.registry_place import connect
from materializers.record import RecordMaterializer

logger = get_logger(__name__)


@step(enable_cache=False, output_materializers={"decision": RecordMaterializer})
def gate_candidate(candidate: Bundle, settings: GateSettings) -> Annotated[Decision, "decision"]:
    """Compare the candidate with whoever is champion now.

    Args:
        candidate: Its predictions are in it.
        settings: The rules.

    Raises:
        GateError: The champion was tested on other utterances.
        RegistryError: The registry can't be used, or has lost the champion's files.
    """
    place = connect()
    mend(place)
    champion = None if find_champion(place) is None else contestant(open_bundle(champion_folder(place)))
    decision = decide(contestant(candidate), champion, settings)
    for sentence in decision.sentences:
        logger.info(sentence)
    return decision
