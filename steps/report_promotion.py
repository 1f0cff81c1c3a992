"""The end of a run that adds languages: the decision as a page and in MLflow, an alarm if it is no. Never cached."""

from __future__ import annotations

from typing import Annotated, Any

import mlflow
from zenml import step

from crossprompt.alignment.records import AlignmentCurve
from crossprompt.promotion.records import Decision, Outcome, Proposal
from crossprompt.reports.files import Report
from crossprompt.reports.promotion import build_promotion_report, promotion_headline
from infra import tracking
from infra.alerts import post_alert
from materializers.report import ReportMaterializer
from steps.publishing import publish

FOLDER = "promotion-report"
WELL = frozenset({Outcome.PROMOTED, Outcome.ALREADY})


class PromotionRefusedError(RuntimeError):
    """The candidate was not promoted; the champion is who it was."""


@step(enable_cache=False, output_materializers={"report": ReportMaterializer})
def report_promotion(
    decision: Decision,
    proposal: Proposal,
    curve: AlignmentCurve,
    title: str,
    configuration: dict[str, Any],
) -> Annotated[Report, "report"]:
    """Write the report, log it, and raise an alarm if the candidate was not promoted.

    Where the stack has an alerter, the alarm is its message; else the step fails, and with it the run: everything is
    recorded by then, and the registry is as it should be.

    Args:
        decision: The gate's.
        proposal: What the registry made of it.
        curve: Of the alignment.
        title: Of the page.
        configuration: All settings of the run.

    Raises:
        PromotionRefusedError: The candidate was not promoted, and there is no alerter.
    """
    report = build_promotion_report(title, decision, proposal)
    words = [promotion_headline(proposal), *proposal.sentences]
    publish(report, FOLDER, configuration, words, lambda: _track(decision, proposal, curve))
    if proposal.outcome not in WELL and not post_alert("\n".join(words)):
        raise PromotionRefusedError(" ".join(words))
    return report


def _track(decision: Decision, proposal: Proposal, curve: AlignmentCurve) -> None:
    tracking.log_alignment(curve)
    mlflow.set_tags({"promotion": proposal.outcome.value, "version": proposal.version})
    mlflow.log_metrics(
        {f"{task.task}/{found.locale}": found.candidate for task in decision.tasks for found in task.locales}
    )
