"""Request bodies: read up to a limit and within a time, and understood as strict JSON or refused with the reason."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import HTTPException, Request
from pydantic_core import from_json
from starlette.requests import ClientDisconnect

JSON_TYPE = "application/json"


class JsonRequest(Request):
    """A request whose body is JSON, at most ``max_bytes`` long, and sent within ``seconds``."""

    max_bytes: int
    seconds: float
    _content: bytes | None = None

    @classmethod
    def of(cls, request: Request, max_bytes: int, seconds: float) -> JsonRequest:
        """``request`` with these limits; nothing of its body has been read."""
        limited = cls(request.scope, request.receive)
        limited.max_bytes, limited.seconds = max_bytes, seconds
        return limited

    async def body(self) -> bytes:
        """The body.

        Raises:
            HTTPException: 415, 413, 408, or 400 where there is no body.
        """
        if self._content is None:
            self._check_head()
            try:
                self._content = await asyncio.wait_for(self._read(), self.seconds)
            except TimeoutError:
                raise HTTPException(408, f"the body did not arrive within {self.seconds:g} s") from None
            except ClientDisconnect:
                raise HTTPException(400, "the connection ended before the body did") from None
            if not self._content:
                raise HTTPException(400, 'the body is empty: send JSON such as {"utterances": [{"text": "..."}]}')
        return self._content

    async def json(self) -> Any:
        """The body as JSON values.

        Raises:
            HTTPException: 400; not valid JSON in UTF-8. Lone surrogates, NaN and infinities are not valid.
        """
        try:
            return from_json(await self.body(), allow_inf_nan=False)
        except ValueError as error:
            half = "; half of a surrogate pair is no character" if "hex escape" in str(error) else ""
            raise HTTPException(400, f"the body is not valid JSON: {error}{half}") from None

    def _check_head(self) -> None:
        media = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media != JSON_TYPE:
            raise HTTPException(415, f"the body must be sent as Content-Type: {JSON_TYPE}")
        if self.headers.get("content-encoding", "identity").strip().lower() != "identity":
            raise HTTPException(415, "the body must not be compressed")
        declared = self.headers.get("content-length", "")
        if declared.isdecimal() and int(declared) > self.max_bytes:
            raise self._too_large()

    async def _read(self) -> bytes:
        pieces: list[bytes] = []
        size = 0
        async for piece in self.stream():
            size += len(piece)
            if size > self.max_bytes:
                raise self._too_large()
            pieces.append(piece)
        return b"".join(pieces)

    def _too_large(self) -> HTTPException:
        return HTTPException(413, f"the body is longer than {self.max_bytes:,} bytes: send fewer utterances at once")
