"""What comes of one attempt: a completion, or trouble that says what can be done about it. Neither holds the key."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from enum import StrEnum


class TroubleKind(StrEnum):
    """What can be done."""

    PASSING = "passing"
    """The same request may succeed later: no connection, silence, 408, 409, 425, 429, 5xx, nonsense."""
    KEY = "key"
    """The key is refused (401, 403)."""
    QUOTA = "quota"
    """The account has nothing left."""
    TOO_LARGE = "too_large"
    """The request is too long, for the server (413) or for the model."""
    REQUEST = "request"
    """The server does not take this request (400, 422); it may take another."""
    FILTER = "filter"
    """The service's filter refuses what the request says."""
    ADDRESS = "address"
    """Nothing at this address answers such requests, or there is no such model (404 and all other refusals)."""


@dataclass(frozen=True, slots=True)
class Completion:
    """What a model wrote.

    Attributes:
        text: Empty if it refused.
        finish: Why it ended: ``stop``, ``length``, ``content_filter``, or what else the endpoint says.
        model: What the endpoint calls the model that answered.
        input_tokens: Tokens read, as the endpoint counts them; None: it did not say.
        output_tokens: Tokens written.
    """

    text: str
    finish: str
    model: str
    input_tokens: int | None
    output_tokens: int | None


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why there is no completion.

    Attributes:
        kind: What can be done.
        reason: A short stable word, for counts.
        message: One sentence: what is wrong, where, what to do.
        retry_after: Seconds that the server asked to wait; None: it did not say.
    """

    kind: TroubleKind
    reason: str
    message: str
    retry_after: float | None = None


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that a server asks to wait: ``retry-after-ms``, or ``Retry-After`` as seconds or a date; else None."""
    for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        try:
            return max(0.0, float(headers[name]) / unit)
        except (KeyError, ValueError):
            continue
    try:
        return max(0.0, parsedate_to_datetime(headers["retry-after"]).timestamp() - time.time())
    except (KeyError, ValueError, TypeError):
        return None
