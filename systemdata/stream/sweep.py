"""Sweeping: where the segments are no more than the spool, those that were delivered whole are deleted."""

from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path

from frontdesk.systemdata.errors import BookError
from frontdesk.systemdata.follow import origins
from frontdesk.systemdata.hold import keeps
from frontdesk.systemdata.lock import alone
from frontdesk.systemdata.rewrite import remove
from frontdesk.systemdata.shelf import OPEN, identity, segments
from frontdesk.systemdata.stream.cursor import Position


def sweep(directory: Path, positions: Mapping[str, Position], classes: Collection[str]) -> int:
    """Delete the segments of some classes that were delivered whole and that no hold keeps; how many those were.

    While another command changes the book, nothing is deleted: the next time does it. Raises `BookError`.
    """
    deleted = 0
    with suppress(BookError), alone(directory):
        for path in _delivered(directory, positions, classes):
            if not keeps(path):
                with suppress(FileNotFoundError):  # purged meanwhile
                    remove(path)
                    deleted += 1
    return deleted


def _delivered(directory: Path, positions: Mapping[str, Position], classes: Collection[str]) -> list[Path]:
    """The segments of which everything was delivered; of a compacted one, everything that it is made of."""

    def done(path: Path) -> bool:
        position = positions.get(identity(path).relative_to(directory).as_posix())
        return position is not None and position.done

    there = [path for path in segments(directory) if path.relative_to(directory).parts[0] in classes]
    return [path for path in there if path.suffix != OPEN and all(map(done, origins([path])))]
