"""What a run shows on the terminal: what tells a user something. ZenML's own log of a step keeps everything."""

from __future__ import annotations

import copy
import logging
import os

from infra.errors import TRACEBACK_VARIABLE, explanation

TALKATIVE = ("alembic", "great_expectations", "mlflow", "optuna")
"""Libraries that report their inner workings; their warnings are shown."""
POINTLESS = ("You can visualize your pipeline runs in the", "Failed to disable MLflow autologging for")
"""ZenML's advice leads to another server than ``make dashboards``, and it asks for fastai, which MLflow 3.17 no longer
knows."""


def tidy_terminal() -> None:
    """From now on ZenML's console handler leaves out the lines above, and the stack traces of explained errors."""
    from zenml.logger import ZenMLConsoleHandler

    for handler in logging.getLogger().handlers:
        if isinstance(handler, ZenMLConsoleHandler) and not isinstance(handler.formatter, BriefFormatter):
            handler.addFilter(is_worth_showing)
            handler.setFormatter(BriefFormatter(handler.formatter or logging.Formatter()))


def is_worth_showing(record: logging.LogRecord) -> bool:
    """Whether a user learns something from ``record``."""
    if record.levelno < logging.WARNING and record.name.partition(".")[0] in TALKATIVE:
        return False
    return not record.getMessage().startswith(POINTLESS)


class BriefFormatter(logging.Formatter):
    """Formats like another formatter, but without the stack traces of errors that this project raises on purpose.

    ``CROSSPROMPT_TRACEBACK`` brings them back.
    """

    def __init__(self, inner: logging.Formatter) -> None:
        super().__init__()
        self._inner = inner

    def format(self, record: logging.LogRecord) -> str:
        """The text of ``record``; the record itself, which other handlers get too, stays as it is."""
        error = record.exc_info[1] if record.exc_info else None
        if error is not None and explanation(error) is not None and not os.environ.get(TRACEBACK_VARIABLE):
            record = copy.copy(record)
            record.exc_info = record.exc_text = None
        return self._inner.format(record)
