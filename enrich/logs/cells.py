"""Cutting lines at their quotation marks, without copying: Arrow's views into the block itself."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa  # type: ignore[import-untyped]

from frontdesk.geodb.leaves import U8, Mask

_NEWLINE, _RETURN, _QUOTE = 10, 13, 34
# A view of a text is its length and three words: the text itself, if it fits, or how it begins, in which buffer it is,
# and where (Arrow columnar format, variable-size binary view layout).
_VIEW, _INSIDE = 16, 12
_FRONT = _VIEW - _INSIDE
# For each length of a text, the bytes of those words that are the text's.
_MASKS = (np.tri(_INSIDE + 1, _INSIDE, -1, np.uint8) * np.uint8(0xFF)).view("<u4")

# So few bytes that what is told of each stays in the processor's cache.
_AT_ONCE = 256 << 10

Places = npt.NDArray[np.int32]
Numbers = npt.NDArray[np.signedinteger[Any]]


class Cells(NamedTuple):
    """The lines that have as many quotation marks as they should, from 1, and the columns between those."""

    line: Numbers
    columns: list[pl.Series]
    others: Numbers  # the lines that have not
    lines: int


def cells_of(block: bytes, quotes: int, wanted: list[bool], *, more: bool = False) -> Cells:
    """Cut the lines of a block, in UTF-8. A column that is not wanted is empty.

    Args:
        block: whole lines; the last may be without an end.
        quotes: how many quotation marks a line has; 0 does not look for any.
        wanted: for each column whether it is.
        more: whether a line may have more quotation marks; the last column then ends at the next of them.
    """
    end = b"" if block.endswith(b"\n") else b"\n"
    # Room before and behind, so that as many bytes as a view has can be taken at any place, and those in front of it.
    buffer = np.frombuffer(b"".join([bytes(_FRONT), block, end, bytes(_INSIDE)]), np.uint8)
    data = buffer[_FRONT:-_INSIDE]
    marks = np.concatenate(
        [_marks(data[at : at + _AT_ONCE], quotes) + np.int32(at) for at in range(0, len(data), _AT_ONCE)]
    )
    ends = np.flatnonzero(data[marks] == _NEWLINE) if quotes else np.arange(len(marks))
    begins = np.concatenate([np.zeros(1, ends.dtype), ends[:-1] + 1])  # the first mark of each line
    count = ends - begins
    fit: Mask = count >= quotes if more else count == quotes
    line = np.flatnonzero(fit)
    if len(line) == len(ends) and not more:
        cuts = [marks[place :: quotes + 1] for place in range(quotes + 1)]
    else:
        cuts = [marks[begins[line] + place] for place in range(quotes + 1)]
    starts = np.concatenate([np.zeros(1, np.int32), marks[ends[:-1]] + np.int32(1)])[line]
    columns = [
        _views(buffer, cuts[place - 1] + np.int32(1) if place else starts, cuts[place], last=place == quotes)
        if wanted[place]
        else pl.Series([], dtype=pl.String)
        for place in range(quotes + 1)
    ]
    return Cells(line + 1, columns, np.flatnonzero(~fit) + 1, len(ends))


def _marks(data: U8, quotes: int) -> Places:
    """Where lines end, and, if there are to be any, where quotation marks are."""
    found = (data == _NEWLINE) | (data == _QUOTE) if quotes else data == _NEWLINE
    return np.flatnonzero(found).astype(np.int32)


def _views(buffer: U8, starts: Places, ends: Places, *, last: bool) -> pl.Series:
    """The texts between places in the data of a buffer, which has room before and behind that."""
    lengths = ends - starts
    if last:  # a line may end as in DOS
        lengths = lengths - ((lengths > 0) & (buffer[ends + np.int32(_FRONT - 1)] == _RETURN))
    anywhere = np.ndarray(shape=(len(buffer) - _VIEW + 1,), dtype=f"V{_VIEW}", buffer=buffer, strides=(1,))
    views = anywhere[starts].view("<u4").reshape(-1, _VIEW // 4)  # with what stands in front where the length will be
    short = np.flatnonzero(lengths <= _INSIDE)
    inside = views[short, 1:] & _MASKS[lengths[short]]
    views[:, 0], views[:, 2], views[:, 3] = lengths, 0, starts + np.int32(_FRONT)
    views[short, 1:] = inside
    array = pa.Array.from_buffers(pa.string_view(), len(starts), [None, pa.py_buffer(views), pa.py_buffer(buffer)])
    return pl.Series(pl.from_arrow(array))
