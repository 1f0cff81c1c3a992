"""The promotion: the candidate becomes a version in the registry, and champion if the gate let it. Never cached."""

from __future__ import annotations

from typing import Annotated

from zenml import step
from zenml.logger import get_logger

from crossprompt.bundles.bundle import Bundle
from crossprompt.promotion.records import Decision, Proposal
from infra.registry import propose
from infra.whereabouts import leave_last_words
from materializers.record import RecordMaterializer

logger = get_logger(__name__)


@step(enable_cache=False, output_materializers={"proposal": RecordMaterializer})
def promote_candidate(candidate: Bundle, decision: Decision) -> Annotated[Proposal, "proposal"]:
    """Register the candidate with its decision; promote it if it passed and is compared with the present champion.

    A refusal is no failure of the step: it is recorded with the version, and the run goes on to tell it.

    Args:
        candidate: The bundle.
        decision: The gate's, on this bundle.

    Raises:
        RegistryError: The registry can't be used.
    """
    proposal = propose(candidate, decision)
    for sentence in proposal.sentences:
        logger.info(sentence)
    leave_last_words(proposal.sentences)
    return proposal
