"""Soft prompts on a decoder: lengths, examples, freezing, the network before the prompt; transfer to many languages."""

from __future__ import annotations

from typing import Any

from zenml import pipeline
from zenml.enums import ExecutionMode

from infra.tracker import tracking_options
from pipelines.plan import Section
from pipelines.transfer_plan import Transfer, make_transfer_plan
from steps.ingest_sentences import ingest_sentences
from steps.ingest_utterances import ingest_utterances
from steps.measure_soft_prompts import measure_soft_prompts
from steps.publish_transfer import publish_transfer


@pipeline(name="soft_prompt_transfer", execution_mode=ExecutionMode.FAIL_FAST)
def soft_prompt_transfer(
    topics: Section = None,
    decoder: Section = None,
    prompts: list[dict[str, Any]] | None = None,
    measuring: Section = None,
    statistics: Section = None,
    reporting: Section = None,
    data_root: str | None = None,
) -> None:
    """Measure the prompts. Each section of the configuration is a mapping; None means its defaults.

    Raises:
        SettingsError: A section is wrong; the message names the field and its valid values.
        BackboneError: The decoder is missing.
    """
    transfer = Transfer.from_sections(
        topics=topics,
        decoder=decoder,
        prompts=prompts,
        measuring=measuring,
        statistics=statistics,
        reporting=reporting,
        data_root=data_root,
    )
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
        reporting=transfer.reporting.model_dump(mode="json"),
        configuration=transfer.shown(),
    )
