"""One at a time: commands that take records out of a book, or keep them from being taken out."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from frontdesk.systemdata.errors import BookError

_CHANGING = "another command is changing this book: try again when it has ended"


@contextmanager
def alone(directory: Path, refusal: str = _CHANGING) -> Iterator[int]:
    """Hold the book, or a folder in it, against other such commands; writers and readers do not notice.

    Gives the open file that holds it: a process that has it too holds the book as long.

    Raises `BookError` where the folder is not there, or, with the words of `refusal`, another command holds it.
    """
    try:
        fd = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise BookError(directory, f"there is no book here: {error.strerror}") from None
    try:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BookError(directory, refusal) from None
        yield fd
    finally:
        os.close(fd)
