"""What the language gate can tell apart: confusions of right text, and texts presented as another language.

``python -m crossprompt.quality.confusion docs/validation.md`` measures the packaged sample and replaces the
generated part of that page.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from crossprompt.corpora.ingest import ingest_dialogues
from crossprompt.corpora.settings import DialogueSettings
from crossprompt.quality.language import context_of, identify, identify_dialogue, labels_of_locale, weigh_row
from crossprompt.quality.scripts import is_in_script_of
from crossprompt.records import Record
from crossprompt.storage.atomic import write_text_atomic
from crossprompt.translation.engine import load_engine
from crossprompt.translation.settings import EngineSettings, TranslationSettings
from crossprompt.translation.translate import translate_dialogues

LocaleTexts = Mapping[str, Sequence[str]]
"""Texts of the turns by dialogue, in order."""

CLOSE_PAIRS = (
    ("nb-NO", "da-DK"), ("da-DK", "sv-SE"), ("nb-NO", "sv-SE"), ("id-ID", "ms-MY"), ("jv-ID", "id-ID"),
    ("jv-ID", "ms-MY"), ("zh-CN", "zh-TW"), ("ja-JP", "zh-TW"), ("fa-IR", "ur-PK"), ("fa-IR", "ar-SA"),
    ("af-ZA", "nl-NL"), ("nl-NL", "de-DE"), ("ca-ES", "es-ES"), ("es-ES", "pt-PT"), ("es-ES", "it-IT"),
    ("az-AZ", "tr-TR"), ("mn-MN", "ru-RU"), ("sl-SL", "pl-PL"), ("is-IS", "da-DK"), ("tl-PH", "id-ID"),
)  # fmt: skip
"""Locales whose languages are easily taken for each other; measured in both directions."""

_BEGIN, _END = "<!-- generated: begin -->", "<!-- generated: end -->"


class LocaleConfusion(Record):
    """Right text of one locale. ``alone`` counts the identifier's answers on single rows that are wrong."""

    locale: str
    rows: int
    alone_right: int
    alone: tuple[tuple[str, int], ...]
    refused: int
    """Rows that the gate refuses for script or language, each read with its dialogue."""


class Swap(Record):
    """Text of ``text`` presented as ``shown``; shares of rows between 0 and 1."""

    text: str
    shown: str
    whole: float
    """Rows refused when whole dialogues are of the wrong language."""
    single: float
    """Rows refused when one row of the wrong language stands in a right dialogue."""


def measure_confusion(locale: str, texts: LocaleTexts) -> LocaleConfusion:
    """How right text of ``locale`` fares: with the identifier on single rows, and at the gate."""
    rows = [text for turns in texts.values() for text in turns]
    answers = Counter(identify(text) for text in rows)
    own = labels_of_locale(locale)
    wrong = tuple((label, count) for label, count in answers.most_common() if label not in own)
    right = sum(answers[label] for label in own)
    refused = round(refused_share(texts, locale) * len(rows))
    return LocaleConfusion(locale=locale, rows=len(rows), alone_right=right, alone=wrong, refused=refused)


def refused_share(texts: LocaleTexts, locale: str) -> float:
    """Share of rows refused for script or language if all ``texts`` are presented as ``locale``."""
    verdicts: list[bool] = []
    for turns in texts.values():
        evidence = identify_dialogue(dict(enumerate(turns)), locale)
        verdicts += [at.margin > 0 or not is_in_script_of(turns[turn], locale) for turn, at in evidence.items()]
    return float(np.mean(verdicts))


def measure_swap(text: str, shown: str, corpus: Mapping[str, LocaleTexts]) -> Swap:
    """What the gate does with text of the locale ``text`` that is presented as ``shown``.

    Raises:
        KeyError: ``corpus`` lacks one of the locales.
    """
    return Swap(
        text=text, shown=shown, whole=refused_share(corpus[text], shown), single=_single_share(text, shown, corpus)
    )


def _single_share(text: str, shown: str, corpus: Mapping[str, LocaleTexts]) -> float:
    verdicts: list[bool] = []
    for dialogue, right in corpus[shown].items():
        context = context_of(right, shown)
        for row in corpus[text][dialogue]:
            verdicts.append(weigh_row(row, context, shown).margin > 0 or not is_in_script_of(row, shown))
    return float(np.mean(verdicts))


def random_pairs(locales: Sequence[str], count: int, seed: int) -> list[tuple[str, str]]:
    """``count`` distinct ordered pairs of different locales, none of them close in either direction."""
    close = {frozenset(pair) for pair in CLOSE_PAIRS}
    pairs = [(a, b) for a in locales for b in locales if a != b and frozenset((a, b)) not in close]
    order = np.random.default_rng(seed).permutation(len(pairs))
    return [pairs[at] for at in order[:count]]


def read_sample() -> dict[str, LocaleTexts]:
    """The packaged sample's translations, and its English text as ``en-US``: texts by locale and dialogue."""
    dialogues = ingest_dialogues(DialogueSettings(), progress=False).dialogues
    engine, settings = load_engine(EngineSettings()), TranslationSettings()
    corpus: dict[str, dict[str, list[str]]] = {"en-US": {}}
    for row in dialogues:
        corpus["en-US"][row["dialogue_id"]] = [turn["utterance"] for turn in row["turns"]]
    for locale in engine.locales():
        texts = corpus.setdefault(locale, {})
        for row in translate_dialogues(dialogues, locale, engine, settings, progress=False):
            texts.setdefault(row["dialogue_id"], []).append(row["target"])
    return dict(corpus)


def render_tables(confusions: Iterable[LocaleConfusion], close: Iterable[Swap], random: Iterable[Swap]) -> str:
    """The generated part of ``docs/validation.md``."""
    lines = [
        "### Right text, by locale",
        "",
        "| locale | rows | identifier right, single rows | its errors on single rows | refused at the gate |",
        "|---|---:|---:|---|---:|",
        *(_confusion_line(item) for item in confusions),
        "",
        "### Close pairs, swapped",
        "",
        *_swap_table(close),
        "",
        "### Other pairs, drawn at random, and English",
        "",
        *_swap_table(random),
    ]
    return "\n".join(lines)


def _confusion_line(item: LocaleConfusion) -> str:
    errors = ", ".join(f"{label} {count}" for label, count in item.alone[:4]) or "none"
    return f"| {item.locale} | {item.rows} | {item.alone_right / item.rows:.1%} | {errors} | {item.refused} |"


def _swap_table(swaps: Iterable[Swap]) -> list[str]:
    head = [
        "| text of | shown as | whole dialogues: rows caught | language caught | single rows caught |",
        "|---|---|---:|---|---:|",
    ]
    return head + [
        f"| {s.text} | {s.shown} | {s.whole:.1%} | {'yes' if s.whole > 0.1 else 'no'} | {s.single:.1%} |" for s in swaps
    ]


def measure(corpus: Mapping[str, LocaleTexts], others: int = 20, seed: int = 0) -> str:
    """All tables as Markdown: confusions, close pairs both ways, ``others`` random pairs, English."""
    locales = sorted(locale for locale in corpus if locale != "en-US")
    both = [pair for a, b in CLOSE_PAIRS for pair in ((a, b), (b, a)) if {a, b} <= set(locales)]
    rest = random_pairs(locales, others, seed) + [("en-US", locale) for locale in locales[:: max(1, len(locales) // 6)]]
    return render_tables(
        [measure_confusion(locale, corpus[locale]) for locale in locales],
        [measure_swap(text, shown, corpus) for text, shown in both],
        [measure_swap(text, shown, corpus) for text, shown in rest],
    )


def replace_generated(page: str, tables: str) -> str:
    """``page`` with the part between the two markers replaced by ``tables``.

    Raises:
        ValueError: A marker is missing.
    """
    if _BEGIN not in page or _END not in page:
        raise ValueError(f"the page lacks the markers {_BEGIN} and {_END} around its generated part; put them back")
    return page[: page.index(_BEGIN) + len(_BEGIN)] + f"\n\n{tables}\n\n" + page[page.index(_END) :]


def main(arguments: Sequence[str]) -> None:
    """Print the tables of the packaged sample, or put them into the page that is named as the only argument."""
    tables = measure(read_sample())
    if not arguments:
        print(tables)
        return
    page = Path(arguments[0])
    write_text_atomic(page, replace_generated(page.read_text(encoding="utf-8"), tables))


if __name__ == "__main__":
    main(sys.argv[1:])
