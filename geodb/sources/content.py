"""What a file holds, unpacked where it is gzip, and never more at once than a bound."""

import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import IO, BinaryIO

from frontdesk.geodb.progress import Tell

HEAD = 64 * 1024
"""As many bytes are looked at to recognise a format."""

# Files are opened deep inside a dozen readers, none of which has to know that somebody follows.
_follower: ContextVar[Tell | None] = ContextVar("follower", default=None)

_GZIP = b"\x1f\x8b"
# Text of networks packs ten to forty times; a bomb a thousand times. Small files may do as they like.
_MOST_TIMES, _SMALL = 200, 64 * 1024 * 1024
# The longest line of a known vendor is under 2,000 letters.
LONGEST_LINE = 64 * 1024


@contextmanager
def following(tell: Tell) -> Iterator[None]:
    """Have `tell` called with how much of each file has been read, block by block."""
    token = _follower.set(tell)
    try:
        yield
    finally:
        _follower.reset(token)


def told(part: float) -> None:
    """Tell whoever follows how much of a file has been read, where a reader takes it into memory at once."""
    if follower := _follower.get():
        follower(part)


def opened(file: Path) -> BinaryIO:
    """The file's bytes, unpacked. Reading raises `ValueError` for damaged gzip, and for one that swells without end."""
    follower = _follower.get()
    stream = io.BufferedReader(_Followed(file, follower), HEAD) if follower else file.open("rb")
    packed = stream.read(len(_GZIP)) == _GZIP
    stream.seek(0)
    if not packed:
        return stream
    return io.BufferedReader(_Inflated(stream, max(_SMALL, _MOST_TIMES * file.stat().st_size)), HEAD)


def head(file: Path) -> bytes:
    """The first bytes of what a file holds."""
    with opened(file) as stream:
        return stream.read(HEAD)


def lines(stream: IO[str]) -> Iterator[str]:
    """The lines of a text; `ValueError` for one that does not end."""
    while line := stream.readline(LONGEST_LINE):
        if len(line) == LONGEST_LINE and not line.endswith(("\n", "\r")):
            raise ValueError(f"the line is longer than {LONGEST_LINE} letters")
        yield line


class _Followed(io.FileIO):
    """A file whose follower is told of each block that is read."""

    def __init__(self, file: Path, follower: Tell) -> None:
        super().__init__(file)
        self._size = file.stat().st_size or 1
        self._follower = follower

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        size = super().readinto(buffer)
        self._follower(self.tell() / self._size)
        return size or 0


class _Inflated(io.RawIOBase):
    """A gzip stream that refuses to swell beyond a bound."""

    def __init__(self, packed: BinaryIO, bound: int) -> None:
        super().__init__()
        self._packed = packed
        self._stream = gzip.GzipFile(fileobj=packed)
        self._left = bound

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        try:
            size = self._stream.readinto(buffer)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise ValueError(f"is damaged gzip: {error}") from None
        self._left -= size
        if self._left < 0:
            raise ValueError("is gzip that swells without end")
        return size

    def close(self) -> None:
        self._stream.close()
        self._packed.close()
        super().close()
