"""Thresholds: which rows may be shown, which are told together, and which are left out.

Rows with too few visitors that are alike in all but the last dimension are put together as others. Others are two rows
at least, and have enough visitors themselves; where they do not, they are put together one level up, with what is left
there, and what is too few in the end is left out. No total ever counts what is left out: a total is the sum of what is
shown.

Time is not put together as others. Where an hour has too few visitors, its whole day is one row instead; and so on to
the month and the whole period. So a finer row never stands beside a coarser one that holds it.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import NamedTuple

OTHERS = "…"
"""What stands in a dimension for the rows that are told together."""
WHOLE = ""
"""What stands in a dimension of time for the whole period."""

Key = tuple[str, ...]

# How much of a time's text, such as 2026-11-23T14, is left from step to step as it grows coarser.
_DAY, _MONTH = len("2026-11-23"), len("2026-11")
_STEPS = {"hour": (_DAY, _MONTH, 0), "day": (_MONTH, 0), "week": (0,), "month": (0,)}


class Cell(NamedTuple):
    """A possible row: by what it is told apart, and how many distinct visitors it has."""

    key: Key
    visitors: int


class Labels(NamedTuple):
    """Under which key each cell is told; a cell that is not in `of` is left out."""

    of: dict[Key, Key]
    together: int  # cells that are told together with others
    left_out: int


class _Block(NamedTuple):
    """Some cells that would be one row."""

    key: Key
    visitors: int
    cells: list[Key]


def labels(cells: Iterable[Cell], k: int, time: str | None = None, *, disjoint: bool = True) -> Labels:
    """How cells may be told.

    Args:
        cells: all of them, each key once.
        k: how many distinct visitors a row needs.
        time: the dimension of time that is the last of each key, if it is.
        disjoint: whether nobody is a visitor of two cells, so that the visitors of cells add up. Else as many are
            counted on as the largest cell has.
    """
    blocks = [_Block(cell.key, cell.visitors, [cell.key]) for cell in sorted(cells)]
    told: dict[Key, Key] = {}
    length = len(blocks[0].key) if blocks else 0
    shown = list(_timed(blocks, k, time)) if time else blocks
    left = [block for block in shown if not _tell(block, block.key, k, told)]
    if time:  # others are told together for the whole period only
        left = [block._replace(key=block.key[:-1]) for block in left]
        length -= 1
    for level in range(length - 1, -1, -1):
        groups = [_together(key, list(alike), disjoint=disjoint) for key, alike in _alike(left, level)]
        others = (OTHERS,) * (length - level) + ((WHOLE,) if time else ())
        left = [block for block, many in groups if not (many and _tell(block, (*block.key, *others), k, told))]
    known = [key for block in blocks for key in block.cells]
    return Labels(told, sum(told.get(key, key) != key for key in known), len(known) - len(told))


def _tell(block: _Block, key: Key, k: int, told: dict[Key, Key]) -> bool:
    """Tell a block's cells under a key, if it has enough visitors."""
    if block.visitors < k:
        return False
    told.update(dict.fromkeys(block.cells, key))
    return True


def _alike(blocks: list[_Block], level: int) -> Iterator[tuple[Key, Iterator[_Block]]]:
    return groupby(sorted(blocks, key=lambda block: block.key), key=lambda block: block.key[:level])


def _together(key: Key, blocks: list[_Block], *, disjoint: bool) -> tuple[_Block, bool]:
    """Blocks as one, and whether they stand for two rows at least."""
    visitors = [block.visitors for block in blocks]
    cells = [cell for block in blocks for cell in block.cells]
    return _Block(key, sum(visitors) if disjoint else max(visitors), cells), len(cells) > 1


def _timed(blocks: list[_Block], k: int, time: str) -> Iterator[_Block]:
    """Blocks of time, each as fine as all in the next coarser time may be."""
    for _, alike in _alike(blocks, -1):
        now = list(alike)
        for step in _STEPS[time]:
            now = [block for coarse in _coarser(now, step) for block in _as_fine(*coarse, k)]
        yield from now


def _coarser(blocks: list[_Block], step: int) -> Iterator[tuple[_Block, list[_Block]]]:
    """Each coarser time with the blocks in it."""
    for time, within in groupby(blocks, key=lambda block: block.key[-1][:step]):
        finer = list(within)
        # Whoever comes at two hours of a day is one visitor; who comes on two days counts as two.
        yield _together((*finer[0].key[:-1], time), finer, disjoint=step != _DAY)[0], finer


def _as_fine(coarse: _Block, finer: list[_Block], k: int) -> list[_Block]:
    return finer if all(block.visitors >= k for block in finer) else [coarse]
