"""Room: how much of a volume a book may take, and what goes when it takes more."""

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from frontdesk.systemdata.disk import DISK, Disk
from frontdesk.systemdata.errors import SegmentError
from frontdesk.systemdata.rewrite import remove
from frontdesk.systemdata.seal import read_seal
from frontdesk.systemdata.shelf import OPEN, Shelf, segments, shelves
from frontdesk.systemdata.sums import sums_of

_EXPENDABLE = "visit"
"""The class that makes room: the others are kept for the law, or are small."""


def nothing_is_held(path: Path) -> bool:  # noqa: ARG001 - what a hold is asked
    """No hold on any segment."""
    return False


class Room(NamedTuple):
    """What a book may take of a volume, in each of its folders."""

    max_total_bytes: int | None = None  # of all segments and day sums together
    min_free_ratio: float = 0.0  # of the volume that must stay free
    is_held: Callable[[Path], bool] = nothing_is_held  # whether a segment is under a hold, and so must stay

    def is_limited(self) -> bool:
        """Whether there is anything to keep to."""
        return self.max_total_bytes is not None or self.min_free_ratio > 0


UNLIMITED = Room()
"""A book that may take what there is."""


class Freed(NamedTuple):
    """A segment that was deleted to make room, and how many records went with it."""

    shelf: Shelf
    records: int
    since: float | None  # the time of the first of them (since 1970), as far as the seal tells


def make_room(directory: Path, room: Room, disk: Disk = DISK) -> Iterator[Freed]:
    """Delete the oldest segments of visits that are sealed or compacted and that no hold keeps, until the book takes no
    more than it may. Before any of them day sums go, which can be made anew.

    Raises `OSError`.
    """
    excess = _excess(directory, room)
    if excess > 0:
        excess -= _drop_sums(directory, excess, disk)
    if excess <= 0:
        return
    for shelf in shelves(directory):
        if shelf.retention_class != _EXPENDABLE:
            continue
        for path in segments(directory, shelf):
            if path.suffix == OPEN or room.is_held(path):
                continue
            freed = _delete(path, shelf, disk)
            if freed is not None:
                excess -= freed[0]
                yield freed[1]
            if excess <= 0:
                return


def _drop_sums(directory: Path, excess: float, disk: Disk) -> int:
    """Delete the oldest day sums, as many as are needed; how many bytes those were."""
    freed = 0
    for path, _ in sums_of(directory):
        if freed < excess:
            size = _size(path)
            with suppress(FileNotFoundError):  # somebody else did it
                disk.unlink(path)
                freed += size
    return freed


def _excess(directory: Path, room: Room) -> float:
    """How many bytes the book takes more than it may."""
    excess = 0.0
    if room.max_total_bytes is not None:
        sums = sum(_size(path) for path, _ in sums_of(directory))
        excess = sum(map(_size, segments(directory))) + sums - room.max_total_bytes
    volume = os.statvfs(directory)
    wanted = room.min_free_ratio * volume.f_blocks - volume.f_bavail
    return max(excess, wanted * volume.f_frsize)


def _delete(path: Path, shelf: Shelf, disk: Disk) -> tuple[int, Freed] | None:
    """Delete a segment and give its size; None where another process did it."""
    size = _size(path)
    try:
        seal = read_seal(path)
        since = datetime.fromisoformat(seal.first).timestamp() if seal.first else None
        freed = Freed(shelf, seal.records, since)
    except (SegmentError, ValueError):
        freed = Freed(shelf, 0, None)
    except FileNotFoundError:
        return None
    try:
        remove(path, disk)
    except FileNotFoundError:
        return None
    return size, freed


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
