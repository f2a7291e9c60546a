"""Where to go on in a log, by what the journal says of it."""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from frontdesk.enrich.logs.source import Source
from frontdesk.middleware.bulk.journal import HEAD, Entry, zeros
from frontdesk.policy import FrontdeskError


class Place(NamedTuple):
    """Where to go on in a log.

    `entry` is None where it is not known; `hasher` has seen what is known, and that are so many lines. It is `over`
    where nothing in it is new; where that is not proved, `doubt` is a line that says so.
    """

    source: Source
    entry: Entry | None
    hasher: "hashlib._Hash"
    known: int
    over: bool = False
    doubt: str = ""


def where_it_was_left(log: Path, entries: Callable[[bytes], Sequence[Entry]]) -> Place:
    """Open a log, and read it up to where it was left.

    `entries` gives those of logs that begin with certain bytes. Raises `FrontdeskError` where it cannot be read.
    """
    source, doubtful = Source(log), None
    for entry in entries(source.head):
        place = _follow(source, entry)
        if place is not None and (not place.doubt or source.size is None):
            return place
        if source.size is None:
            raise FrontdeskError(f"{log}: begins as a log that is known, and goes on otherwise: give it as a file")
        source.close()
        source, doubtful = Source(log), doubtful or place
    if doubtful is not None:
        return doubtful._replace(source=source)
    return Place(source, None, hashlib.sha256(), 0, over=not source.head)


def _follow(source: Source, entry: Entry) -> Place | None:
    """Read a log along an entry; None where it is another log."""
    hasher, lines, same = hashlib.sha256(), 0, entry.head_bytes
    nothing = zeros(source.head)
    # Where a last line begins that had no end: it may have been torn several times, and each time a mark was set in it.
    begins, before, tail = entry.end - entry.tail, hasher, b""
    for mark in entry.marks:
        block = source.skip_to(mark.end)
        if block is None or block.end < mark.end:
            if same - nothing < HEAD:
                return None  # what can be compared is too little to say that it is the same log
            # An earlier copy of a log that has grown since: what can be compared is the same.
            lines += block.data.count(b"\n") if block else 0
            return Place(source, None, hasher, lines, over=True, doubt=_doubt(source, entry, same) if block else "")
        lines += block.data.count(b"\n")
        if begins < block.start:
            tail += block.data
        elif begins < block.end:
            tail = bytes(block.data[begins - block.start :])
            before = hasher.copy()
            before.update(block.data[: begins - block.start])
        hasher.update(block.data)
        if hasher.hexdigest() != mark.sha256:
            return None
        same = mark.end
    if tail and not entry.tail_written:
        if source.is_at_end():  # the line has not grown
            return Place(source, entry, hasher, lines, over=True)
        source.push_back(tail)
        return Place(source, entry, before, lines)
    if tail:  # the last line was taken for a visit, though it had no end yet
        hasher.update(source.pass_line())
        lines += 1
    return Place(source, entry, hasher, lines)


def _doubt(source: Source, entry: Entry, same: int) -> str:
    return (
        f"{source.path}: nothing of it was written, as its first {same:,} bytes are those of {entry.log}, which is"
        " known and longer: if it is no earlier copy of that log, enrich it into another folder"
    )
