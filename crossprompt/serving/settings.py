"""Settings of the service."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from crossprompt.settings import Settings


class EngineSettings(Settings):
    """How the champion computes."""

    backbone: str | None = None
    """A folder with the backbone's files, where the name in the bundle is not enough to find it."""
    dtype: Literal["auto", "float32", "bfloat16"] = "float32"
    """In float32 an answer depends least on which other texts are in its batch; see ``BackboneSettings`` for the
    others."""


class ServingSettings(Settings):
    """Where the service listens, how much it takes, and how it stops."""

    host: str = "127.0.0.1"
    port: int = Field(default=8100, ge=0, le=65535)
    """0: one that the system gives."""
    allow_anonymous: bool = False
    """Serve without a token on an address that other machines can reach."""
    max_body_bytes: int = Field(default=1 << 20, ge=1024)
    """A longer body is refused before it is read whole."""
    body_seconds: float = Field(default=10.0, gt=0)
    """How long a client may take to send a body."""
    max_waiting: int = Field(default=512, ge=1)
    """Utterances that may wait to be computed; beyond that a request is told to come back later."""
    max_batch: int = Field(default=64, ge=1)
    """Utterances of concurrent requests that are computed together; a request with more is a batch of its own."""
    watch_seconds: float = Field(default=10.0, gt=0)
    """How often the service looks whether there is another champion."""
    drain_seconds: float = Field(default=0.0, ge=0)
    """How long the service goes on taking requests after it was told to stop, while its health says so already: for
    balancers in front of it."""
    stop_seconds: int = Field(default=30, ge=1)
    """How long accepted requests may take to be finished before they are given up."""
    engine: EngineSettings = EngineSettings()
