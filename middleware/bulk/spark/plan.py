"""What is new in a log, cut into blocks: the same ones, with the same names, as on a single machine."""

import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from msgspec import Struct

from frontdesk.enrich.logs.formats import detect, named
from frontdesk.enrich.logs.source import Source
from frontdesk.middleware.bulk.journal import Entry, beginning, digest
from frontdesk.middleware.bulk.place import where_it_was_left
from frontdesk.policy import FrontdeskError


class Asked(NamedTuple):
    """A log to plan: what the journal knows of logs that begin as it does, and how it is to be read."""

    log: Path
    head: str  # the digest of what the driver saw at its beginning
    head_bytes: int
    entries: Sequence[Entry]
    format: str | None  # a name or a string; None is told by what the log holds
    block: int  # bytes of a block


class Cut(Struct, frozen=True):
    """A block of a log: which bytes of it, unpacked, and which line is the first."""

    start: int
    end: int
    first: int
    crc: int
    sha256: str  # of all bytes of the log up to its end
    before: str  # the state of the format before it
    after: str
    tail: int  # bytes of a last line without an end
    raw: int  # bytes of the log, as it lies
    name: str = ""  # which the driver gives it


class Plan(Struct, frozen=True):
    """What is new in a log. `entry` is the id of its entry in the journal; None, where it is not known or all is."""

    entry: str | None = None
    known: int = 0
    format: str = ""
    packed: bool = False
    cuts: list[Cut] = []
    doubt: str = ""  # see `Place`
    error: str | None = None  # instead of all else


def plan(asked: Asked) -> Plan:
    """Read a log to its end, and cut what is new. Raises `FrontdeskError` where it cannot be read."""
    place = where_it_was_left(asked.log, lambda _: asked.entries)
    with place.source as source:
        if digest(source.head[: asked.head_bytes]) != asked.head:
            raise changed(asked.log)
        if place.over:
            return Plan(known=place.known, doubt=place.doubt)
        format_ = asked.format or detect(str(asked.log), source.head).name
        entry = place.entry
        reader = named(format_).resumed(entry.state) if entry and entry.state else named(format_)
        cuts, raw = [], 0
        for block in source.blocks(asked.block):
            place.hasher.update(block.data)
            following = reader.following(block.data)
            cuts.append(
                Cut(
                    block.start,
                    block.end,
                    block.first,
                    zlib.crc32(block.data),
                    place.hasher.hexdigest(),
                    reader.state,
                    following.state,
                    len(block.data) - block.data.rfind(b"\n") - 1,
                    source.done() - raw,
                )
            )
            reader, raw = following, source.done()
            source.take_back(block.data)
        return Plan(entry.id if entry else None, place.known, format_, source.packed, cuts)


def changed(log: Path) -> FrontdeskError:
    """What is said of a log that is not what it was a moment before."""
    return FrontdeskError(f"{log}: is another file than it was: it was rotated meanwhile; give the command again")


def families(logs: Sequence[Path]) -> list[list[tuple[Path, bytes]]]:
    """Logs with their beginnings, those together that begin alike: they may be copies of one another.

    Empty ones are left out. Raises `FrontdeskError` where one cannot be read.
    """
    heads = []
    for log in logs:
        with Source(log) as source:
            heads.append((log, beginning(source.head)))
    found: list[list[tuple[Path, bytes]]] = []
    for log, head in sorted((each for each in heads if each[1]), key=lambda each: each[1]):
        # Sorted, all that begin with the shortest of a family come behind it.
        if found and head.startswith(found[-1][0][1]):
            found[-1].append((log, head))
        else:
            found.append([(log, head)])
    return found
