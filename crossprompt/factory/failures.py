"""What is done about a failed call: whether to ask again, after which wait, and what the attempt cost."""

from __future__ import annotations

from collections.abc import Callable

from tenacity import RetryCallState, wait_exponential_jitter

from crossprompt.factory.ledger import Charge
from crossprompt.factory.link import Link
from crossprompt.factory.prices import Amount
from crossprompt.factory.settings import DispatchSettings
from crossprompt.translation.engine import EngineError, Failure, TranslationCall, TranslationReply


def checked(call: TranslationCall, reply: TranslationReply) -> TranslationReply:
    """``reply``, once it is sure that it answers ``call`` one for one.

    Raises:
        EngineError: ``Failure.CONTENT`` if the count is wrong or a text is no Unicode; ``Failure.DIALOGUE`` if the
            engine's own sources belong to another dialogue.
    """
    asked, given = call.stop - call.start, len(reply.targets)
    if given != asked or (reply.sources is not None and len(reply.sources) != asked):
        sources = given if reply.sources is None else len(reply.sources)
        raise _misfit(
            reply,
            "wrong_count",
            f"{call.name}: {asked} utterances sent, {given} targets and {sources} sources came back",
        )
    for number, target in enumerate(reply.targets, start=call.start):
        if target is not None and not _is_unicode(target):
            raise _misfit(reply, "no_unicode", f"{call.name}: the target of turn {number} holds half a character")
    for number, (own, source) in enumerate(zip(call.turns, reply.sources or call.turns, strict=True), start=call.start):
        if own.speaker is not source.speaker:
            said_by = source.speaker.value
            raise EngineError(
                Failure.DIALOGUE, "other_speaker", f"turn {number} is said by {said_by} in the engine's source"
            )
    return reply


def charge_of(error: EngineError, link: Link, bound: Amount) -> Charge | None:
    """What a failed attempt cost; None: nothing. Where the engine doesn't say: a reply that does not fit was paid, a
    refusal was not, and of a failure that may pass nobody knows.
    """
    refused = error.failure in (Failure.DIALOGUE, Failure.FATAL)
    if error.billed is False or (error.billed is None and refused):
        return None
    certain = error.billed is True or error.failure is Failure.CONTENT
    amount = link.billed(bound, error.tokens)
    return Charge(amount, link.cost(amount), certain)


def waiting(settings: DispatchSettings) -> Callable[[RetryCallState], float]:
    """Seconds before the next attempt: doubled each time, with jitter, and never less than the service asked for."""
    first, longest = settings.first_wait_seconds, settings.longest_wait_seconds
    backoff = wait_exponential_jitter(multiplier=first, max=longest, jitter=first)

    def wait(state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        told = error.retry_after if isinstance(error, EngineError) else None
        return max(backoff(state), told or 0.0)

    return wait


class Patience:
    """How often one call may fail before it is given up; each kind of failure has a count of its own."""

    def __init__(self, settings: DispatchSettings) -> None:
        self._left = {Failure.TRANSIENT: settings.max_attempts, Failure.CONTENT: settings.content_attempts}

    def allows_another(self, error: EngineError) -> bool:
        """Count a failure; whether the call may be sent again."""
        self._left[error.failure] = self._left.get(error.failure, 0) - 1
        return not self.is_spent(error)

    def is_spent(self, error: EngineError) -> bool:
        """Whether failures like this one have come as often as they may."""
        return self._left.get(error.failure, 0) <= 0


def _misfit(reply: TranslationReply, reason: str, message: str) -> EngineError:
    return EngineError(Failure.CONTENT, reason, message, billed=True, tokens=reply.tokens)


def _is_unicode(text: str) -> bool:
    """Whether ``text`` can be written as UTF-8: it can't where a JSON escape gave half of a surrogate pair."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
