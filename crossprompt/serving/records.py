"""What the API takes and gives."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field

from crossprompt.locales.languages import LocaleError, normalise_tag
from crossprompt.records import Record

MAX_UTTERANCES = 64
"""Utterances in one request."""
MAX_CHARACTERS = 2000
"""Characters of one utterance."""
MAX_INTENTS = 20
"""Intents that may be asked for."""
_LONGEST_TAG = 35
"""Characters that BCP 47 asks every reader of tags to have room for (RFC 5646, section 4.4.1)."""


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("holds nothing but white space")
    return text


def _known_locale(tag: str | None) -> str | None:
    if tag is None:
        return None
    if len(tag) > _LONGEST_TAG:
        raise ValueError(f"no BCP-47 tag is longer than {_LONGEST_TAG} characters")
    try:
        return normalise_tag(tag)
    except LocaleError as error:
        raise ValueError(str(error)) from None


Text = Annotated[str, Field(strict=True, min_length=1, max_length=MAX_CHARACTERS), AfterValidator(_not_blank)]
LocaleTag = Annotated[str | None, AfterValidator(_known_locale)]
"""MLflow reads the plain type inside, so that it stands outermost."""


class Utterance(Record):
    """Something that a user said to the assistant."""

    text: Text = Field(description="What was said, in any language.", examples=["set an alarm for seven"])
    locale: LocaleTag = Field(
        default=None,
        description="Its language and region as a BCP-47 tag, where they are known. It decides how words are told "
        "apart in the languages that the champion reads character by character, and is counted in the metrics.",
        examples=["sw-KE"],
    )


class PredictRequest(Record):
    """Utterances to understand."""

    utterances: list[Utterance] = Field(
        min_length=1, max_length=MAX_UTTERANCES, description="What is to be understood, in any mixture of languages."
    )
    top: Annotated[int, Field(strict=True, ge=1, le=MAX_INTENTS)] = Field(
        default=3, description="How many of the most probable intents to give."
    )
    compare: Annotated[bool, Field(strict=True)] = Field(
        default=False, description="Answer with the fresh prompt, too, where the champion has one."
    )


class IntentScore(Record):
    """An intent and its probability."""

    intent: str = Field(description="Its name in the training data, such as alarm_set.")
    score: float = Field(ge=0, le=1, description="Its probability; those of all intents sum to 1.")


class Slot(Record):
    """A part of the utterance that fills a slot."""

    slot: str = Field(description="Its name in the training data, such as date.")
    start: int = Field(description="Its first character, counted in Unicode code points of the text as it was sent.")
    end: int = Field(description="The character after its last one.")
    text: str = Field(description="The characters from start to end.")
    score: float = Field(ge=0, le=1, description="The probability of the least certain of its words.")


class Understanding(Record):
    """What one prompt makes of an utterance."""

    intents: tuple[IntentScore, ...] | None = Field(
        description="The most probable first; null if the champion was not tuned for intents."
    )
    slots: tuple[Slot, ...] | None = Field(
        description="In the order of the text; null if the champion was not tuned for slots."
    )


class Prediction(Understanding):
    """What the champion makes of an utterance."""

    text: str = Field(description="As it was sent.")
    locale: str | None = Field(description="As it was sent, in canonical form.")
    truncated: bool = Field(description="Whether the text was too long for the backbone, so that its end was not read.")
    fresh: Understanding | None = Field(
        default=None, description="The same by the fresh prompt, if it was asked for and is there."
    )


class ChampionLabel(Record):
    """Which champion answered."""

    version: str | None = Field(description="Its version in the registry, if it comes from one.")
    fingerprint: str = Field(description="The SHA-256 of what its bundle holds; equal ones are one model.")


class ChampionFacts(ChampionLabel):
    """What the champion can do."""

    backbone: str = Field(description="The frozen encoder that it steers.")
    languages: tuple[str, ...] = Field(description="Languages that its prompt was aligned with English on.")
    locales: tuple[str, ...] = Field(description="Locales that it was evaluated in.")
    tasks: tuple[str, ...] = Field(description="What it answers: intent, slots or both.")
    compares: bool = Field(description="Whether it holds a fresh prompt to compare with.")
    created: str = Field(description="When its bundle was made, UTC.")


class PredictResponse(Record):
    """Answers in the order of the request, all by one champion."""

    champion: ChampionLabel = Field(description="Who answered.")
    predictions: tuple[Prediction, ...] = Field(description="One for each utterance.")


class State(StrEnum):
    """Where a service is in its life."""

    STARTING = "starting"
    READY = "ready"
    STOPPING = "stopping"


class Health(Record):
    """The state of the service."""

    status: State = Field(description="Only a service that is ready should be sent requests.")
    champion: ChampionFacts | None = Field(default=None, description="Who answers; null while nobody does.")
    problem: str | None = Field(
        default=None, description="Why the service can't take over the champion that it should; it goes on with this."
    )


class ErrorAnswer(Record):
    """Why a request got no answer."""

    error: str = Field(description="One sentence.")
    problems: tuple[str, ...] = Field(default=(), description="Everything that is wrong with the request, by field.")
