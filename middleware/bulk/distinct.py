"""What is distinct among many values, so that each is asked about once."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from frontdesk.geodb.leaves import I32

Numbers = npt.NDArray[np.int64]

_MOST_COUNTED = 1 << 22


class Texts(NamedTuple):
    """A column of texts as places in a list of the distinct ones; -1 stands for none."""

    codes: I32
    values: list[str]

    def at(self, row: int) -> str | None:
        """The text of a row."""
        code = int(self.codes[row])
        return None if code < 0 else self.values[code]


def texts_of(column: pl.Series | None, size: int) -> Texts:
    """The distinct texts of a column; of one that is not there, none."""
    if column is None or column.null_count() == len(column):
        return Texts(np.full(size, -1, np.int32), [])
    # Categories of their own, which go with the column: the common ones would grow with each log.
    coded = column.cast(pl.Categorical(pl.Categories.random()))
    physical = coded.to_physical().cast(pl.Int32)
    codes = (physical.fill_null(-1) if column.null_count() else physical).to_numpy()
    # A row of each, and behind them, where -1 leads, one of those that have none.
    rows = np.zeros(int(codes.max()) + 2, np.uint32)
    rows[codes] = np.arange(len(codes), dtype=np.uint32)
    return Texts(codes, column.gather(pl.Series(rows[:-1])).to_list())


def mixed(*parts: tuple[Any, int]) -> Numbers:
    """One number for each row from several: each at least -1 and below its limit."""
    number: Numbers = np.zeros(len(parts[0][0]), np.int64)
    for values, limit in parts:
        if limit:  # where all are -1 they tell nothing apart
            number = number * (limit + 1) + (values + 1)
    return number


def distinct(numbers: Numbers) -> tuple[Numbers, Sequence[int]]:
    """Where each number is in the row of the distinct ones, and for each of those a place where it stands."""
    if not len(numbers):
        return numbers, []
    top = int(numbers.max())
    if top >= _MOST_COUNTED:
        _, places, codes = np.unique(numbers, return_index=True, return_inverse=True)
        return codes, places.tolist()
    first = np.full(top + 1, -1, np.int64)
    first[numbers[::-1]] = np.arange(len(numbers) - 1, -1, -1)
    there = np.flatnonzero(first >= 0)
    codes = np.zeros(top + 1, np.int64)
    codes[there] = np.arange(len(there))
    return codes[numbers], first[there].tolist()
