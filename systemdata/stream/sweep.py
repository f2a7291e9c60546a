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
from frontdesk.systemdata.stream.cursor import FOLDER as CURSOR
from frontdesk.systemdata.stream.cursor import Cursor, Position
from frontdesk.systemdata.stream.taken import FOLDER as TAKEN
from frontdesk.systemdata.stream.taken import pending


def sweep(directory: Path, positions: Mapping[str, Position], classes: Collection[str]) -> int:
    """Delete the segments of some classes that were delivered whole and that no hold keeps; how many those were.

    While another command changes the book, nothing is deleted: the next time does it. Raises `BookError` where a file
    cannot be deleted.
    """
    delivered = _told(directory, positions, lambda position: position.done and not position.stays)
    deleted = 0
    try:
        with alone(directory):
            there = [path for path in segments(directory) if path.relative_to(directory).parts[0] in classes]
            for path in there:
                if delivered(path) and not keeps(path):
                    with suppress(FileNotFoundError):  # purged meanwhile
                        remove(path)
                        deleted += 1
    except BookError:
        return deleted
    except OSError as error:
        raise BookError(error.filename or directory, f"cannot be deleted: {error.strerror}") from None
    return deleted


def waiting(directory: Path, classes: Collection[str]) -> Callable[[Path], bool]:
    """Tells of a segment of a book whether a stream of some classes is not done with it: it is to be shipped, or being
    taken in. Raises `BookError`.
    """
    if (directory / TAKEN).is_dir() and not (directory / CURSOR).is_dir():
        # Asked for each anew: what a batch is to write is noted before it is there.
        return lambda path: path.relative_to(directory).as_posix() in pending(directory)
    delivered = _told(directory, Cursor(directory).positions(), lambda position: position.done)
    return lambda path: path.relative_to(directory).parts[0] in classes and not delivered(path)


def _told(
    directory: Path, positions: Mapping[str, Position], what: Callable[[Position], bool]
) -> Callable[[Path], bool]:
    """Tells what is true of a segment's position; of a compacted one, of those of all that it is made of."""

    def of_one(path: Path) -> bool:
        position = positions.get(identity(path).relative_to(directory).as_posix())
        return position is not None and what(position)

    return lambda path: path.suffix != OPEN and all(map(of_one, origins([path])))
