"""Sealing: a segment compressed, with what one must know of it at its end.

A sealed segment is a zstd file: one frame of JSON lines, then a *skippable frame* (RFC 8878, section 3.1.2) with the
seal, which every zstd reader passes over. It has a fixed length, so that one small read from the end of the file finds
it: purge learns the latest expiry without decompressing anything.
"""

import hashlib
import os
import re
import struct
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, NamedTuple

import orjson
import zstandard

from frontdesk.systemdata import fields as f
from frontdesk.systemdata.archived import File
from frontdesk.systemdata.disk import DISK, Disk
from frontdesk.systemdata.errors import SegmentError
from frontdesk.systemdata.footer import note_in
from frontdesk.systemdata.replacing import in_place_of
from frontdesk.systemdata.shelf import PARQUET

BLOCK = 2 << 20
"""Bytes that are read, compressed and written at once. After each of these steps the thread waits for its turn among
those that answer requests, which costs both more than the step: so there are few."""

Breathe = Callable[[], object]
"""What is done between two blocks, so that nothing else waits for all of them."""

_HEADER = struct.Struct("<II")
_SKIPPABLE = 0x184D2A5F
_LENGTH = 504
SEAL_BYTES = _HEADER.size + _LENGTH
_LEVEL = 3


def hold_breath() -> None:
    """Do nothing between two blocks."""


class Seal(NamedTuple):
    """What a sealed segment holds. Times are RFC 3339 in UTC, as in the records; None where no record tells one."""

    records: int
    size: int  # bytes of the plain lines
    sha256: str  # of the plain lines; of a Parquet segment, of the file
    first: str | None
    last: str | None
    earliest_expiry: str | None
    latest_expiry: str | None

    def frame(self) -> bytes:
        """The seal as the last bytes of a file."""
        return _HEADER.pack(_SKIPPABLE, _LENGTH) + orjson.dumps(self._asdict()).ljust(_LENGTH)


def seal_lines(path: Path, lines: Iterable[bytes], disk: Disk = DISK, noted: "Tally | None" = None) -> Seal:
    """Write a sealed segment, in the place of any that is there: afterwards it is the old one or the new, whole.

    Args:
        path: the sealed segment's name.
        lines: whole lines, or blocks of whole lines; only one is held in memory at a time.
        disk: the disk to write to.
        noted: the tally that they were noted in when they came, if they were.

    Raises `OSError`; nothing is left behind then.
    """
    with in_place_of(path, disk) as new:
        return _press(lines, new.fd, disk, noted)


def read_seal(path: File) -> Seal:
    """The seal of a segment, by a small read or two. Raises `SegmentError` where there is none, and `OSError`."""
    with path.open("rb") as stream:
        return seal_of(stream, path)


def seal_of(stream: IO[bytes], path: File) -> Seal:
    """The same of a segment that is open, under a name that tells its kind."""
    if path.suffix != PARQUET:
        return seal_in(stream, path)
    try:
        return Seal(**note_in(stream, path).seal)
    except TypeError:
        raise SegmentError(path, 0, "the seal cannot be read") from None


def seal_in(stream: IO[bytes], path: File) -> Seal:
    """The same of a `.jsonl.zst` that is open, under a name for the error: another one may have that by now."""
    size = stream.seek(0, os.SEEK_END)
    stream.seek(max(0, size - SEAL_BYTES))
    frame = stream.read(SEAL_BYTES)
    if len(frame) != SEAL_BYTES or _HEADER.unpack_from(frame) != (_SKIPPABLE, _LENGTH):
        raise SegmentError(path, size, "the seal is missing: the file was cut short or is no sealed segment")
    try:
        return Seal(**orjson.loads(frame[_HEADER.size :]))
    except (ValueError, TypeError):
        raise SegmentError(path, size - _LENGTH, "the seal cannot be read") from None


class Tally:
    """Makes a seal of lines that pass by: of blocks of them, or of lines that are noted as they are written."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()
        self._records = self._size = 0
        self._times = _Span(f.TIMESTAMP)
        self._expiries = _Span(f.EXPIRES_AT)

    def add(self, block: bytes) -> None:
        """Count one more block of whole lines."""
        self.press(block)
        self._records += block.count(b"\n")
        self._times.search(block)
        self._expiries.search(block)

    def note(self, lines: list[bytes]) -> None:
        """Count lines that are at hand one by one; what they are together is counted by `press`.

        It takes a tenth of the time of `add`, in which no request would be answered: the time is read of the first and
        the last line by the alphabet, where each of ours begins with it, and the expiry where each ends.
        """
        self._records += len(lines)
        if not self._times.read_first(lines):
            self._times.search(b"".join(lines))
        if not self._expiries.read_last(lines):
            self._expiries.search(b"".join(lines))

    def press(self, block: bytes) -> None:
        """Count one more block of lines that were noted."""
        self._digest.update(block)
        self._size += len(block)

    def seal(self) -> Seal:
        """The seal of what was added."""
        return Seal(self._records, self._size, self._digest.hexdigest(), *self._times.ends(), *self._expiries.ends())


class _Span:
    """The earliest and the latest value of a time field. It is found as text, which cannot be mistaken: inside a JSON
    string a quotation mark has a backslash in front."""

    def __init__(self, field: str) -> None:
        pair = b'"%s":"([0-9TZ:.+-]{10,40})"' % re.escape(field.encode())
        self._anywhere, self._first, self._last = map(re.compile, (pair, rb"\{" + pair, pair + rb"\}\n"))
        self._tail = len(b'"%s":"0000-00-00T00:00:00Z"}\n' % field.encode())
        self._least = self._most = b""

    def search(self, block: bytes) -> None:
        """Find each value in a block."""
        self._take(self._anywhere.findall(block))

    def read_first(self, lines: list[bytes]) -> bool:
        """Read the field where it is the first of each line; whether it is. What lies between two begins like both."""
        return self._read(map(self._first.match, {min(lines), max(lines)}))

    def read_last(self, lines: list[bytes]) -> bool:
        """Read the field where it is the last of each line, of whole seconds; whether it is."""
        return self._read(map(self._last.fullmatch, {line[-self._tail :] for line in lines}))

    def ends(self) -> tuple[str | None, str | None]:
        """The earliest and the latest value, as far as there is any."""
        return self._least.decode() or None, self._most.decode() or None

    def _read(self, found: Iterable[re.Match[bytes] | None]) -> bool:
        matches = list(found)
        values = [match[1] for match in matches if match]
        if len(values) < len(matches):
            return False
        self._take(values)
        return True

    def _take(self, values: list[bytes]) -> None:
        if values:
            self._most = max(self._most, *values)
            self._least = min(self._least or values[0], *values)


def _press(blocks: Iterable[bytes], fd: int, disk: Disk, noted: Tally | None) -> Seal:
    compressor = zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True).compressobj()
    tally = noted or Tally()
    count = tally.press if noted else tally.add
    for block in blocks:
        count(block)
        write_all(fd, compressor.compress(block), disk)
    seal = tally.seal()
    write_all(fd, compressor.flush() + seal.frame(), disk)
    return seal


def write_all(fd: int, data: bytes, disk: Disk) -> None:
    """Write all that is given. Raises `OSError`."""
    left = memoryview(data)
    while left:
        left = left[disk.write(fd, left) :]


def blocks(fd: int, size: int, disk: Disk = DISK, breathe: Breathe = hold_breath) -> Iterator[bytes]:
    """The first `size` bytes of a file in blocks of whole lines; a torn last line is left out. May raise `OSError`."""
    offset, rest = 0, b""
    while offset < size:
        data = disk.read(fd, min(BLOCK, size - offset), offset)
        if not data:
            return
        end = data.rfind(b"\n") + 1
        if end:
            yield rest + data[:end]
            rest = b""
            offset += end  # what is behind it is read again, with what follows
        else:
            rest += data
            offset += len(data)
        breathe()
