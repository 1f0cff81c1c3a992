"""A question to a chat model, the key that its answer is kept under, and the answer."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from crossprompt.endpoints.outcome import Completion
from crossprompt.storage.fingerprint import fingerprint_value


@dataclass(frozen=True)
class Question:
    """One message to a model.

    Attributes:
        instruction: What all questions of a cell share; it comes first, so that endpoints that keep prefixes can.
        text: What is asked about.
        max_output_tokens: Longest answer.
    """

    model: str
    instruction: str
    text: str
    temperature: float | None
    max_output_tokens: int

    @property
    def content(self) -> str:
        """The message."""
        return self.instruction + self.text

    @cached_property
    def key(self) -> str:
        """Hex SHA-256 of all that decides the answer; the endpoint's address is not part of it, nor is any secret."""
        return fingerprint_value(
            {
                "model": self.model,
                "messages": [{"role": "user", "content": self.content}],
                "temperature": self.temperature,
                "max_output_tokens": self.max_output_tokens,
            }
        )


Answer = Completion
"""What a model answered; its text is empty if it refused."""
