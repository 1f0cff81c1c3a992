"""Draws what raters are shown, and writes it: a page, a table for crowd platforms, and the key."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final

from pydantic import ValidationError

from crossprompt.locales.languages import find_locale
from crossprompt.rating.crowd import crowd_table
from crossprompt.rating.errors import RatingError
from crossprompt.rating.page import render_page
from crossprompt.rating.quiz import pair_quizzes, targets_of
from crossprompt.rating.records import Item, Key, Window
from crossprompt.rating.rows import Row
from crossprompt.rating.settings import DrawSettings
from crossprompt.rating.windows import draw_windows
from crossprompt.storage.atomic import write_text_atomic
from crossprompt.storage.fingerprint import fingerprint_value

PAGE, CROWD, KEY = "rate.html", "items.csv", "key.json"
_SPARE: Final = 3
"""Spare windows drawn for each quiz item: the wordiest are taken, and others lend their translations."""
_ID_DIGITS: Final = 12


@dataclass(frozen=True, slots=True)
class ExportFiles:
    """Where an export was written."""

    page: Path
    """For raters."""
    crowd: Path
    """For crowd platforms: one row per item."""
    key: Path
    """Which items check the rater: not for raters."""


def draw_key(rows: Iterable[Row], settings: DrawSettings) -> Key:
    """Draw the windows and quiz items of every locale; one pass over the rows.

    The same rows and settings give the same key, whatever the order in which dialogues come.

    Args:
        rows: See :mod:`crossprompt.rating.rows`; of any locales.
        settings: How many windows, how long, and the seed.

    Raises:
        RatingError: There are no rows, a locale is missing, or it has too few windows.
        crossprompt.locales.languages.LocaleError: A locale asked for is not in the rows.
    """
    wanted = settings.windows + _SPARE * settings.quizzes
    windows = draw_windows(rows, turns=settings.turns, wanted=wanted, seed=settings.seed)
    if not windows:
        raise RatingError("there are no translations to draw from: name a corpus with accepted translations")
    locales = dict.fromkeys(find_locale(tag, windows) for tag in settings.locales) or sorted(windows)
    items = [item for locale in locales for item in _locale_items(locale, windows[locale], settings)]
    plain = settings.model_dump(mode="json")
    export = fingerprint_value([plain, [item.model_dump(mode="json") for item in items]])[:_ID_DIGITS]
    named = (item.model_copy(update={"id": _item_id(export, item.window)}) for item in items)
    return Key(export=export, settings=settings, items=tuple(named))


def write_export(key: Key, folder: Path) -> ExportFiles:
    """Write ``rate.html``, ``items.csv`` and ``key.json`` under ``folder``, each in one step, the key last."""
    files = ExportFiles(folder / PAGE, folder / CROWD, folder / KEY)
    write_text_atomic(files.page, render_page(key))
    write_text_atomic(files.crowd, crowd_table(key))
    write_text_atomic(files.key, key.model_dump_json(indent=1) + "\n")
    return files


def read_key(path: Path) -> Key:
    """The key of an export, from its file or its folder.

    Raises:
        RatingError: There is none, or it is damaged.
    """
    file = path / KEY if path.is_dir() else path
    try:
        return Key.model_validate_json(file.read_bytes())
    except FileNotFoundError:
        raise RatingError(f"{file} does not exist: name the folder that `crossprompt rate export` wrote") from None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the file"
        raise RatingError(f"{file} is no key of an export ({place}: {first['msg']}): get a fresh copy of it") from None


def _locale_items(locale: str, windows: Sequence[Window], settings: DrawSettings) -> list[Item]:
    """The items of one locale in the order they are shown, still without ids."""
    rated, spare = windows[: settings.windows], windows[settings.windows :]
    if len(rated) < settings.windows or len(spare) < settings.quizzes:
        raise RatingError(
            f"{locale} has {len(windows)} windows of {settings.turns} turns, and {settings.windows} to rate and "
            f"{settings.quizzes} quiz items are asked for: ask for fewer, or for shorter windows"
        )
    items = [Item(id="", window=window, shown=targets_of(window)) for window in rated]
    for window, donor in pair_quizzes(rated, spare, settings.quizzes):
        items.append(Item(id="", window=window, shown=targets_of(donor), shown_from=donor.name))
    Random(f"order\0{settings.seed}\0{locale}").shuffle(items)
    return items


def _item_id(export: str, window: Window) -> str:
    text = "\0".join((export, window.locale, window.name))
    return hashlib.sha256(text.encode()).hexdigest()[:_ID_DIGITS]
