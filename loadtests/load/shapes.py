"""Shapes: how many visitors are there at which moment of a run."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

_STEPS = 10  # of a ramp
_RISING = 0.1  # of a soak's time


class Shape(NamedTuple):
    """A course of the number of visitors, and the seconds that it takes unless told otherwise."""

    seconds: float
    share: Callable[[float], float]  # of all users, by the share of the time that has passed: both from 0 to 1
    told: str


def _ramp(passed: float) -> float:
    """In equal steps, the last of which has everybody."""
    return (int(passed * _STEPS) + 1) / _STEPS


def _spike(passed: float) -> float:
    """A tenth of the users, and all of them at once in the middle fifth."""
    return 1.0 if 0.4 <= passed < 0.6 else 0.1  # noqa: PLR2004 - the middle fifth


def _soak(passed: float) -> float:
    return min(1.0, passed / _RISING)


SHAPES: Mapping[str, Shape] = {
    "steady": Shape(30, lambda _passed: 1.0, "everybody from the beginning"),
    "ramp": Shape(120, _ramp, "ten equal steps up to everybody"),
    "spike": Shape(60, _spike, "a tenth of them, and everybody in the middle fifth of the time"),
    "soak": Shape(1800, _soak, "everybody, for long, after a slow rise"),
}
"""The shapes by their names."""


def users_at(shape: str, passed: float, users: int, seconds: float) -> int | None:
    """How many visitors there are after so many seconds of a run, at least one; None when it is over."""
    if passed >= seconds:
        return None
    return max(1, round(users * SHAPES[shape].share(max(0.0, passed) / seconds)))
