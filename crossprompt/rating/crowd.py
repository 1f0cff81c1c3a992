"""The table for crowd platforms: one row per item, under a header, in cells that no spreadsheet takes for formulas."""

from __future__ import annotations

import csv
import io
from typing import Final

from crossprompt.locales.languages import describe_locale
from crossprompt.rating.records import Item, Key

COLUMNS: Final = ("export", "item", "locale", "language", "direction", "source", "translation")
TURNS_APART: Final = " | "
"""Between the turns of a window: platforms don't agree on what a line break in a cell is."""
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_GUARD: Final = "'"


def crowd_table(key: Key) -> str:
    """Every item of the export as comma-separated values; nothing tells quiz items from the others."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows([safe_cell(cell) for cell in _cells(key.export, item)] for item in key.items)
    return stream.getvalue()


def safe_cell(text: str) -> str:
    """``text`` on one line; with an apostrophe before it if a spreadsheet would take it for a formula."""
    line = " ".join(text.split())
    return _GUARD + line if text.startswith(_FORMULA) or line.startswith(_FORMULA) else line


def plain_cell(cell: str) -> str:
    """What :func:`safe_cell` was given, but for white space at its ends."""
    return cell[1:] if cell.startswith(_GUARD) and cell[1:].startswith(_FORMULA) else cell


def _cells(export: str, item: Item) -> tuple[str, ...]:
    locale = describe_locale(item.window.locale)
    return (
        export,
        item.id,
        locale.tag,
        locale.english_name,
        "rtl" if locale.right_to_left else "ltr",
        TURNS_APART.join(turn.source for turn in item.window.turns),
        TURNS_APART.join(item.shown),
    )
