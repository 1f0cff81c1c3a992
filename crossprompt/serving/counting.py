"""Around every request: its time and status are counted, and its answer gets the headers that all answers have."""

from __future__ import annotations

import time

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from crossprompt.serving.metrics import Metrics

OTHER_PATH = "other"
_HEADERS = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}


class CountRequests:
    """Counts requests by path and status; what clients make up as paths is one path."""

    def __init__(self, app: ASGIApp, metrics: Metrics, paths: frozenset[str]) -> None:
        self.app, self.metrics, self.paths = app, metrics, paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = time.perf_counter()
        path = scope["path"] if scope["path"] in self.paths else OTHER_PATH
        answered = False

        async def watched(message: Message) -> None:
            nonlocal answered
            if message["type"] == "http.response.start":
                answered = True
                MutableHeaders(scope=message).update(_HEADERS)
                self.metrics.request(path, message["status"], time.perf_counter() - began)
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except Exception:
            if not answered:  # the layer around this one answers
                self.metrics.request(path, 500, time.perf_counter() - began)
            raise
