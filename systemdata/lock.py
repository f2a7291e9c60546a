"""One at a time: commands that take records out of a book, or keep them from being taken out."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from frontdesk.systemdata.errors import BookError


@contextmanager
def alone(directory: Path) -> Iterator[None]:
    """Hold the book against other such commands; writers and readers do not notice.

    Raises `BookError` where the book is not there, or another command holds it.
    """
    try:
        fd = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise BookError(directory, f"there is no book here: {error.strerror}") from None
    try:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BookError(directory, "another command is changing this book: try again when it has ended") from None
        yield
    finally:
        os.close(fd)
