"""Putting blocks that tasks have written into their places in the book, and noting them in the journal."""

from collections.abc import Sequence
from pathlib import Path

from frontdesk.middleware.bulk.journal import NAME, Entry, Journal, Mark
from frontdesk.middleware.bulk.spark.plan import Cut
from frontdesk.middleware.bulk.spark.task import Done
from frontdesk.systemdata.disk import UNFINISHED, Disk
from frontdesk.systemdata.parquet import successor
from frontdesk.systemdata.shelf import SEALED, is_segment


def commit(journal: Journal, entry: Entry, blocks: Sequence[tuple[Cut, Done]], disk: Disk) -> None:
    """Make blocks of one log, which follow one another and what was noted, part of the book.

    A driver that dies on the way leaves their names as pending, so that the next run takes them out again.
    Raises `OSError`, and `BookError` where the journal cannot be written.
    """
    entry.pending = [cut.name for cut, _ in blocks]
    journal.write(entry)
    folders = set()
    for _, done in blocks:
        for file, place in done.files:
            _put(Path(file), Path(place), disk)
            folders.add(Path(place).parent)
    for folder in folders:
        disk.sync_folder(folder)
    for cut, done in blocks:
        _note(entry, cut, done)
    entry.pending = []
    journal.write(entry)


def tidy(book: Path, names: set[str], disk: Disk) -> None:
    """Remove what attempts at blocks of these names have left beside the book's files. Raises `OSError`."""
    for path in book.glob(f"*/*/*/*{UNFINISHED}"):
        if is_segment(path.with_suffix("")) and path.name.split("-", 2)[2][:NAME] in names:
            path.unlink(missing_ok=True)
            disk.sync_folder(path.parent)


def _put(file: Path, place: Path, disk: Disk) -> None:
    if place.name.endswith(SEALED) and successor(place) is not None:  # written before, and compacted since
        disk.unlink(file)
    else:
        disk.rename(file, place)


def _note(entry: Entry, cut: Cut, done: Done) -> None:
    entry.marks.append(Mark(cut.end, cut.sha256))
    entry.state, entry.tail, entry.tail_written = cut.after, cut.tail, done.last_written
    read, written, counted, expired, rejected, _ = done.totals
    entry.read += read
    entry.written += written
    entry.counted += counted
    entry.expired += expired
    entry.rejected += rejected
    entry.last, entry.until = max(entry.last, done.last), max(entry.until, done.until)
