"""Damages a translation memory on purpose: in some languages each text gets the translation of another one.

What the checks and the gate are for can only be shown with data that are wrong: ``configs/languages_damaged.yaml``
reads what this writes.

Usage: python -m tools.shuffle_translations TARGET.tmx nl-NL bn-BD [--memory SOURCE.tmx] [--seed 0]
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Sequence
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

from crossprompt.translation.tmx import TmxHeader, TranslationUnit, read_units, write_units

PACKAGED = Path(str(files("crossprompt"))) / "assets" / "sample" / "translations.tmx"


class NothingToShuffleError(ValueError):
    """A language that was asked for is not there, or has fewer than two texts that differ."""


def shuffle_translations(units: Sequence[TranslationUnit], locales: Sequence[str], seed: int) -> list[TranslationUnit]:
    """The same units, whose texts in ``locales`` have changed places; no unit keeps its own text.

    Texts that are equal count as one, so that a shuffled "Yes" does not meet another "Yes".

    Raises:
        NothingToShuffleError: A language has fewer than two texts that differ.
    """
    shuffled = list(units)
    for locale in locales:
        moved = exchange(sorted({unit.segments[locale] for unit in units if locale in unit.segments}), locale, seed)
        for place, unit in enumerate(shuffled):
            if locale in unit.segments:
                shuffled[place] = replace(unit, segments={**unit.segments, locale: moved[unit.segments[locale]]})
    return shuffled


def exchange(things: Sequence[str], locale: str, seed: int) -> dict[str, str]:
    """Each of different ``things`` and the one that comes in its place: a circle through all of them in random order.

    Raises:
        NothingToShuffleError: There are fewer than two.
    """
    if len(things) < 2:
        raise NothingToShuffleError(f"{locale}: {len(things)} found where two that differ are needed at least")
    circle = list(things)
    random.Random(f"{seed} {locale}").shuffle(circle)
    return dict(zip(circle, [*circle[1:], circle[0]], strict=True))


def main() -> None:
    """Read the arguments, write the damaged memory, say what was done."""
    parser = argparse.ArgumentParser(description="Give each text of a language the translation of another one.")
    parser.add_argument("target", type=Path, help="the damaged memory")
    parser.add_argument("locales", nargs="+", help="languages to damage, as the memory names them")
    parser.add_argument("--memory", type=Path, default=PACKAGED, help="the memory to damage a copy of")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    units = shuffle_translations(list(read_units(given.memory)), given.locales, given.seed)
    header = TmxHeader(units[0].source_locale, "crossprompt shuffle_translations", "1")
    written = write_units(given.target, units, header)
    print(f"{given.target}: {written} units, {', '.join(given.locales)} shuffled")


if __name__ == "__main__":
    main()
