"""A log as a stream of plain bytes, whatever it is packed in, cut into blocks of whole lines."""

import gzip
import io
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, NamedTuple, Self, cast

import numpy as np
import zstandard

from frontdesk.policy.errors import FrontdeskError

BLOCK = 48 << 20
"""Bytes of a block at most, and so of a line."""
PART = 6 << 20
"""Bytes that are read into columns at once: what they need is so little that memory is used again and again."""

_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_HEAD = 64 << 10
_NEWLINE = ord("\n")
_IN_CACHE = 256 << 10
_PACKED = 8 << 10  # bytes that are unpacked at once: few, as nothing bounds what comes of them


class Block(NamedTuple):
    """Whole lines of a log: where they begin, in plain bytes, and which line of the log is the first, from 1."""

    start: int
    first: int
    data: bytes | bytearray

    def parts(self, size: int = PART) -> Iterator[bytes]:
        """Whole lines of the block, about so many bytes at a time."""
        start, view = 0, memoryview(self.data)
        while start < len(self.data):
            end = self.data.rfind(b"\n", start, start + size) + 1
            if not end:  # one line that is longer
                end = self.data.find(b"\n", start) + 1 or len(self.data)
            elif start + size >= len(self.data):
                end = len(self.data)
            yield bytes(view[start:end])
            start = end

    @property
    def end(self) -> int:
        """Where the next block begins."""
        return self.start + len(self.data)


class Source:
    """One log that is read from its beginning to its end; nothing is ever written to it."""

    def __init__(self, path: Path) -> None:
        """Open a log; `-` is standard input. Raises `FrontdeskError` where it cannot be read."""
        self.path = path
        self.name = "standard input" if str(path) == "-" else path.name
        self._raw, self.size = self._open()
        self._plain = self._unpacked()
        self._rest = b""
        self._rooms: list[bytearray] = []  # pages of memory that are there need not be cleared
        self._offset, self._line = 0, 1
        self.head = self._beginning()
        """The first bytes, zero bytes not counted; they are read again as part of the first block."""
        self._rest = self.head

    def blocks(self, size: int = BLOCK) -> Iterator[Block]:
        """What is left, in blocks."""
        while data := self._take(size):
            yield self._block(data)

    def take_back(self, data: bytes | bytearray) -> None:
        """Use the memory of a block again, of whose data nobody needs anything any more."""
        if isinstance(data, bytearray):
            self._rooms.append(data)

    def skip_to(self, offset: int) -> Block | None:
        """What lies between here and a place in the plain bytes; None where the log ends before."""
        data = self._rest[: offset - self._offset]
        self._rest = self._rest[len(data) :]
        data += self._read(offset - self._offset - len(data))
        return self._block(data) if data else None

    def pass_to(self, offset: int) -> None:
        """Pass over what lies before a place in the plain bytes, or to the end. Its lines are not counted."""
        if self._plain is self._raw and self.size is not None:
            self._raw.seek(offset)
            self._rest, self._offset = b"", offset
        while self._offset < offset and self.skip_to(min(offset, self._offset + PART)) is not None:
            pass

    @property
    def packed(self) -> bool:
        """Whether it has to be read from its beginning to get to any place in it."""
        return self._plain is not self._raw

    def push_back(self, data: bytes) -> None:
        """Give back the last bytes that were read, which hold no end of a line: they are part of the next block."""
        self._rest = data + self._rest
        self._offset -= len(data)

    def pass_line(self) -> bytes:
        """Pass over what is left of a line, and give it."""
        passed = b""
        while self._rest or self._fill():
            line, newline, self._rest = self._rest.partition(b"\n")
            passed += bytes(self._block(line + newline).data)
            if newline:
                break
        return passed

    def is_at_end(self) -> bool:
        """Whether nothing is left."""
        return not self._rest and not self._fill()

    def _fill(self) -> bool:
        self._rest = self._read(_HEAD)
        return bool(self._rest)

    def done(self) -> int:
        """How many bytes of the file, as it lies, were read."""
        try:
            return self._raw.tell()
        except (OSError, ValueError):
            return 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the log."""
        if str(self.path) != "-":
            self._raw.close()

    def _open(self) -> tuple[IO[bytes], int | None]:
        if str(self.path) == "-":
            return io.BufferedReader(cast("io.RawIOBase", sys.stdin.buffer)), None
        try:
            return self.path.open("rb"), self.path.stat().st_size
        except OSError as error:
            raise FrontdeskError(f"{self.path}: cannot be read: {error.strerror}") from None

    def _unpacked(self) -> IO[bytes]:
        try:
            magic = cast("io.BufferedReader", self._raw).peek(4)[:4]
        except OSError as error:
            raise FrontdeskError(f"{self.path}: cannot be read: {error.strerror}") from None
        if magic.startswith(_GZIP):
            return cast("IO[bytes]", gzip.GzipFile(fileobj=self._raw, mode="rb"))
        if magic == _ZSTD:
            return cast("IO[bytes]", _Zstd(self._raw))
        return self._raw

    def _beginning(self) -> bytes:
        try:
            head = self._read(_HEAD)
            while 2 * len(head.lstrip(b"\0")) < len(head) < BLOCK and (more := self._read(len(head))):
                head += more
        except FrontdeskError:
            self.close()
            raise
        return head

    def _read(self, size: int) -> bytes:
        """So many bytes; fewer only where the log ends."""
        room = bytearray(size)
        return bytes(memoryview(room)[: self._read_into(room, 0, size)])

    def _read_into(self, room: bytearray, start: int, end: int) -> int:
        """Fill a part of a room, and say where what was read ends: only where the log does is that before `end`."""
        try:
            with memoryview(room) as view:
                while start < end and (read := cast("io.BufferedReader", self._plain).readinto(view[start:end])):
                    start += read
        except (OSError, EOFError, zlib.error, zstandard.ZstdError) as error:
            told = error.strerror if isinstance(error, OSError) and error.strerror else "the compressed data is damaged"
            raise FrontdeskError(f"{self.path}: cannot be read: {told}") from None
        return start

    def _take(self, size: int) -> bytearray:
        """Whole lines, about so many bytes; at the end a line that does not end."""
        if self.is_at_end():  # no room need be made to learn that
            return bytearray()
        full = max(size, len(self._rest))
        room = self._rooms.pop() if self._rooms else bytearray(full)
        room += bytes(max(0, full - len(room)))
        room[: len(self._rest)] = self._rest
        full = self._read_into(room, len(self._rest), full)
        end = room.rfind(b"\n", 0, min(size, full)) + 1
        if full < size or end == full:
            end = full
        elif not end:
            raise FrontdeskError(f"{self.path}: line {self._line} is longer than {size} bytes: this is no access log")
        self._rest = bytes(room[end:full])
        del room[end:]
        return room

    def _block(self, data: bytes | bytearray) -> Block:
        block = Block(self._offset, self._line, data)
        self._offset += len(data)
        self._line += _lines(data)
        return block


class _Zstd:
    """Frames of zstd, one after another, unpacked. The library's own reader takes one that is cut off for whole."""

    def __init__(self, packed: IO[bytes]) -> None:
        self._packed = packed
        self._frame = zstandard.ZstdDecompressor().decompressobj()
        self._plain = memoryview(b"")

    def readinto(self, room: memoryview) -> int:
        """Fill a part of a room, nothing of it at the end. Raises `EOFError` where the last frame has none."""
        while not self._plain and self._unpack():
            pass
        size = min(len(room), len(self._plain))
        room[:size] = self._plain[:size]
        self._plain = self._plain[size:]
        return size

    def _unpack(self) -> bool:
        """Unpack what comes next; whether there was anything."""
        data = (self._frame.unused_data if self._frame.eof else b"") or self._packed.read(_PACKED)
        if not data:
            if not self._frame.eof:
                raise EOFError
            return False
        if self._frame.eof:
            self._frame = zstandard.ZstdDecompressor().decompressobj()
        self._plain = memoryview(self._frame.decompress(data))
        return True


def _lines(data: bytes | bytearray) -> int:
    """How many lines end in a block: as `count` says, in a quarter of its time."""
    view = np.frombuffer(data, np.uint8)
    return sum(int(np.count_nonzero(view[at : at + _IN_CACHE] == _NEWLINE)) for at in range(0, len(view), _IN_CACHE))
