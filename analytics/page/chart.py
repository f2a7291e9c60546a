"""Charts: where everything stands in a drawing, as numbers for the templates that draw it.

A drawing has no view box: across it is measured in per cent, so that it is as wide as the page, and down in pixels,
so that its words are as large as those beside it. Nothing has an inline style, which the content policy forbids.
"""

import math
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

HEIGHT = 200.0  # pixels, of the bars
_TOP = 22.0  # above them, for the words of the topmost line
_GAP, _WIDE_GAP = 0.22, 0.5  # of a bar's place; of few bars more
_FEW = 10
_STUB = 5.0  # pixels, of a bar that stands for what is withheld
_MARKS = 6


class Point(NamedTuple):
    """One bar: a day or a name, and its value; None where it is withheld. `part` of it is drawn in front."""

    label: str
    value: int | None
    part: int | None = None
    told: str = ""  # what a pointer over it is told
    quiet: bool = False  # a weekend


class Bar(NamedTuple):
    """A bar as it is drawn."""

    point: Point
    slot_x: str
    slot_width: str
    x: str
    width: str
    y: float
    height: float
    part_y: float
    part_height: float


class Line(NamedTuple):
    """A line across, with its value."""

    y: float
    value: int


class Mark(NamedTuple):
    """Words below a bar. `minor` ones give way on a narrow page."""

    x: str
    label: str
    anchor: str
    minor: bool


class Bars(NamedTuple):
    """A bar chart."""

    bars: list[Bar]
    lines: list[Line]
    marks: list[Mark]
    withheld: int
    height: float = HEIGHT + _TOP + 26
    floor: float = HEIGHT + _TOP


def bars(points: Sequence[Point]) -> Bars:
    """A bar for each point, from a floor of nothing up."""
    most = max((point.value or 0 for point in points), default=0)
    top = ceiling(most)
    drawn = [_bar(number, len(points), point, top) for number, point in enumerate(points)]
    lines = [Line(round(_TOP + HEIGHT * (1 - part), 1), int(top * part)) for part in (1, 0.5) if (top * part) % 1 == 0]
    withheld = sum(point.value is None for point in points)
    return Bars(drawn, lines if most else [], _marks(points), withheld)


def ceiling(most: int) -> int:
    """The next larger round number: 1, 2, 3, 4, 5, 6, 8 or 10 times a power of ten."""
    if most <= 1:
        return 1
    power = 10 ** int(math.log10(most))
    return next(int(step * power) for step in (1, 2, 3, 4, 5, 6, 8, 10) if step * power >= most)


def _bar(number: int, count: int, point: Point, top: int) -> Bar:
    height = _STUB if point.value is None else HEIGHT * point.value / top
    part = HEIGHT * (point.part or 0) / top
    slot = 100 / count
    gap = _GAP if count > _FEW else _WIDE_GAP
    return Bar(
        point,
        percent(number * slot),
        percent(slot),
        percent((number + gap / 2) * slot),
        percent((1 - gap) * slot),
        round(_TOP + HEIGHT - height, 1),
        round(height, 1),
        round(_TOP + HEIGHT - part, 1),
        round(part, 1),
    )


def _marks(points: Sequence[Point]) -> list[Mark]:
    count = len(points)
    if not count:
        return []
    step = max(1, math.ceil(count / _MARKS))
    chosen = list(range(0, count, step))
    marks = []
    for place, number in enumerate(chosen):
        centre = (number + 0.5) * 100 / count
        anchor = "start" if place == 0 and count > _MARKS else "middle"
        x = number * 100 / count if anchor == "start" else centre
        marks.append(Mark(percent(x), points[number].label, anchor, place % 2 == 1 and len(chosen) > _MARKS // 2))
    return marks


class Spark(NamedTuple):
    """A small line without axes, in a box of 100 by 24."""

    line: str
    area: str
    flat: bool


def spark(values: Sequence[int]) -> Spark:
    """The line of some values, each as high as it is beside the largest."""
    most = max(values, default=0)
    if not most or len(values) < 2:  # noqa: PLR2004 - a line has two ends
        return Spark("", "", flat=True)
    step = 100 / (len(values) - 1)
    places = [
        f"{round(number * step, 2):g},{round(22 - 20 * value / most, 2):g}" for number, value in enumerate(values)
    ]
    return Spark(" ".join(places), f"0,24 {' '.join(places)} 100,24", flat=False)


class Share(NamedTuple):
    """A part of a whole, as it lies in a stack."""

    label: str
    value: int
    share: float
    x: str
    width: str
    tone: int


def shares(values: Sequence[tuple[str, int]]) -> list[Share]:
    """Parts of a whole side by side, in the order given."""
    whole = sum(value for _, value in values)
    found: list[Share] = []
    begin = 0.0
    for tone, (label, value) in enumerate(values, start=1):
        share = 100 * value / whole if whole else 0.0
        found.append(Share(label, value, share, percent(begin), percent(share), tone))
        begin += share
    return found


def day_label(day: date) -> str:
    """A day below its bar: `24 Nov`."""
    return f"{day.day} {day:%b}"


def day_words(day: date) -> str:
    """A day in words: `Tuesday, 24 November 2026`."""
    return f"{day:%A}, {day.day} {day:%B %Y}"


def percent(number: float) -> str:
    """A place across, as the drawing wants it."""
    return f"{round(number, 3):g}%"
