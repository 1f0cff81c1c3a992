"""Do the numbers of an English text stand in its translation, as values?

"7:30 pm" may be "19:30", "19h30" or "৭:৩০"; "2,340" may be "2.340" or "2 340". Small numbers may be words. A
number word of the source may be digits in the target, so words explain digits but never demand them.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import regex

LARGEST_WORD = 12
"""Numbers up to this one are often written out; greater ones that vanish are an error."""

_SPOKEN_MINUTES = frozenset({0, 15, 30, 45})
"""Minutes that languages have words for (half, quarter): "half eight", "quarter to four"."""

_CLOCK_FROM_SUNRISE = frozenset({"am", "om", "sw", "ti"})
"""Languages that may count the hours of the day from six o'clock."""

_NUMBER = regex.compile(
    r"(?P<hour>\d{1,2})(?:[:.](?P<minute>\d\d))?\s*(?P<half>[ap])\.?m\b\.?"
    r"|(?P<clock>\d{1,2}):(?P<minutes>[0-5]\d)(?!\d)"
    r"|(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\d)|\d+(?:\.\d+)?)",
    regex.IGNORECASE,
)
_TARGET_NUMBER = regex.compile(r"\d+(?:[.,:'’٫٬\u00a0\u202f\u2009 hH.-]\d+)*")
_DIGITS = regex.compile(r"\d+")
_WORD = regex.compile(r"[a-z]+")

_UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
)
_ORDINALS = (
    "zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth "
    "fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth"
)
_TENS = {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}
_TENTHS = {"twentieth": 20, "thirtieth": 30}
_MONTHS = "january february march april may june july august september october november december"
_WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_OTHER_WORDS = {
    "a": {1}, "an": {1}, "single": {1}, "once": {1}, "both": {2}, "pair": {2}, "couple": {2}, "twice": {2},
    "double": {2},
    "half": {30}, "quarter": {15, 45}, "dozen": {12}, "noon": {12}, "midday": {12}, "midnight": {0, 12, 24},
    "hundred": {100}, "thousand": {1000},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class SourceNumber:
    """A number or a time of day in an English text.

    ``values`` are the digit strings (no separators, no leading zeros) that may stand for it, or for the hour of a time;
    ``minutes`` are the minutes of a time.
    """

    text: str
    values: frozenset[str]
    minutes: int | None
    small: bool


@dataclass(frozen=True, slots=True)
class NumberFinding:
    """Numbers of the source that the target lacks, and numbers of the target that nothing in the source explains."""

    missing: tuple[SourceNumber, ...]
    added: tuple[str, ...]

    @property
    def kept(self) -> bool:
        """No number contradicts the source, and none is missing but small ones, which may be words."""
        return not self.missing or (not self.added and all(number.small for number in self.missing))


def compare_numbers(source: str, target: str, language: str) -> NumberFinding:
    """What happened to the numbers of an English ``source`` in its translation into ``language`` (ISO 639 code)."""
    demanded, explained = _read_source(source, language in _CLOCK_FROM_SUNRISE)
    tokens = [_read_token(found) for found in _TARGET_NUMBER.findall(fold_digits(target))]
    if not demanded and not tokens:
        return NumberFinding((), ())
    present = frozenset[str]().union(*(token.readings for token in tokens))
    missing = tuple(number for number in demanded if not _is_present(number, tokens, present))
    allowed = explained.union(*(number.values for number in demanded))
    minutes = frozenset(str(number.minutes) for number in demanded if number.minutes is not None)
    source_digits = "".join(_DIGITS.findall(source))
    added = (t for t in tokens if not _is_explained(t, allowed, minutes) and not _is_run_of(t.digits, source_digits))
    moved = (t for t in tokens for number in missing if _tells_other_minutes(t, number))
    return NumberFinding(missing, tuple(dict.fromkeys(token.text for token in (*added, *moved))))


def is_number_word(word: str) -> bool:
    """Whether an English word stands for a number: ``two``, ``third``, ``noon``."""
    return word.lower() in _word_values()


@lru_cache(maxsize=1 << 16)
def fold_digits(text: str) -> str:
    """``text`` with the digits of every script, and Arabic and full-width separators, as ASCII."""
    if text.isascii():
        return text
    folded = (str(unicodedata.decimal(c)) if unicodedata.category(c) == "Nd" else c for c in text)
    return "".join(folded).replace("٫", ".").replace("٬", ",").replace("：", ":").replace("，", ",")


@lru_cache(maxsize=1 << 16)
def _read_source(text: str, from_sunrise: bool) -> tuple[tuple[SourceNumber, ...], frozenset[str]]:
    numbers = tuple(_source_number(match, from_sunrise) for match in _NUMBER.finditer(text))
    return numbers, _values_of_words(text.lower())


def _source_number(match: regex.Match[str], from_sunrise: bool) -> SourceNumber:
    hour, minute = match["hour"] or match["clock"], match["minute"] or match["minutes"]
    if hour is None:
        return _plain_number(match["number"])
    minutes = int(minute or 0)
    hours = _hours(int(hour), (match["half"] or "").lower(), from_sunrise)
    if minutes in _SPOKEN_MINUTES and minutes:
        hours |= {(h + 1) % 24 for h in hours}
    return SourceNumber(match.group(), frozenset(map(str, hours)), minutes, minutes in _SPOKEN_MINUTES)


def _plain_number(text: str) -> SourceNumber:
    whole, _, fraction = text.replace(",", "").partition(".")
    fraction = fraction.rstrip("0")
    value = _strip(whole) if not fraction else f"{_strip(whole)}.{fraction}"
    small = not fraction and not whole.startswith("0") and int(whole) <= LARGEST_WORD
    return SourceNumber(text, frozenset({value}), None, small)


def _hours(hour: int, half: str, from_sunrise: bool) -> set[int]:
    """Hours that may be written for ``hour``; ``half`` is ``a``, ``p`` or empty."""
    hours = {hour, hour % 12}
    if half != "a":
        hours |= {hour % 12 + 12}
    if half == "a" and hour == 12:
        hours |= {0, 24}
    if from_sunrise:
        hours |= {(h + 6) % 12 or 12 for h in hours}
    return hours


def _values_of_words(text: str) -> frozenset[str]:
    values: set[int] = set()
    tens = 0
    for word in _WORD.findall(text):
        found = _word_values().get(word, frozenset())
        values |= found
        values |= {tens + value for value in found if tens and 0 < value < 10}
        tens = next(iter(found)) if word in _TENS else 0
    hours = {value + 12 for value in values if 0 < value < 12}
    return frozenset(map(str, values | hours | {0} if hours else values))


@lru_cache(maxsize=1)
def _word_values() -> dict[str, frozenset[int]]:
    table: dict[str, set[int]] = {word: set(values) for word, values in _OTHER_WORDS.items()}
    for words in (_UNITS, _ORDINALS):
        for value, word in enumerate(words.split()):
            table.setdefault(word, set()).add(value)
    for word, value in (_TENS | _TENTHS).items():
        table[word] = {value}
    for value, word in enumerate(_MONTHS.split(), start=1):
        table.setdefault(word, set()).add(value)
    for value, word in enumerate(_WEEKDAYS, start=1):
        table.setdefault(word, set()).update({value, value + 1})
    return {word: frozenset(values) for word, values in table.items()}


@dataclass(frozen=True, slots=True)
class _Token:
    """A run of digits and separators in a target, and every value it may have."""

    text: str
    groups: tuple[str, ...]
    digits: str
    readings: frozenset[str]


@lru_cache(maxsize=1 << 16)
def _read_token(text: str) -> _Token:
    groups = tuple(_DIGITS.findall(text))
    digits = "".join(groups)
    readings = {_strip(group) for group in groups}
    if len(groups) > 1:
        head, tail = _strip("".join(groups[:-1])), groups[-1].rstrip("0")
        readings |= {_strip(digits), f"{head}.{tail}" if tail else head}
    return _Token(text, groups, digits, frozenset(readings))


def _is_present(number: SourceNumber, tokens: list[_Token], present: frozenset[str]) -> bool:
    if number.minutes is not None:
        return any(_tells_time(token, number, present) for token in tokens)
    digits = "".join(_DIGITS.findall(number.text))
    return bool(number.values & present) or any(_is_run_of(digits, token.digits) for token in tokens)


def _tells_time(token: _Token, number: SourceNumber, present: frozenset[str]) -> bool:
    if _strip(token.groups[0]) not in number.values:
        return False
    if len(token.groups) > 1:
        return int(token.groups[1]) == number.minutes
    return number.minutes in _SPOKEN_MINUTES or str(number.minutes) in present


def _is_explained(token: _Token, allowed: frozenset[str], minutes: frozenset[str]) -> bool:
    """Whether the source has a value of ``token``; minutes count only alone (``30分``), not in ``6:30``."""
    return bool(token.readings & (allowed if len(token.groups) > 1 else allowed | minutes))


def _tells_other_minutes(token: _Token, number: SourceNumber) -> bool:
    """Whether ``token`` has the hour of a time that is missing, with minutes that are not its own."""
    return number.minutes is not None and len(token.groups) > 1 and _strip(token.groups[0]) in number.values


def _is_run_of(digits: str, longer: str) -> bool:
    """Whether ``digits`` stand in a longer run, as the parts of a telephone number do."""
    return len(digits) >= 3 and digits in longer


def _strip(digits: str) -> str:
    return digits.lstrip("0") or "0"
