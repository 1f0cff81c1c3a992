"""How the report writes numbers: one way for each kind, and an en dash for what does not exist."""

from __future__ import annotations

import math
import re

ABSENT = "–"
MINUS = "−"
SMALLEST_P = 0.001
_HYPHEN_MINUS = re.compile(r"(?<![\w.-])-(?=\d)")
_TIES = re.compile(r"(?<=\d) (?=%)|(?<=\bp) (?=[<=])|(?<=p [<=]) (?=\d)")


def finite(value: float | None) -> float | None:
    """``value``, or None where it is missing, NaN or infinite."""
    return None if value is None or not math.isfinite(value) else value


def number(value: float | None, digits: int = 1) -> str:
    """A plain number such as ``62.4``; a negative one gets a true minus sign."""
    known = finite(value)
    if known is None:
        return ABSENT
    text = f"{known:,.{digits}f}"
    return text.removeprefix("-") if float(text.replace(",", "")) == 0 else text.replace("-", MINUS)


def signed(value: float | None, digits: int = 1) -> str:
    """A difference such as ``+3.1``, ``−0.4`` or ``0.0``."""
    text = number(value, digits)
    known = finite(value)
    return f"+{text}" if known is not None and known > 0 and text.strip("0.") else text


def count(value: float | None) -> str:
    """A whole number with thousands separators."""
    return number(value, 0)


def p_value(value: float | None) -> str:
    """A p value: two significant digits, never below ``< 0.001``."""
    known = finite(value)
    if known is None:
        return ABSENT
    if known < SMALLEST_P:
        return f"< {SMALLEST_P}"
    return f"{known:.3f}" if known < 0.1 else f"{known:.2f}"


def p_phrase(value: float | None) -> str:
    """A p value within a sentence: ``p = 0.021``, ``p < 0.001``, or ``p unknown``."""
    text = p_value(value)
    if text == ABSENT:
        return "p unknown"
    return f"p {text}" if text.startswith("<") else f"p = {text}"


def rate(value: float | None) -> str:
    """A learning rate without needless zeros: ``0.1``, ``0.005``."""
    known = finite(value)
    return ABSENT if known is None else f"{known:g}"


def duration(seconds: float | None) -> str:
    """A span of time in its two largest units: ``41 s``, ``12 min 5 s``, ``2 h 10 min``."""
    known = finite(seconds)
    if known is None:
        return ABSENT
    whole = round(known)
    if whole < 60:
        return f"{known:.1f} s" if known < 10 else f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def plural(amount: int, one: str, many: str | None = None) -> str:
    """``1 locale``, ``52 locales``."""
    return f"{count(amount)} {one if amount == 1 else many or one + 's'}"


def shots_in_words(shots: int | None) -> str:
    """``5 shots``, or ``all data``."""
    return "all data" if shots is None else plural(shots, "shot")


def spread(mean: float | None, std: float | None) -> str:
    """``55.2 ± 1.3``; without a deviation the mean alone."""
    return number(mean) if std is None else f"{number(mean)} ± {number(std)}"


def interval(low: float | None, high: float | None) -> str:
    """Where a score lies: ``51.0 to 54.2``."""
    return f"{number(low)} to {number(high)}"


def signed_interval(low: float | None, high: float | None) -> str:
    """Where a difference lies: ``−0.4 to +2.1``."""
    return f"{signed(low)} to {signed(high)}"


def tied(text: str) -> str:
    """``text`` with the blanks that must not end a line made unbreakable: before ``%``, and inside ``p = 0.02``.

    A hyphen before a number becomes a true minus sign.
    """
    return _HYPHEN_MINUS.sub(MINUS, _TIES.sub("\u00a0", text))
