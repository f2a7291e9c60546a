"""Sweeping: where the segments are no more than the spool, those that were delivered whole are deleted."""

from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from pathlib import Path

from frontdesk.systemdata.errors import BookError
from frontdesk.systemdata.follow import origins
from frontdesk.systemdata.hold import keeps
from frontdesk.systemdata.lock import alone
from frontdesk.systemdata.rewrite import remove
from frontdesk.systemdata.shelf import OPEN, identity, segments
from frontdesk.systemdata.stream.cursor import FOLDER, Cursor, Position
from frontdesk.systemdata.stream.taken import FOLDER as TAKEN


def sweep(directory: Path, positions: Mapping[str, Position], classes: Collection[str]) -> int:
    """Delete the segments of some classes that were delivered whole and that no hold keeps; how many those were.

    While another command changes the book, nothing is deleted: the next time does it. Raises `BookError`.
    """
    deleted = 0
    with suppress(BookError), alone(directory):
        delivered = _delivered(directory, positions)
        there = [path for path in segments(directory) if path.relative_to(directory).parts[0] in classes]
        for path in there:
            if delivered(path) and not keeps(path):
                with suppress(FileNotFoundError):  # purged meanwhile
                    remove(path)
                    deleted += 1
    return deleted


def waiting(directory: Path, classes: Collection[str]) -> Callable[[Path], bool]:
    """Tells of a segment of a book whether it still has to be shipped, by a stream of some classes.

    Nothing waits in a book that takes a stream in. Raises `BookError`.
    """
    if (directory / TAKEN).is_dir():
        return lambda _: False
    # A cursor that is not there is not made: it would say that the stream flows out of here.
    delivered = _delivered(directory, Cursor(directory).positions() if (directory / FOLDER).is_dir() else {})
    return lambda path: path.relative_to(directory).parts[0] in classes and not delivered(path)


def _delivered(directory: Path, positions: Mapping[str, Position]) -> Callable[[Path], bool]:
    """Tells whether everything in a segment was delivered; of a compacted one, everything that it is made of."""

    def done(path: Path) -> bool:
        position = positions.get(identity(path).relative_to(directory).as_posix())
        return position is not None and position.done

    return lambda path: path.suffix != OPEN and all(map(done, origins([path])))
