"""Soft prompts on a decoder: lengths, examples, freezing, the network before the prompt; transfer to many languages."""

from __future__ import annotations

from infra.tracker import tracking_options
from pipelines.sections import laid_out_from
from pipelines.transfer_plan import Transfer, make_transfer_plan
from steps.ingest_sentences import ingest_sentences
from steps.ingest_utterances import ingest_utterances
from steps.measure_soft_prompts import measure_soft_prompts
from steps.publish_transfer import publish_transfer


@laid_out_from(Transfer)
def soft_prompt_transfer(transfer: Transfer) -> None:
    """Measure the prompts.

    Raises:
        BackboneError: The decoder is missing.
    """
    plan = make_transfer_plan(transfer)
    ingest = ingest_sentences if transfer.topics.utterances is None else ingest_utterances
    rows, _, _ = plan.topics(ingest)()
    measure = plan.measuring(measure_soft_prompts)
    measured = [measure(rows, cell, id=plan.step_of(place)) for place, cell in enumerate(transfer.prompts)]
    publish_transfer.with_options(**tracking_options(transfer.reporting.experiment))(
        rows=rows,
        results=measured,
        measuring=transfer.measuring,
        statistics=transfer.statistics,
        backbone=plan.measuring.parameters["backbone"].name,
        reporting=transfer.reporting,
        configuration=transfer.shown(),
    )
