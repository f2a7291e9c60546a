"""The memory of a process and of all that it started, while it runs."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PAUSE = 0.1
_PAGE = os.sysconf("SC_PAGE_SIZE")


class Watched:
    """The most memory that a family had at once, in bytes; what several of it map is counted for each."""

    def __init__(self, process: int) -> None:
        self.peak = 0
        self._process = process

    def look(self) -> None:
        """See how much it is now."""
        self.peak = max(self.peak, sum(map(_resident, _family(self._process))))


@contextmanager
def watched(process: int) -> Iterator[Watched]:
    """Look at a process and its children again and again."""
    found, stop = Watched(process), threading.Event()

    def watch() -> None:
        while not stop.wait(_PAUSE):
            found.look()

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield found
    finally:
        stop.set()
        thread.join()


def _family(process: int) -> list[int]:
    try:
        children = [
            int(child)
            for task in Path(f"/proc/{process}/task").iterdir()
            for child in (task / "children").read_text("ascii").split()
        ]
    except OSError:  # it is gone, or this is no Linux
        return [process]
    return [process, *(member for child in children for member in _family(child))]


def _resident(process: int) -> int:
    try:
        return int(Path(f"/proc/{process}/statm").read_text("ascii").split()[1]) * _PAGE
    except (OSError, IndexError):
        return 0
