"""Files taken out of what they came packed in, one file of bounded size, never by a name that the packing gives."""

import gzip
import os
import tarfile
import zlib
from pathlib import Path
from typing import IO, BinaryIO, cast

from frontdesk.geodb.update.request import Packing

LARGEST = 4 << 30
"""The most bytes of a source, packed or not: MaxMind's and IPinfo's largest have a quarter of it."""

_BLOCK = 1 << 20
_PRIVATE = 0o600
# MaxMind's tar holds a folder and four files.
_MOST_MEMBERS = 100


def unpack(packed: Path, packing: Packing, out: Path, largest: int = LARGEST) -> None:
    """Take the one file out. Raises `ValueError` for what is damaged, swells without end or holds no such file."""
    try:
        if packing == "none":
            packed.replace(out)
        elif packing == "gzip":
            with gzip.open(packed) as stream:
                _copy(cast("BinaryIO", stream), out, largest)
        else:
            # Read as a stream, so that the whole of it is never unpacked to look at its table.
            with tarfile.open(packed, "r|gz") as tar:
                _copy(_database_in(tar, largest), out, largest)
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise ValueError(f"is damaged: {error}") from None


def _database_in(tar: tarfile.TarFile, largest: int) -> IO[bytes]:
    """The first plain file of the tar whose name ends in .mmdb; nothing is ever written by the tar's own names."""
    passed = 0
    for count, member in enumerate(tar):
        passed += member.size
        if count >= _MOST_MEMBERS or passed > largest:
            break
        if member.isreg() and member.name.endswith(".mmdb"):
            stream = tar.extractfile(member)
            if stream is not None:
                return stream
    raise ValueError("holds no MMDB")


def _copy(stream: IO[bytes], out: Path, largest: int) -> None:
    left = largest
    with os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _PRIVATE), "wb") as target:
        while block := stream.read(_BLOCK):
            left -= len(block)
            if left < 0:
                raise ValueError(f"unpacks to more than {largest:,} bytes")
            target.write(block)
