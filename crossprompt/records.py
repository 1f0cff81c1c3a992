"""The base of result records: immutable values that go to JSON and back unchanged."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Record(BaseModel):
    """Base class of results that stages hand on and reports read."""

    model_config = ConfigDict(extra="forbid", frozen=True)
