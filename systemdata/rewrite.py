"""Taking records out of a sealed or compacted segment, and whole segments out of a book."""

from collections.abc import Iterator, Sequence
from itertools import compress, islice
from pathlib import Path

from frontdesk.systemdata.archive import stage_of
from frontdesk.systemdata.archived import Archived, File, home_of, put
from frontdesk.systemdata.disk import DISK, Disk
from frontdesk.systemdata.errors import SegmentError
from frontdesk.systemdata.footer import read_note
from frontdesk.systemdata.parquet import Part, seal_parts
from frontdesk.systemdata.read import read
from frontdesk.systemdata.seal import seal_lines
from frontdesk.systemdata.shelf import PARQUET, SEALED, is_segment, replaced_by
from frontdesk.systemdata.sums import without_sums


def rewrite(path: File, stays: Sequence[bool], disk: Disk = DISK) -> None:
    """Put a segment without some of its records in its place, in one step; remove it where none stays.

    Args:
        path: a sealed or compacted segment, on the book's disk or in its archive.
        stays: for each of its records, in their order, whether it stays.
        disk: the disk to write to.

    Raises `OSError`, and `SegmentError` where the segment is damaged; it stays as it is then.
    """
    if isinstance(path, Archived):
        _rewrite_archived(path, stays, disk)
        return
    with without_sums(path):
        if not any(stays):
            remove(path, disk)
            disk.sync_folder(path.parent)
        elif path.suffix == PARQUET:
            remove_replaced(path, disk)
            seal_parts(path, _parts(path, stays), disk)
        else:
            seal_lines(path, compress(read(path), stays), disk)


def _rewrite_archived(file: Archived, stays: Sequence[bool], disk: Disk) -> None:
    """What stays is made a file in the book, on no shelf, and that is put in the place of the archived one."""
    if not any(stays):
        remove(file, disk)
        return
    part = stage_of(file.home.parents[3]) / file.name
    try:
        if file.suffix == PARQUET:
            seal_parts(part, _parts(file, stays), disk)
        else:
            seal_lines(part, compress(read(file), stays), disk)
        with without_sums(file.home):
            put(file.store, file.entry.name, part)
    finally:
        part.unlink(missing_ok=True)


def remove(path: File, disk: Disk = DISK) -> None:
    """Delete a segment. Raises `OSError`."""
    with without_sums(home_of(path)):
        if isinstance(path, Archived):
            path.store.delete(path.entry.name)
            return
        if path.suffix == PARQUET:
            remove_replaced(path, disk)
        disk.unlink(path)


def remove_replaced(path: Path, disk: Disk = DISK) -> int:
    """Delete what is left of the segments that a compacted one took the place of, and say how many those were.

    They are no part of the book any more; left behind, they would come back with it gone. Raises `OSError`.
    """
    try:
        names = replaced_by(path)
    except SegmentError:  # damaged: nobody knows of any, and every reader has taken them for a part of the book
        return 0
    left = 0
    for name in names:
        if not name.endswith((SEALED, PARQUET)) or not is_segment(Path(name)) or Path(name).name != name:
            continue
        try:
            disk.unlink(path.with_name(name))
        except FileNotFoundError:
            continue
        left += 1
    if left:
        disk.sync_folder(path.parent)
    return left


def _parts(path: File, stays: Sequence[bool]) -> Iterator[Part]:
    """What stays of each source, as they stand one after another."""
    lines, fates = iter(read(path)), iter(stays)
    for source in read_note(path).sources:
        theirs = islice(lines, source.records), islice(fates, source.records)
        yield Part(source.name, compress(*theirs))
