"""Proving a book whole: every sealed segment is what was sealed, every open one is lines of JSON.

Each record stands on the shelf that it names.

Of a Parquet segment the digest proves every byte. Where pyarrow is installed its records are read and counted, too.
A segment that is not there at all leaves no trace that could be looked for.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import orjson

from frontdesk.systemdata import fields as f
from frontdesk.systemdata.archived import File, at_hand
from frontdesk.systemdata.errors import SegmentError
from frontdesk.systemdata.parquet import check_digest
from frontdesk.systemdata.read import archived, read
from frontdesk.systemdata.seal import Tally, read_seal
from frontdesk.systemdata.shelf import OPEN, PARQUET, SUSPECT, Shelf, sealed, shelf_of, stem
from frontdesk.systemdata.table import can_decode
from frontdesk.systemdata.whole import files


class Verdict(NamedTuple):
    """What was found of one segment. `damage` is None where it is whole."""

    path: File
    records: int
    damage: SegmentError | None
    suspect: bool  # the disk once failed to sync it, so it may hold less than was written


def verify(directory: Path) -> Iterator[Verdict]:
    """Read every segment of a book and its archive through.

    Raises `OSError` where a folder cannot be listed, and `BookError` where the archive cannot be reached.
    """
    for _, path in files(directory):
        yield from _verdict(path)


def _verdict(path: File) -> Iterator[Verdict]:
    suspect = SUSPECT in stem(path)
    try:
        yield Verdict(path, check(path), None, suspect)
    except FileNotFoundError:  # archived or purged since it was listed
        found = archived(path if path.suffix == PARQUET else sealed(path)) if isinstance(path, Path) else None
        if found is not None:
            yield from _verdict(found)
    except SegmentError as damage:
        yield Verdict(path, 0, damage, suspect)
    except OSError as error:
        yield Verdict(path, 0, SegmentError(path, 0, f"cannot be read: {error.strerror}"), suspect)


def check(path: File) -> int:
    """How many records a segment has. Raises `SegmentError` where it is not what was written, and `OSError`."""
    while True:
        before = path.stat().st_ino if path.suffix != OPEN else None
        try:
            with at_hand(path):
                return _count(path)
        except SegmentError:
            path = _as_it_is_now(path)
            if before is None or path.stat().st_ino == before:
                raise  # else another one took its place meanwhile


def _as_it_is_now(path: File) -> File:
    if isinstance(path, Path):
        return path
    now = path.now()
    if now is None:
        raise FileNotFoundError
    return now


def _count(path: File) -> int:
    if isinstance(path, Path) and path.suffix == OPEN and not path.exists():
        path = sealed(path)  # since it was listed
    if path.suffix == PARQUET:
        check_digest(path)
        if not can_decode():
            return read_seal(path).records
    tally, offset, shelf = Tally(), 0, shelf_of(path)
    for line in read(path):
        if fault := _fault(line, shelf):
            raise SegmentError(path, offset, fault, plain=True)
        offset += len(line)
        tally.add(line)
    found = tally.seal()
    if path.suffix != OPEN:
        told = read_seal(path)
        if path.suffix == PARQUET:
            told = told._replace(sha256=found.sha256)  # it is that of the file, and was proved
        if found.sha256 != told.sha256:
            raise SegmentError(path, 0, f"the sha256 is {found.sha256}, and the seal says {told.sha256}", plain=True)
        if found != told:
            raise SegmentError(path, path.stat().st_size, "the seal does not tell what the content does")
    return found.records


def _fault(line: bytes, shelf: Shelf) -> str | None:
    """Why a line cannot be a record of a shelf. What a record does not say of its shelf is as that is."""
    try:
        record = orjson.loads(line)
    except orjson.JSONDecodeError:
        record = None
    if not isinstance(record, dict):
        return "this line is no record"
    at_home = (
        record.get(f.RETENTION_CLASS, shelf.retention_class) == shelf.retention_class
        and record.get(f.ENTITY, shelf.entity) == shelf.entity
        and str(record.get(f.TIMESTAMP, shelf.day)).startswith(shelf.day)
    )
    return None if at_home else "this record is of another class, day or company than its shelf"
