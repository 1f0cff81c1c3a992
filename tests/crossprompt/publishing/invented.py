"""A small corpus in two languages, its verdicts, and the folder that is published of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from datasets import Dataset

from crossprompt.corpora.records import CorpusSummary, SplitCount
from crossprompt.publishing.corpus import describe_corpus
from crossprompt.publishing.facts import CorpusOrigin, EngineFacts, PublishedCorpus
from crossprompt.publishing.folder import publish_folder
from crossprompt.publishing.language import package
from crossprompt.publishing.settings import CutSettings, PublishingSettings
from crossprompt.quality.records import LocaleVerdict
from crossprompt.quality.rows import REFUSED_FEATURES
from crossprompt.rating.records import AspectScore, LocaleRating, RatingResult
from crossprompt.rating.settings import DrawSettings, ScreeningSettings
from crossprompt.translation.rows import TRANSLATION_FEATURES

SIZES = {"train": 3, "test": 2}
"""Dialogues by split; each has four turns."""
TURNS = 4
ORIGIN = CorpusOrigin(
    engines=(
        EngineFacts(name="memory", title="a translation memory", revision="a1" * 32, looks_up=True),
        EngineFacts(name="pseudo", revision="b2" * 32, settings={"protect_slots": "True", "expansion": "0.5"}),
    )
)
SMALL_FILES = CutSettings(rows_per_file=5, rows_per_group=2)


def rows(locale: str, **changes: Any) -> list[dict[str, Any]]:
    return [
        {
            "split": split,
            "dialogue_id": f"1_{number:05d}",
            "turn": turn,
            "locale": locale,
            "speaker": ("USER", "SYSTEM")[turn % 2],
            "source": f"A boat for {turn + 2} at noon, please.",
            "target": f"{locale} {split} {number} {turn}",
            "slots": [{"slot": "seats", "value": str(turn + 2)}],
            "engine": "memory" if turn else "pseudo",
            "nature": "translated",
        }
        | changes
        for split, dialogues in SIZES.items()
        for number in range(dialogues)
        for turn in range(TURNS)
    ]


def table(rows: list[dict[str, Any]]) -> Dataset:
    return Dataset.from_dict({name: [row[name] for row in rows] for name in TRANSLATION_FEATURES}, TRANSLATION_FEATURES)


def refused(*rows: dict[str, Any]) -> Dataset:
    return Dataset.from_dict({name: [row[name] for row in rows] for name in REFUSED_FEATURES}, REFUSED_FEATURES)


def verdict(locale: str, *, kept: bool = True, rows: int = 20, accepted: int = 20) -> LocaleVerdict:
    return LocaleVerdict(
        locale=locale,
        nature="translated",
        engine="memory",
        rows=rows,
        accepted=accepted,
        required_share=0.9,
        kept=kept,
        checks=(),
        absent_dialogues=1,
    )


def source(corpus: str = "sgd") -> CorpusSummary:
    counts = tuple(
        SplitCount(split=split, read=number + 1, accepted=number, refused=1, turns=number * TURNS)
        for split, number in SIZES.items()
    )
    return CorpusSummary(
        corpus=corpus,
        location="/somebody/at/home",
        fingerprint="5be1" * 16,
        counts=counts,
        reasons={"span_outside_text": 2},
    )


def rating() -> RatingResult:
    """Of Swahili alone; the raters' answers on fluency were all equal."""
    score = AspectScore(mean=0.91, std=0.1, low=0.88, high=0.94, agreeing=0.97, alpha=0.61, difference=0.1)
    locale = LocaleRating(
        locale="sw", items=100, rated=98, quizzes=10, rows=330, kept=294, quiz_rows=30, excluded={}, raters=(),
        meaning=score, fluency=score.model_copy(update={"alpha": None}),
    )  # fmt: skip
    return RatingResult(
        export="0" * 12, draw=DrawSettings(), screening=ScreeningSettings(), files=3, rows=330, unknown_rows=0,
        locales=(locale,),
    )  # fmt: skip


def publish(folder: Path, parts: Path, locales: tuple[str, ...] = ("sw", "zh-TW")) -> PublishedCorpus:
    """Package each language into ``parts``, publish all to ``folder``."""
    bad = rows("sw")[1] | {"reasons": ["length", "no_markup"]}
    languages = [
        package(table(rows(locale)), refused(bad), verdict(locale), parts / locale, SMALL_FILES) for locale in locales
    ]
    corpus = describe_corpus(
        PublishingSettings(name="harbour", title="Talks at a harbour"),
        source(),
        ORIGIN,
        languages,
        [verdict(locale) for locale in locales],
    )
    publish_folder(folder, corpus, [parts / locale for locale in locales])
    return corpus
