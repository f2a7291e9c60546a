"""One block of lines on its way into a book. It may be written twice: the second time nothing changes."""

from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from frontdesk.enrich.logs.batch import Batch, joined
from frontdesk.enrich.logs.formats import Format
from frontdesk.enrich.logs.source import Block
from frontdesk.middleware.bulk.receive import Receiver
from frontdesk.middleware.bulk.totals import Totals
from frontdesk.systemdata.disk import DISK, Disk
from frontdesk.systemdata.parquet import seal_table, successor
from frontdesk.systemdata.record import encode
from frontdesk.systemdata.seal import seal_lines
from frontdesk.systemdata.shelf import ANONYMOUS, BY_CONTENT, PARQUET, SEALED, Shelf
from frontdesk.systemdata.tags import Record


class Written(NamedTuple):
    """What became of a block."""

    totals: Totals
    rejects: list[tuple[int, str]]
    last_written: bool  # the last line was taken for a visit, and neither rejected nor one that tells of the log
    last: int  # see `Received`
    until: int


def write(receiver: Receiver, format_: Format, block: Block, name: str, book: Path, disk: Disk = DISK) -> Written:
    """Write the records of a block into a book, under names that only this block gives. Raises `OSError`."""
    batch = _read(format_, block)
    received = receiver.receive(batch.columns)
    # The texts have told all they can, and no other part of the work takes as much memory.
    batch = batch._replace(columns=batch.columns.clear())
    for shelved in received.shelved:
        mark = ANONYMOUS if shelved.anonymous else ""
        path = _path(book, shelved.shelf, shelved.first, f"{name}{mark}{PARQUET}", disk)
        seal_table(path, shelved.table, shelved.seal, disk)
    for shelf, records in groupby(sorted(received.aggregates, key=Shelf.of), Shelf.of):
        _write_aggregates(book, shelf, list(records), name, disk)
    rejects = [*batch.rejects, *((int(batch.line[row]), reason) for row, reason in received.rejects)]
    totals = Totals(batch.lines - batch.comments, received.written, received.counted, received.expired, len(rejects))
    bad = {line for line, _ in rejects}
    numbered = sorted((block.first - 1 + line, reason) for line, reason in rejects)
    last_written = batch.lines in batch.line and batch.lines not in bad
    return Written(totals, numbered, last_written, received.last, received.until)


def _read(format_: Format, block: Block) -> Batch:
    batches = []
    for part in block.parts():
        batches.append(format_.read(part))
        format_ = format_.following(part)
    return joined(batches)


def undo(book: Path, name: str, disk: Disk = DISK) -> None:
    """Take a block out of a book that may have been written in part."""
    for path in book.glob(f"*/*/*/*-{name}*"):
        disk.unlink(path)
        disk.sync_folder(path.parent)


def _write_aggregates(book: Path, shelf: Shelf, records: list[Record], name: str, disk: Disk) -> None:
    at = datetime.fromisoformat(records[0]["timestamp"]).timestamp()
    path = _path(book, shelf, int(at * 1000), name + SEALED, disk)
    if successor(path) is None:  # written before, and compacted since
        seal_lines(path, map(encode, records), disk)


def _path(book: Path, shelf: Shelf, first: int, name: str, disk: Disk) -> Path:
    folder = shelf.folder(book)
    disk.make_folder(folder)
    start = datetime.fromtimestamp(first / 1000, UTC).strftime("%Y%m%dT%H%M%S%f")
    return folder / f"{start}{BY_CONTENT}{name}"
