"""A batch: records that were taken in and wait to be written, each on its shelf, and the offsets they came from."""

import os
import secrets
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import orjson

from frontdesk.policy import Treatment
from frontdesk.systemdata import fields as f
from frontdesk.systemdata.disk import DISK, Disk
from frontdesk.systemdata.parquet import Part, seal_parts
from frontdesk.systemdata.shelf import ANONYMOUS, PARQUET, Place, Shelf
from frontdesk.systemdata.stream.taken import Taken
from frontdesk.systemdata.table import arrow, table_of
from frontdesk.systemdata.tags import Record

MOST_RECORDS = 1 << 16
MOST_BYTES = 32 << 20
"""A batch is written when it has so many records, or bytes."""

_BYTES_BESIDES = 200  # what a line takes in memory besides itself


class _File(NamedTuple):
    """A segment that is to be written."""

    path: Path
    lines: list[bytes]


class Batch:
    """One batch of one book."""

    def __init__(self, directory: Path, disk: Disk = DISK) -> None:
        self._directory = directory
        self._disk = disk
        self._lines: dict[Place, list[bytes]] = {}
        self._begin: dict[Place, str] = {}
        self._following: dict[str, int] = {}
        # The same whenever it is written, so that a second attempt takes the place of the first; no other batch has it.
        self._name = f"{os.getpid()}-{secrets.token_hex(8)}"
        self._bytes = 0
        self.records = 0

    def __bool__(self) -> bool:
        return bool(self._following)

    @property
    def is_full(self) -> bool:
        """Whether it is time to write it, however young it is."""
        return self.records >= MOST_RECORDS or self._bytes >= MOST_BYTES

    def add(self, record: Record, value: bytes) -> None:
        """Take a record in, whose line is given without its end."""
        place = Place(Shelf.of(record), record.get(f.TREATMENT) == Treatment.ANONYMOUS)
        self._lines.setdefault(place, []).append(value + b"\n")
        self._begin[place] = min(record[f.TIMESTAMP], self._begin.get(place, record[f.TIMESTAMP]))
        self._bytes += len(value) + _BYTES_BESIDES
        self.records += 1

    def went_past(self, partition: str, offset: int) -> None:
        """Everything of a partition is dealt with up to an offset, taken in or not."""
        self._following[partition] = offset + 1

    def write(self, taken: Taken) -> tuple[int, int]:
        """Write the batch into the book; how many segments, and how many records no table takes, which are left out.

        Afterwards all of it is there, and noted. Raises `OSError`; nothing of it counts then.
        """
        try:
            return self._write(taken), 0
        except _no_table():
            before = self.records
            self._lines = {place: kept for place, lines in self._lines.items() if (kept := list(_fitting(lines)))}
            self.records = sum(map(len, self._lines.values()))
            return self._write(taken), before - self.records

    def _write(self, taken: Taken) -> int:
        files = list(self._files())
        taken.begin([file.path for file in files])
        for file in files:
            self._disk.make_folder(file.path.parent)
            seal_parts(file.path, [Part(file.path.name, file.lines)], self._disk)
        taken.finish(self._following)
        return len(files)

    def _files(self) -> Iterator[_File]:
        """A name says of when its first record is. Anonymous records have a file of their own, sorted as everywhere."""
        for place, lines in self._lines.items():
            begin = datetime.fromisoformat(self._begin[place])
            name = f"{begin:%Y%m%dT%H%M%S%f}-{self._name}{ANONYMOUS if place.anonymous else ''}{PARQUET}"
            yield _File(place.shelf.folder(self._directory) / name, sorted(lines) if place.anonymous else lines)


def _no_table() -> tuple[type[Exception], ...]:
    """What is raised for records that no table takes, as nobody of ours wrote them."""
    return arrow().ArrowException, ValueError, TypeError, OverflowError, AttributeError


def _fitting(lines: list[bytes]) -> Iterator[bytes]:
    """The lines that a table takes."""
    for line in lines:
        with suppress(*_no_table()):
            table_of([orjson.loads(line)])
            yield line
