"""Lines of a log on their way into columns."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import polars as pl

from frontdesk.enrich.logs import columns as c
from frontdesk.enrich.logs.times import possible

NOTHING = "-"
"""What servers write where there is nothing to write."""

NOT_OF_THE_FORMAT = "the line is not of the format"
NO_TIME = "the time cannot be read"
NO_STATUS = "the status is no number"
NO_ADDRESS = "the client's address cannot be read"
NOT_YET = "the time is yet to come"
"""Why a line is rejected. No reason holds anything of the line."""


# A time that may yet turn out to be none that a request can have had.
_AS_READ = "time as read"


class Batch(NamedTuple):
    """What was read of a block of lines: columns of the good ones, where they stand, why others are rejected."""

    columns: pl.DataFrame
    line: np.ndarray  # of each row, from 1
    rejects: list[tuple[int, str]]
    lines: int  # in the block
    comments: int = 0  # lines that tell of the log, and of no request

    def among(self, line: np.ndarray, others: np.ndarray, lines: int) -> "Batch":
        """The same, where the rows were some lines of a block, and the others are not of the format at all."""
        rejects = [(int(line[row - 1]), reason) for row, reason in self.rejects]
        rejects += [(int(other), NOT_OF_THE_FORMAT) for other in others]
        return self._replace(line=line[self.line - 1], rejects=rejects, lines=lines)


def joined(batches: Sequence[Batch]) -> Batch:
    """Batches of blocks that follow one another as one."""
    if len(batches) == 1:
        return batches[0]
    before = np.cumsum([0, *(batch.lines for batch in batches)])[:-1].tolist()
    rejects = [
        (first + line, reason) for first, batch in zip(before, batches, strict=True) for line, reason in batch.rejects
    ]
    return Batch(
        pl.concat([batch.columns for batch in batches], how="diagonal"),
        np.concatenate([first + batch.line for first, batch in zip(before, batches, strict=True)]),
        rejects,
        sum(batch.lines for batch in batches),
        sum(batch.comments for batch in batches),
    )


def as_text(block: bytes) -> bytes:
    """A block as UTF-8 with a character for each of its bytes, as headers are read."""
    return block if block.isascii() else block.decode("latin-1").encode()


def sifted(frame: pl.LazyFrame, malformed: list[pl.Expr], found: dict[str, pl.Expr]) -> Batch:
    """The rows of a frame that are good, with the columns that are wanted; the rest is rejected.

    `malformed` are true, or null, where a line is not of the format. Of `found`, the time is in milliseconds, and the
    status as the log has it, with `NOTHING` where there is none.
    """
    # A step by itself: what Python reads for Polars is else read anew wherever the time is asked for.
    frame = frame.with_columns(found[c.TIME].alias(_AS_READ))
    told = found | {c.TIME: possible(pl.col(_AS_READ))}
    checks = [(each, NOT_OF_THE_FORMAT) for each in malformed]
    checks.append((pl.col(c.TIME).is_null(), NO_TIME))
    if c.STATUS in found:
        told[c.STATUS] = _status(found[c.STATUS])
        checks.append((pl.col(c.STATUS).is_null() & (found[c.STATUS] != NOTHING), NO_STATUS))
    bad = [check.fill_null(value=True).alias(f"bad{place}") for place, (check, _) in enumerate(checks)]
    rows = frame.with_columns(**told).select(*told, *bad).collect()
    why = np.zeros(len(rows), np.int8)
    for place in reversed(range(len(checks))):
        why[rows[f"bad{place}"].to_numpy()] = place + 1
    rejects = [(int(line) + 1, checks[int(why[line]) - 1][1]) for line in np.flatnonzero(why)]
    kept = rows.select(list(told))
    if rejects:
        kept = kept.filter(pl.Series(why == 0))
    return Batch(kept, np.flatnonzero(why == 0) + 1, rejects, len(rows))


def _status(text: pl.Expr) -> pl.Expr:
    """A status as a number, null where it is none."""
    number = text.cast(pl.Int64, strict=False)
    return pl.when(number >= 0).then(number)
