"""Errors as sentences: what this project raises on purpose is shown without a stack trace on the command line."""

from __future__ import annotations

import os
import sys
from types import TracebackType

OWN_PACKAGES = ("crossprompt", "expectations", "infra", "materializers", "pipelines", "steps")
TRACEBACK_VARIABLE = "CROSSPROMPT_TRACEBACK"
"""Set to anything: show stack traces for all errors."""


def explain_errors() -> None:
    """From now on an uncaught error of this project's own types ends the process with its message alone, code 1."""
    if sys.excepthook is not _explain:
        sys.excepthook = _explain


def explanation(error: BaseException) -> str | None:
    """The sentence to show for ``error``; None if it is no error that this project raises on purpose."""
    if type(error).__module__.partition(".")[0] not in OWN_PACKAGES:
        return None
    message = error.args[0] if isinstance(error, KeyError) and error.args else error
    return f"Error: {message}"


def _explain(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    sentence = explanation(error)
    if sentence is None or os.environ.get(TRACEBACK_VARIABLE):
        sys.__excepthook__(kind, error, trace)
    else:
        print(sentence, file=sys.stderr)
