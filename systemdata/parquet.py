"""Parquet segments: the records of many sealed segments in one file that DuckDB, Polars and Spark read as it lies.

The records of each source stand together and in its order, so that a reader that listed a source before it was
replaced still finds just these. Compressed with zstd, in row groups that are read one at a time.
"""

import io
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import orjson

from frontdesk.systemdata import fields as f
from frontdesk.systemdata.archived import File
from frontdesk.systemdata.columns import COLUMNS, Kind
from frontdesk.systemdata.disk import DISK, Disk
from frontdesk.systemdata.errors import SegmentError
from frontdesk.systemdata.footer import KEY, NO_DIGEST, Source, note_in, read_note, sha256
from frontdesk.systemdata.replacing import in_place_of
from frontdesk.systemdata.seal import BLOCK, Seal, Tally, write_all
from frontdesk.systemdata.shelf import PARQUET
from frontdesk.systemdata.table import arrow, records_of, schema, table_of

ROWS = 1 << 16
"""Records in a row group of records that come one by one."""
KINDS = "frontdesk.columns"
"""The key under which a file says what its columns hold that are no plain text, for readers older or newer than it."""

_BATCH = 1 << 13
_READ = 1 << 10
_LEVEL, _LEVEL_OF_PLACES = 3, 1
_AT_ONCE = 1 << 13
_MOST_ROWS = 1 << 18  # of a table that is in memory anyway: each row group has every dictionary anew
_MANY = frozenset({f.CLIENT_NETWORK, f.DAILY_ID})


_Told = Callable[[], tuple[Seal, list[tuple[str, int]]]]
"""Gives what is true of the records that were written, and which sources they are of."""


class Part(NamedTuple):
    """The lines of one source."""

    name: str
    lines: Iterable[bytes]


class NoRecordError(Exception):
    """A source has a line that is no record."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(name)


def seal_parts(
    path: Path, parts: Iterable[Part], disk: Disk = DISK, prove: Callable[[Path], bool] = lambda _: True
) -> Seal | None:
    """Write a Parquet segment, in the place of any that is there: afterwards it is the old one or the new, whole.

    Args:
        path: the segment's name.
        parts: what goes into it; only a row group of it is held in memory at a time.
        disk: the disk to write to.
        prove: is asked of the file before it takes its place; where it says no, nothing is changed, and None is given.

    Raises `OSError`, and `NoRecordError`; nothing is left behind then.
    """
    tally = Tally()
    sources: list[tuple[str, int]] = []
    groups = _row_groups(parts, tally, sources)
    return _seal(path, schema(), groups, lambda: (tally.seal(), sources), disk, prove)


def seal_table(path: Path, table: Any, seal: Seal, disk: Disk = DISK) -> None:
    """Write a Parquet segment of records that are a table already, with the columns of `schema`.

    Args:
        path: the segment's name; any that is there is replaced.
        table: the records; text may be encoded as a dictionary.
        seal: what is true of them, but for the digest. It is the caller's word: `verify` proves it.
        disk: the disk to write to.

    Raises `OSError`; nothing is left behind then.
    """
    how = {
        # The least and the most of a text help no reader; a dictionary of what is different in each record neither.
        "write_statistics": [
            name for name, kind in COLUMNS.items() if kind not in {Kind.TEXT, Kind.OBJECT, Kind.TEXTS}
        ],
        "use_dictionary": [name for name in COLUMNS if name not in _MANY],
        # Places in dictionaries are small already: a higher level makes them a hundredth smaller, for twice the time.
        "compression_level": _LEVEL_OF_PLACES,
        "write_batch_size": _AT_ONCE,
    }
    sources = [(path.name, seal.records)]
    _seal(path, table.schema, [table], lambda: (seal, sources), disk, lambda _: True, how)


class _UnprovedError(Exception):
    """Keeps a file that was not proved from taking another's place."""


def _seal(
    path: Path,
    columns: Any,
    groups: Iterable[Any],
    told: _Told,
    disk: Disk,
    prove: Callable[[Path], bool],
    how: Mapping[str, Any] = MappingProxyType({}),
) -> Seal | None:
    def proved(unfinished: Path) -> None:
        if not prove(unfinished):
            raise _UnprovedError

    try:
        with in_place_of(path, disk, proved) as new:
            seal = _press(new.fd, columns, groups, told, disk, how)
            _sign(new.fd, new.path, disk)
    except _UnprovedError:
        return None
    return seal


def read_rows(path: File, of: str | None = None) -> Iterator[bytes]:
    """The records of a Parquet segment, or only those of the source of a name, as blocks of lines of JSON.

    Raises `SegmentError` where it is damaged, after the records before; `FrontdeskError` without pyarrow; `OSError`.
    """
    pa = arrow()
    told = 0
    with path.open("rb") as stream:
        sources = note_in(stream, path).sources
        if of is not None:
            sources = tuple(each for each in sources if each.name == of)
        try:
            for batch, kinds in _batches(pa, stream, sources):
                block = b"".join(
                    orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE) for record in records_of(batch, kinds)
                )
                told += len(block)
                yield block
        except (pa.ArrowException, OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise
            raise SegmentError(path, told, "what follows cannot be decoded", plain=True) from None


def successor(path: Path) -> Path | None:
    """The Parquet segment that took the place of another one since that was listed; None where there is none."""
    for other in sorted(path.parent.glob(f"*{PARQUET}")):
        with suppress(SegmentError, FileNotFoundError):
            if path.name in (source.name for source in read_note(other).sources):
                return other
    return None


def check_digest(path: File) -> None:
    """Prove that every byte of a Parquet segment is as it was sealed. Raises `SegmentError`, and `OSError`."""
    with path.open("rb") as stream:
        note = note_in(stream, path)
        found, told = sha256(stream, note), note.seal.get("sha256")
    if found != told:
        raise SegmentError(path, 0, f"the sha256 is {found}, and the seal says {told}")


class _Sink(io.RawIOBase):
    """A file as Arrow writes to it. After a call failed it takes nothing more, and says nothing."""

    def __init__(self, fd: int, disk: Disk) -> None:
        self._fd = fd
        self._disk = disk
        self.dead = False

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        if not self.dead:
            write_all(self._fd, data, self._disk)
        return len(data)


def _press(fd: int, columns: Any, groups: Iterable[Any], told: _Told, disk: Disk, how: Mapping[str, Any]) -> Seal:
    """Write tables as Parquet, with a seal that lacks the digest; what it says is asked for when all is written."""
    raw = _Sink(fd, disk)
    sink = io.BufferedWriter(raw, BLOCK)
    writer = arrow().parquet.ParquetWriter(
        sink,
        columns,
        compression="zstd",
        write_page_checksum=True,
        store_schema=False,  # it would repeat the seal, and tell nothing that the columns do not
        **{"compression_level": _LEVEL, **how},
    )
    try:
        for table in groups:
            writer.write_table(table, row_group_size=_MOST_ROWS)
        seal, sources = told()
        seal = seal._replace(sha256=NO_DIGEST)
        kinds = {name: kind for name, kind in COLUMNS.items() if kind is not Kind.TEXT}
        writer.add_key_value_metadata(
            {KINDS: orjson.dumps(kinds), KEY: orjson.dumps(seal._asdict() | {"sources": sources})}
        )
        writer.close()
        sink.flush()
    except BaseException:
        raw.dead = True
        with suppress(Exception):
            writer.close()
        raise
    return seal


def _row_groups(parts: Iterable[Part], tally: Tally, sources: list[tuple[str, int]]) -> Iterator[Any]:
    """Tables of as many records as a row group has, of however many parts; what was read is noted by the way."""
    pa = arrow()
    records: list[dict[str, Any]] = []
    tables: list[Any] = []
    rows = 0
    for part in parts:
        lines_of_part = 0
        left = iter(part.lines)
        while lines := list(islice(left, _BATCH)):
            tally.add(b"".join(lines))
            records += [_record(part.name, line) for line in lines]
            lines_of_part += len(lines)
            if len(records) >= _BATCH:
                tables.append(table_of(records))
                rows += len(records)
                records = []
            if rows >= ROWS:
                group = pa.concat_tables(tables)
                yield group.slice(0, ROWS)
                rows -= ROWS
                tables = [group.slice(ROWS)] if rows else []
        sources.append((part.name, lines_of_part))
    if records:
        tables.append(table_of(records))
    if tables:
        rest = pa.concat_tables(tables)
        for first in range(0, rest.num_rows, ROWS):
            yield rest.slice(first, ROWS)


def _record(source: str, line: bytes) -> dict[str, Any]:
    try:
        record = orjson.loads(line)
    except ValueError:
        raise NoRecordError(source) from None
    if not isinstance(record, dict):
        raise NoRecordError(source)
    return record


def _sign(fd: int, path: Path, disk: Disk) -> None:
    """Put the digest of the file into its seal."""
    with path.open("rb") as stream:
        note = note_in(stream, path)
        digest = sha256(stream, note)
    os.lseek(fd, note.digest_at, os.SEEK_SET)
    write_all(fd, digest.encode(), disk)


def _batches(pa: Any, stream: Any, sources: Sequence[Source]) -> Iterator[tuple[Any, dict[str, Kind]]]:
    """The rows of sources that stand one after another, with what the columns hold."""
    file = pa.parquet.ParquetFile(stream, page_checksum_verification=True)
    kinds = _kinds(file.schema_arrow.metadata or {})
    records = sum(source.records for source in sources)
    begin = sources[0].first if sources else 0
    groups, first = _groups(file, begin, begin + records)
    if not groups:
        return
    begin -= first
    for batch in file.iter_batches(_READ, row_groups=groups, use_threads=False):
        if records and begin < batch.num_rows:
            part = batch.slice(begin, records)
            yield part, kinds
            records -= part.num_rows
        begin = max(0, begin - batch.num_rows)


def _groups(file: Any, begin: int, end: int) -> tuple[list[int], int]:
    """The row groups that have the rows from one to another, and which row their first is. May raise `ValueError`."""
    groups: list[int] = []
    first = at = 0
    for number in range(file.num_row_groups):
        rows = file.metadata.row_group(number).num_rows
        if begin < at + rows and at < end:
            first = first if groups else at
            groups.append(number)
        at += rows
    if end > at:
        raise ValueError("rows are missing")
    return groups, first


def _kinds(metadata: dict[bytes, bytes]) -> dict[str, Kind]:
    told = orjson.loads(metadata[KINDS.encode()]) if KINDS.encode() in metadata else COLUMNS
    return {name: Kind(kind) for name, kind in told.items()}
