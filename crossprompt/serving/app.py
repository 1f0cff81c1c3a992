"""The HTTP interface: FastAPI over a :class:`~crossprompt.serving.service.Service`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from fastapi import FastAPI, HTTPException, Request, Response, Security
from fastapi.routing import APIRoute, APIRouter
from fastapi.security import HTTPBearer

from crossprompt.serving.access import Access
from crossprompt.serving.bodies import JsonRequest
from crossprompt.serving.counting import CountRequests
from crossprompt.serving.pages import Page, demo_page, reference_page
from crossprompt.serving.records import ErrorAnswer, Health, PredictRequest, PredictResponse, State
from crossprompt.serving.refusals import explain_refusals
from crossprompt.serving.service import Service

_DESCRIPTION = """Intents and slots of utterances in any language, by the champion: the tuned model that serves now.

Errors are answered in one form: a sentence in `error`, and for a request that is not understood every wrong field in
`problems`. Offsets count Unicode code points of the text as it was sent. Nothing of a request is kept or logged."""
_NO_TOKEN = "the token is missing or wrong: send it as Authorization: Bearer ..."
_bearer = HTTPBearer(auto_error=False, scheme_name="token", description="Where the service was started with a token.")
_REFUSALS: dict[int | str, dict[str, Any]] = {
    400: {"description": "The body is empty or no JSON."},
    401: {"description": "The token is missing or wrong."},
    408: {"description": "The body did not arrive in time."},
    413: {"description": "The body is too long."},
    415: {"description": "The body is not sent as plain `application/json`."},
    422: {"description": "Fields are missing, unknown, of the wrong type or over their limits."},
    503: {"description": "Too much is waiting, or the champion is being loaded; `Retry-After` says when to come back."},
}

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class GuardedRoute(APIRoute):
    """A route that asks for the token before anything else, and reads bodies with care."""

    def get_route_handler(self) -> Handler:
        """FastAPI's handler behind both."""
        handle = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            access: Access = request.app.state.access
            if not access.allows(request.headers.get("authorization")):
                raise HTTPException(401, _NO_TOKEN, {"WWW-Authenticate": "Bearer"})
            limits = request.app.state.service.settings
            return await handle(JsonRequest.of(request, limits.max_body_bytes, limits.body_seconds))

        return guarded


def make_app(service: Service, token: str | None = None) -> FastAPI:
    """The application; its start starts ``service`` and its end stops it.

    Args:
        service: Not started yet.
        token: What clients must send, if anything.
    """

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        service.start()
        yield
        await asyncio.to_thread(service.stop)

    app = FastAPI(
        title="CrossPrompt",
        description=_DESCRIPTION,
        version=_version(),
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
    )
    app.state.service, app.state.access = service, Access(token)
    app.include_router(_guarded(service))
    app.include_router(_open(service, app))
    app.add_middleware(CountRequests, metrics=service.metrics, paths=frozenset(_paths(app)))
    explain_refusals(app)
    return app


def _guarded(service: Service) -> APIRouter:
    """What needs the token."""
    router = APIRouter(route_class=GuardedRoute, dependencies=[Security(_bearer)])
    refusals = {status: {"model": ErrorAnswer, **own} for status, own in _REFUSALS.items()}

    @router.post(
        "/predict",
        response_model=PredictResponse,
        response_description="All utterances are understood.",
        responses=refusals,
        summary="Understand utterances",
    )
    async def predict(request: PredictRequest) -> Response:
        """Intents and slots of one or many utterances, all answered by one champion."""
        answer = await service.predict(request)
        return Response(answer.model_dump_json(), media_type="application/json")

    @router.get(
        "/metrics",
        response_class=Response,
        summary="Metrics",
        response_description="In the newest of Prometheus' formats that `Accept` names.",
        responses={200: {"content": {"text/plain": {}}}, 401: refusals[401]},
    )
    async def metrics(request: Request) -> Response:
        """Requests, times, batches, waiting utterances and the champion, as Prometheus reads them."""
        content, media_type = service.metrics.render(request.headers.get("accept", ""))
        return Response(content, headers={"Content-Type": media_type})

    return router


def _open(service: Service, app: FastAPI) -> APIRouter:
    """What anybody may read: nothing of it tells anything of requests."""
    router = APIRouter()

    async def healthz() -> Response:
        """Whether the service is starting, ready or stopping, and which champion answers."""
        health = service.health()
        ready = health.status is State.READY
        return Response(health.model_dump_json(), 200 if ready else 503, media_type="application/json")

    async def demo() -> Response:
        return _show(demo_page(token_needed=app.state.access.needed))

    @cache
    def written_reference() -> Page:
        return reference_page(app.openapi())

    async def docs() -> Response:
        return _show(written_reference())

    router.add_api_route(
        "/healthz",
        healthz,
        response_model=Health,
        response_description="Ready.",
        responses={503: {"model": Health, "description": "Starting or stopping."}},
        summary="State of the service",
    )
    router.add_api_route("/healthz", healthz, methods=["HEAD"], include_in_schema=False)
    router.add_api_route("/", demo, methods=["GET", "HEAD"], include_in_schema=False)
    router.add_api_route("/docs", docs, methods=["GET", "HEAD"], include_in_schema=False)
    return router


def _show(page: Page) -> Response:
    return Response(page.html, media_type="text/html", headers={"Content-Security-Policy": page.policy})


def _paths(app: FastAPI) -> set[str]:
    """The paths that are counted by name."""
    return {"/", "/docs", "/openapi.json", *app.openapi()["paths"]}


def _version() -> str:
    try:
        return version("crossprompt")
    except PackageNotFoundError:
        return "0"
