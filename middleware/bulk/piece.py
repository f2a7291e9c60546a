"""A block of a log that is to be written, and writing it."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from frontdesk.enrich.logs.formats import resumed
from frontdesk.enrich.logs.source import Block
from frontdesk.middleware.bulk.block import Written, write
from frontdesk.middleware.bulk.receive import Receiver
from frontdesk.middleware.complaint import error_type, place_of
from frontdesk.policy import FrontdeskError
from frontdesk.systemdata.disk import DISK, Disk


class Piece(NamedTuple):
    """A block that is to be written: in which format, in which state of it, and under which name."""

    format: str
    state: str
    block: Block
    name: str


Write = Callable[[Piece], Written]
"""Writes a block, from as many threads at once as there are hands. Raises `OSError` and `FrontdeskError`."""


def written(receiver: Receiver, piece: Piece, book: Path, disk: Disk = DISK) -> Written:
    """Write one block. Raises `OSError` and `FrontdeskError`, of which none holds anything of a line."""
    try:
        return write(receiver, resumed(piece.format, piece.state), piece.block, piece.name, book, disk)
    except (OSError, FrontdeskError):
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, it may show what stands in a line
        raise FrontdeskError(
            f"line {piece.block.first:,} or one of those behind it cannot be read, by a fault of frontdesk's own:"
            f" {error_type(error)} at {place_of(error)}; what was written before stays"
        ) from None
