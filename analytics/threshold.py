"""Thresholds: which rows may be shown, which are told together, and which are left out.

A row has enough visitors, and cannot be one person who came on many days. Rows that have too few and are alike in all
but the last dimension are put together as others. Others are two rows at least, and have enough visitors themselves;
where they do not, they are put together one level up, with what is left there. What is too few in the end takes the
smallest of the other rows in (complementary suppression), so that beside rows that are shown nothing is left out: no
total and no difference gives a hidden row away.

Times that have too few visitors are put together as the rest of their day, their month, the whole period.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import NamedTuple

OTHERS = "…"
"""What stands in a dimension for the rows that are told together."""
WHOLE = ""
"""What stands in a dimension of time for the whole period, or the rest of it."""

Key = tuple[str, ...]
Distinct = Callable[[Sequence[Key]], int]

AT_ONCE = 2
"""Visitors of one day, at the least: or all of a row might be one person, day after day."""

_LEAST_TOGETHER = 2
# How much of a time's text, such as 2026-11-23T14, is left from step to step as it grows coarser.
_DAY, _MONTH = len("2026-11-23"), len("2026-11")
_STEPS = {"hour": (_DAY, _MONTH, 0), "day": (_MONTH, 0), "week": (_MONTH, 0), "month": (0,)}


class Cell(NamedTuple):
    """A possible row: by what it is told apart, and how many distinct visitors it has.

    `at_once` is how many it has at least on one day at one company: that many people at the least, for nobody can tell
    whether those of two days are the same.
    """

    key: Key
    visitors: int
    at_once: int

    def enough(self, k: int) -> bool:
        """Whether it could be a row by itself."""
        return self.visitors >= k and self.at_once >= AT_ONCE


class Labels(NamedTuple):
    """Under which key each cell is told; a cell that is not in `of` is left out."""

    of: dict[Key, Key]
    together: int  # cells that are told together with others
    left_out: int


class _Block(NamedTuple):
    """Some cells that would be one row."""

    key: Key
    visitors: int
    at_once: int
    cells: tuple[Key, ...]

    def passes(self, k: int) -> bool:
        return self.visitors >= k and self.at_once >= AT_ONCE


def labels(
    cells: Iterable[Cell],
    k: int,
    time: str | None = None,
    *,
    distinct: Distinct | None = None,
    missed: Iterable[Key] = (),
) -> Labels:
    """How cells may be told.

    Args:
        cells: all of them, each key once.
        k: how many distinct visitors a row needs.
        time: the dimension of time that is the last of each key, if it is.
        distinct: counts the distinct visitors of some cells, where somebody may be a visitor of two; without it the
            visitors of cells add up.
        missed: keys that were asked for by name and have no visit. They are hidden like those that have a few, so that
            nobody can tell which of them have some.
    """
    there = [_Block(cell.key, cell.visitors, cell.at_once, (cell.key,)) for cell in sorted(cells)]
    blocks = [*there, *(_Block(key, 0, 0, (key,)) for key in missed)]
    told = [block for block in blocks if block.passes(k)]
    left = [block for block in blocks if not block.passes(k)]
    for step in _STEPS[time] if time else ():
        # Whoever comes at two hours of a day is one visitor; who comes on two days counts as two.
        left = _put_together(left, k, told, _coarser(step), max if step == _DAY else sum)
    end: Key = (WHOLE,) if time else ()
    width = len(blocks[0].key) - len(end) if blocks else 0
    for level in range(width - 1, -1, -1):
        others = (*(OTHERS,) * (width - level), *end)
        # Counting is worth it once; for each of the levels above, the largest cell is what is certain.
        left = _put_together(
            left, k, told, _others(level, others), max if distinct else sum, None if level else distinct
        )
    _take_in(left, told, (*(OTHERS,) * width, *end))
    of = {cell: block.key for block in told for cell in block.cells}
    known = {block.key for block in there}
    hidden = [key for key in known if of.get(key, key) != key]
    return Labels({key: of[key] for key in known if key in of}, len(hidden), len(known - of.keys()))


def _put_together(
    left: list[_Block],
    k: int,
    told: list[_Block],
    name: Callable[[Key], Key],
    add: Callable[[Iterable[int]], int],
    distinct: Distinct | None = None,
) -> list[_Block]:
    """Tell what is left together, as far as that makes enough; give what is still left, put together."""
    still: list[_Block] = []
    for key, alike in groupby(sorted(left, key=lambda block: name(block.key)), key=lambda block: name(block.key)):
        block = _together(key, list(alike), add, distinct)
        enough = len(block.cells) >= _LEAST_TOGETHER and block.passes(k)
        (told if enough else still).append(block)
    return still


def _together(
    key: Key, blocks: list[_Block], add: Callable[[Iterable[int]], int], distinct: Distinct | None = None
) -> _Block:
    cells = tuple(cell for block in blocks for cell in block.cells)
    visitors = distinct(cells) if distinct else add(block.visitors for block in blocks)
    return _Block(key, visitors, max(block.at_once for block in blocks), cells)


def _coarser(step: int) -> Callable[[Key], Key]:
    return lambda key: (*key[:-1], key[-1][:step])


def _others(level: int, others: Key) -> Callable[[Key], Key]:
    return lambda key: (*key[:level], *others)


def _take_in(left: list[_Block], told: list[_Block], key: Key) -> None:
    """Put what is left in the end together with the smallest row that is told."""
    if left and told:
        smallest = min(told, key=lambda block: (block.visitors, block.key))
        told.remove(smallest)
        told.append(_together(key, [smallest, *left], max))
