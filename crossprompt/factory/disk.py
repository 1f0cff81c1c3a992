"""How much disk a corpus takes, estimated before it is there.

Texts decide most of it: the source's bytes are known, a target's follow from its script. The rest is the same for every
row or call; the constants here were measured on tables and ledgers that the project wrote, and a test holds them to it.
How long a language's texts are is a guess (COD's have 0.8 to 1.4 characters for each English one): the sum is good for
"does it fit".
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from crossprompt.factory.plan_records import DiskPlan
from crossprompt.factory.prices import Amount
from crossprompt.locales.languages import LocaleError, describe_locale

ROW_BYTES: Final = 90
"""A row of translations in Arrow besides its two texts: ids, locale, names, offsets, slot values."""
TABLES: Final = 2
"""Arrow tables that hold every row: as translated, and as accepted."""
CALL_BYTES: Final = 500
"""A call in the ledger besides its targets: key, names, indexes."""
PARQUET_SHARE: Final = 0.4
"""Of the texts, compressed: 0.37 to 0.41 for the four languages of COD."""
_UNKNOWN_SCRIPT: Final = 2.0


@dataclass(slots=True)
class TextSize:
    """Texts, counted."""

    utterances: int = 0
    characters: int = 0
    """Unicode code points."""
    bytes: int = 0
    """In UTF-8."""

    def without(self, part: TextSize) -> TextSize:
        """The rest, when ``part`` is taken away."""
        return TextSize(self.utterances - part.utterances, self.characters - part.characters, self.bytes - part.bytes)


@lru_cache(maxsize=1024)
def bytes_per_character(locale: str) -> float:
    """Bytes of UTF-8 in a character of the script of ``locale``, told from the language's own name: 1 to 3."""
    try:
        name = describe_locale(locale).autonym
    except LocaleError:
        return _UNKNOWN_SCRIPT
    letters = [letter for letter in name if letter.isalpha()]
    return len("".join(letters).encode()) / len(letters) if letters else _UNKNOWN_SCRIPT


def language_disk(locale: str, text: TextSize, ledger: Amount) -> DiskPlan:
    """What one language takes.

    Args:
        locale: Decides how many bytes a character has; as many characters as in English are assumed.
        text: The English corpus, as far as it is still to be translated.
        ledger: The calls that the ledger is to keep.
    """
    width = bytes_per_character(locale)
    both = text.bytes + round(text.characters * width)
    return DiskPlan(
        ledger=ledger.calls * CALL_BYTES + round(ledger.characters * width),
        tables=TABLES * (text.utterances * ROW_BYTES + both),
        published=round(PARQUET_SHARE * both),
    )


def whole_disk(languages: Sequence[DiskPlan], folder: Path) -> DiskPlan:
    """All languages together, and what the disk that ``folder`` is or will be on has left."""
    there = next(place for place in (folder, *folder.parents) if place.exists())
    return DiskPlan(
        ledger=sum(disk.ledger for disk in languages),
        tables=sum(disk.tables for disk in languages),
        published=sum(disk.published for disk in languages),
        free=shutil.disk_usage(there).free,
    )
