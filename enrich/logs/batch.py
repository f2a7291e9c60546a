"""Lines of a log on their way into columns."""

from typing import NamedTuple

import numpy as np
import polars as pl
import pyarrow as pa

from frontdesk.geodb.leaves import Mask

_NEWLINE, _RETURN = 10, 13

NOT_OF_THE_FORMAT = "the line is not of the format"
NO_TIME = "the time cannot be read"
NO_STATUS = "the status is no number"
NO_ADDRESS = "the client's address cannot be read"
"""Why a line is rejected. No reason holds anything of the line."""


class Batch(NamedTuple):
    """What was read of a block of lines: columns of the good ones, where they stand, why others are rejected."""

    columns: pl.DataFrame
    line: np.ndarray  # type: ignore[type-arg]  # of each row, from 1
    rejects: list[tuple[int, str]]
    lines: int  # in the block
    comments: int = 0  # lines that tell of the log, and of no request


def as_text(block: bytes) -> bytes:
    """A block as UTF-8 with a character for each of its bytes, as headers are read."""
    return block if block.isascii() else block.decode("latin-1").encode()


def lines_of(block: bytes) -> pl.Series:
    """The lines of a block that is UTF-8, without their ends."""
    data = np.frombuffer(block, np.uint8)
    ends = np.flatnonzero(data == _NEWLINE)
    if not block.endswith(b"\n"):
        ends = np.append(ends, len(block))
    offsets = np.concatenate([[0], ends + 1])
    # Cut behind each newline, in place: nothing is copied.
    whole = pa.LargeStringArray.from_buffers(len(ends), pa.py_buffer(offsets), pa.py_buffer(block + b"\n"))
    lines = pl.Series(pl.from_arrow(whole))
    return lines.str.strip_chars_end("\r\n")


def sifted(columns: pl.DataFrame, checks: list[tuple[pl.Expr, str]], found: dict[str, pl.Expr]) -> Batch:
    """The rows of a frame that pass all checks, with the columns that are wanted; the rest is rejected.

    A check is true where a line is bad; the first that fails is told.
    """
    told = columns.select(
        *(expression.alias(name) for name, expression in found.items()),
        *(check.fill_null(value=True).alias(f"bad{place}") for place, (check, _) in enumerate(checks)),
    )
    why = np.zeros(len(told), np.int8)
    for place in reversed(range(len(checks))):
        why[told[f"bad{place}"].to_numpy()] = place + 1
    good: Mask = why == 0
    rejects = [(int(line) + 1, checks[int(why[line]) - 1][1]) for line in np.flatnonzero(~good)]
    kept = told.select(list(found))
    if rejects:
        kept = kept.filter(pl.Series(good))
    return Batch(kept, np.flatnonzero(good) + 1, rejects, len(told))
