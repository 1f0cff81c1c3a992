"""Line charts laid out by hand: Python finds the places, ``chart.html`` draws them as SVG in the page's colours."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from crossprompt.reports.formats import MINUS

Point = tuple[float, float]
Span = tuple[float, float]

WIDTH, HEIGHT = 520, 300
LEFT, RIGHT, TOP, BOTTOM = 46, 14, 14, 44
MOST_NAMES = 24
"""Languages whose codes fit under an axis."""
PERCENT: Span = (0.0, 100.0)
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True)
class Line:
    """A series in data units. ``css`` names its look; ``mix`` (0 to 100) is its place on the colour scale of rates."""

    label: str
    points: tuple[Point, ...]
    css: str
    mix: int | None = None
    marks: tuple[Point, ...] = ()
    dots: bool = False
    joined: bool = True
    """Whether its points are joined by a path; where not, they are drawn as dots."""


@dataclass(frozen=True)
class Tick:
    """A place on an axis, in drawing units, and its label."""

    at: float
    label: str


@dataclass(frozen=True)
class DrawnLine:
    """A series in drawing units: an SVG path, and circles for its marks and dots."""

    line: Line
    path: str
    circles: tuple[Point, ...]
    dots: tuple[Point, ...]


@dataclass(frozen=True)
class Chart:
    """A chart ready to be drawn in a box of ``WIDTH`` x ``HEIGHT``."""

    key: str
    title: str
    description: str
    x_label: str
    y_label: str
    lines: tuple[DrawnLine, ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    width: int = WIDTH
    height: int = HEIGHT
    box: tuple[int, int, int, int] = field(default=(LEFT, TOP, WIDTH - RIGHT, HEIGHT - BOTTOM))


@dataclass(frozen=True)
class Axis:
    """From data units to drawing units along one direction."""

    span: Span
    drawn: Span
    log: bool = False

    def place(self, value: float) -> float:
        """Where ``value`` lies, in drawing units."""
        scale: Callable[[float], float] = math.log10 if self.log else float
        low, high = scale(self.span[0]), scale(self.span[1])
        share = (scale(value) - low) / (high - low)
        return round(self.drawn[0] + share * (self.drawn[1] - self.drawn[0]), 1)


def line_chart(
    key: str,
    title: str,
    description: str,
    labels: tuple[str, str],
    lines: Sequence[Line],
    *,
    y_span: Span | None = None,
    x_values: Sequence[float] | None = None,
    x_end: float | None = None,
    x_names: Sequence[str] | None = None,
) -> Chart | None:
    """Lay out a chart of ``lines``; None where no line has a finite point.

    Args:
        key: A name that is unique on the page.
        title: What is shown.
        description: What a reader who can't see it should know.
        labels: Of the x and of the y axis.
        lines: The series; points that are not finite are left out.
        y_span: Lowest and highest y; otherwise round numbers about the data.
        x_values: Draw x logarithmically, with ticks at these values; otherwise x starts at 0.
        x_end: Where x ends; otherwise at the last point.
        x_names: Draw x as places 1, 2, ... with these names.
    """
    clean = [_finite_line(line) for line in lines]
    xs = [x for line in clean for x, _ in line.points]
    ys = [y for line in clean for _, y in line.points]
    if not xs:
        return None
    x_span = _x_span(xs, x_values, x_end, x_names)
    x_axis = Axis(x_span, (LEFT, WIDTH - RIGHT), x_values is not None)
    y_axis = Axis(y_span or round_span(ys), (HEIGHT - BOTTOM, TOP))
    return Chart(
        key=key,
        title=title,
        description=description,
        x_label=labels[0],
        y_label=labels[1],
        lines=tuple(_draw(line, x_axis, y_axis) for line in clean),
        x_ticks=_x_ticks(x_axis, x_values, x_names),
        y_ticks=tuple(Tick(y_axis.place(y), f"{y:g}".replace("-", MINUS)) for y in ticks(y_axis.span)),
    )


def ticks(span: Span, wanted: int = 5) -> list[float]:
    """About ``wanted`` round numbers inside ``span``, ends included where they are round."""
    step = _round_step((span[1] - span[0]) / wanted)
    first = math.ceil(round(span[0] / step, 9))
    last = math.floor(round(span[1] / step, 9))
    return [round(index * step, 10) for index in range(first, last + 1)]


def round_span(values: Sequence[float], floor: float | None = 0.0) -> Span:
    """The smallest span of round numbers about ``values``; it starts at ``floor`` unless there are values below."""
    low, high = min(values), max(values)
    if floor is not None:
        low = min(low, floor)
    low, high = _widened(low, high)
    step = _round_step((high - low) / 5)
    return math.floor(low / step) * step, math.ceil(high / step) * step


def placed(values: Iterable[float | None]) -> tuple[Point, ...]:
    """Values at the places 1, 2, ..., for a chart whose places have names; where there is none its place stays free."""
    return tuple((float(place), value) for place, value in enumerate(values, 1) if value is not None)


def place_names(names: Sequence[str]) -> list[str]:
    """``names``, or as many empty ones where they would not fit under an axis."""
    return list(names) if len(names) <= MOST_NAMES else [""] * len(names)


def thinned(points: Sequence[Point], most: int) -> tuple[Point, ...]:
    """``points``, or the means of at most ``most`` equal stretches of them."""
    size = math.ceil(len(points) / most)
    if size <= 1:
        return tuple(points)
    stretches = [points[start : start + size] for start in range(0, len(points), size)]
    return tuple((_mean([x for x, _ in part]), _mean([y for _, y in part])) for part in stretches)


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


def _widened(low: float, high: float) -> Span:
    """A span that is not empty."""
    return (low, high) if high > low else (low - 0.5 * (abs(low) or 1), high + 0.5 * (abs(high) or 1))


def _log_span(values: Sequence[float]) -> Span:
    return min(values) / 1.3, max(values) * 1.3


def _round_step(raw: float) -> float:
    power = 10.0 ** math.floor(math.log10(raw))
    return next(step * power for step in _STEPS if step * power >= raw * (1 - 1e-9))


def _x_span(
    xs: Sequence[float], values: Sequence[float] | None, end: float | None, names: Sequence[str] | None
) -> Span:
    if names:
        return 0.7, len(names) + 0.3
    return _log_span(xs) if values else _widened(0.0, end or max(xs))


def _x_ticks(axis: Axis, values: Sequence[float] | None, names: Sequence[str] | None) -> tuple[Tick, ...]:
    if names:
        return tuple(Tick(axis.place(place), name) for place, name in enumerate(names, 1))
    if values:
        return tuple(Tick(axis.place(value), f"{value:g}") for value in values)
    return tuple(Tick(axis.place(value), f"{value:,.6g}") for value in ticks(axis.span))


def _finite_line(line: Line) -> Line:
    kept = tuple(point for point in line.points if all(math.isfinite(part) for part in point))
    marks = tuple(point for point in line.marks if all(math.isfinite(part) for part in point))
    return replace(line, points=kept, marks=marks)


def _draw(line: Line, x_axis: Axis, y_axis: Axis) -> DrawnLine:
    places = [(x_axis.place(x), y_axis.place(y)) for x, y in line.points]
    marks = tuple((x_axis.place(x), y_axis.place(y)) for x, y in line.marks)
    dotted = line.dots or not line.joined or len(places) == 1
    return DrawnLine(line, _path(places) if line.joined else "", marks, tuple(places) if dotted else ())


def _path(places: Sequence[Point]) -> str:
    """An SVG path in relative steps, which are shorter than absolute places."""
    if not places:
        return ""
    steps = (f"{round(x2 - x1, 1):g},{round(y2 - y1, 1):g}" for (x1, y1), (x2, y2) in pairwise(places))
    return f"M{places[0][0]:g},{places[0][1]:g}l" + " ".join(steps) if len(places) > 1 else ""
