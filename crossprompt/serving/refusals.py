"""Every error in one form: a status, a sentence, and for wrong requests each wrong field."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from crossprompt.serving.errors import NotServingError, QueueFullError
from crossprompt.serving.problems import problems_of
from crossprompt.serving.records import ErrorAnswer

logger = logging.getLogger(__name__)

MOST_PROBLEMS = 10
_START_SECONDS = 2
"""When to come back while the champion is being loaded."""
_OWN_WORDS = {
    404: "there is nothing at this path; /docs says what there is",
    405: "this path is not asked that way; /docs says how",
}


def explain_refusals(app: FastAPI) -> None:
    """Have all errors of ``app`` answered as :class:`~crossprompt.serving.records.ErrorAnswer`."""
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(QueueFullError, _busy)
    app.add_exception_handler(NotServingError, _not_serving)
    app.add_exception_handler(Exception, _unexpected)


async def _http(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException), "registered for these"
    return _answer(error.status_code, _OWN_WORDS.get(error.status_code, str(error.detail)), headers=error.headers)


async def _invalid(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError), "registered for these"
    lines = problems_of(error.errors())
    more = len(lines) - MOST_PROBLEMS
    shown = (*lines[:MOST_PROBLEMS], f"and {more} more") if more > 0 else lines
    return _answer(422, lines[0], shown)


async def _busy(_: Request, error: Exception) -> Response:
    assert isinstance(error, QueueFullError), "registered for these"
    return _answer(503, str(error), headers={"Retry-After": str(error.retry_after)})


async def _not_serving(_: Request, error: Exception) -> Response:
    return _answer(503, str(error), headers={"Retry-After": str(_START_SECONDS)})


async def _unexpected(_: Request, error: Exception) -> Response:
    """The server logs it; clients learn nothing of the inside."""
    del error
    return _answer(500, "something went wrong inside the service; its log says what")


def _answer(
    status: int, error: str, problems: Sequence[str] = (), headers: Mapping[str, str] | None = None
) -> Response:
    content = ErrorAnswer(error=error, problems=tuple(problems)).model_dump_json()
    return Response(content, status, dict(headers or {}), "application/json")
