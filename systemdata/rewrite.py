"""Taking records out of a sealed or compacted segment, and whole segments out of a book."""

from collections.abc import Iterator, Sequence
from itertools import compress, islice
from pathlib import Path

from frontdesk.systemdata.disk import DISK, Disk
from frontdesk.systemdata.errors import SegmentError
from frontdesk.systemdata.footer import read_note
from frontdesk.systemdata.parquet import Part, seal_parts
from frontdesk.systemdata.read import read
from frontdesk.systemdata.seal import seal_lines
from frontdesk.systemdata.shelf import PARQUET, SEALED, is_segment
from frontdesk.systemdata.sums import without_sums


def rewrite(path: Path, stays: Sequence[bool], disk: Disk = DISK) -> None:
    """Put a segment without some of its records in its place, in one step; remove it where none stays.

    Args:
        path: a sealed or compacted segment.
        stays: for each of its records, in their order, whether it stays.
        disk: the disk to write to.

    Raises `OSError`, and `SegmentError` where the segment is damaged; it stays as it is then.
    """
    with without_sums(path):
        if not any(stays):
            remove(path, disk)
            disk.sync_folder(path.parent)
        elif path.suffix == PARQUET:
            settle(path, disk)
            seal_parts(path, _parts(path, stays), disk)
        else:
            seal_lines(path, compress(read(path), stays), disk)


def remove(path: Path, disk: Disk = DISK) -> None:
    """Delete a segment. Raises `OSError`."""
    with without_sums(path):
        if path.suffix == PARQUET:
            settle(path, disk)
        disk.unlink(path)


def settle(path: Path, disk: Disk = DISK) -> int:
    """Delete what is left of the segments that a compacted one took the place of, and say how many those were.

    They are no part of the book any more; left behind, they would come back with it gone. Raises `OSError`.
    """
    try:
        sources = read_note(path).sources
    except SegmentError:  # damaged: nobody knows of any, and every reader has taken them for a part of the book
        return 0
    left = 0
    for source in sources:
        if not source.name.endswith(SEALED) or not is_segment(Path(source.name)):
            continue
        try:
            disk.unlink(path.with_name(source.name))
        except FileNotFoundError:
            continue
        left += 1
    if left:
        disk.sync_folder(path.parent)
    return left


def _parts(path: Path, stays: Sequence[bool]) -> Iterator[Part]:
    """What stays of each source, as they stand one after another."""
    lines, fates = iter(read(path)), iter(stays)
    for source in read_note(path).sources:
        theirs = islice(lines, source.records), islice(fates, source.records)
        yield Part(source.name, compress(*theirs))
