"""How far the topics are behind a book."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from frontdesk.policy.stream import Stream
from frontdesk.systemdata.errors import BookError, SegmentError
from frontdesk.systemdata.read import read_blocks
from frontdesk.systemdata.seal import read_seal
from frontdesk.systemdata.shelf import OPEN
from frontdesk.systemdata.stream.cursor import Position
from frontdesk.systemdata.stream.spool import Spool


class Lag(NamedTuple):
    """What of a book was not delivered yet."""

    records: int
    segments: int
    since: str | None  # when the oldest of these segments was begun; None where there is none


def lag(directory: Path, stream: Stream, positions: Mapping[str, Position]) -> Lag:
    """Count what is left, anonymous records that wait for their hour among it. Raises `BookError`."""
    spool = Spool(directory, stream.classes, dict(positions))
    found = []
    try:
        for path in spool.left():
            records = _records(path) - spool.position(path).records
            if records > 0:
                found.append((path.name[:15], records))
    except OSError as error:
        raise BookError(error.filename or directory, f"cannot be read: {error.strerror}") from None
    if not found:
        return Lag(0, 0, None)
    since = datetime.strptime(min(found)[0], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
    return Lag(sum(records for _, records in found), len(found), f"{since:%Y-%m-%dT%H:%M:%SZ}")


def _records(path: Path) -> int:
    """How many records a segment has; of one that is damaged, or gone, none that count."""
    with suppress(SegmentError, FileNotFoundError):
        if path.suffix != OPEN and path.exists():
            return read_seal(path).records
        return sum(block.count(b"\n") for block in read_blocks(path, afar=False))
    return 0
