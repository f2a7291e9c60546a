"""The whole book: its own disk and its archive together, each segment once.

Segments go from the disk to the archive and never back, so the disk is listed first: what is on neither list was never
there. Those who write to the book, or follow it, look at the disk alone and never wait for a store.
"""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from frontdesk.systemdata.archive import archive_of
from frontdesk.systemdata.archived import Archived, File
from frontdesk.systemdata.errors import SegmentError
from frontdesk.systemdata.footer import read_note
from frontdesk.systemdata.shelf import PARQUET, Shelf, segments, shelves


def files(directory: Path, since: str = "", retention_class: str = "", day: str = "") -> Iterator[tuple[Shelf, File]]:
    """The segments of a book and its archive, each with its shelf: first those on the disk, then those archived.

    Args:
        directory: the book.
        since: days before this one, such as 2026-11-23, are passed over.
        retention_class: only this class; every one, if it is empty.
        day: only this day of the class.

    Raises `OSError`, and `BookError` where the archive cannot be reached.
    """
    given: set[Path] = set()
    for shelf in shelves(directory, day or since):
        if retention_class in {"", shelf.retention_class} and day in {"", shelf.day}:
            for path in segments(directory, shelf):
                given.add(path)
                yield shelf, path
    archive = archive_of(directory)
    for shelf, archived in archive.listing(retention_class, since, day).items() if archive else ():
        for file in archived:
            if file.home not in given and not _replaced_any(file, given):
                yield shelf, file


def _replaced_any(file: Archived, given: set[Path]) -> bool:
    """Whether it took the place of segments that were on the disk just now: those are found in it by their names."""
    if file.suffix != PARQUET or not any(path.parent == file.home.parent for path in given):
        return False
    with suppress(SegmentError, FileNotFoundError):
        return any(file.home.with_name(source.name) in given for source in read_note(file).sources)
    return False
