"""Alerts: told through the alerter of the active ZenML stack, where it has one."""

from __future__ import annotations

import logging

logger = logging.getLogger(__name__)


def post_alert(message: str) -> bool:
    """Post ``message``; whether there is an alerter and it took it. An alerter that fails is logged, and no error."""
    from zenml.client import Client

    try:
        alerter = Client().active_stack.alerter
        return alerter is not None and bool(alerter.post(message))
    except Exception as error:
        # whatever its service says, the message itself must still reach the log and the exit status
        logger.error("The alert could not be posted: %s: %s", type(error).__name__, error)
        return False
