"""How far a build is: what is being done, and the share of the whole that is done.

What is known beforehand is how many bytes the sources have; once they are read, how many ranges are to be merged. So
the bar follows the reading by the byte and the merging by the range. Nothing is done for a single range: they are
watched by the batch.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TypeVar

Progress = Callable[[str, float], None]
"""Called with what is being done, in words, and how much of the whole is done, from 0 to 1; it never goes back."""

Tell = Callable[[float], None]
"""Called with how much of one step is done, from 0 to 1."""

# What part of the time each takes, as measured on the build of the embedded database.
READING, PLACING, MERGING, WRITING = 0.22, 0.10, 0.46, 0.22

# Nobody sees less than a five hundredth of a bar move; a build takes about a minute.
_LEAST = 0.002
# Merging as many ranges takes about a tenth of a second.
_BATCH = 8192

Item = TypeVar("Item")


def silent(_words: str, _done: float) -> None:
    """Nobody wants to know."""


class Course:
    """The course of a build: its steps, one after the other, each a share of the whole."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._behind = 0.0

    def step(self, words: str, share: float = 0) -> Tell:
        """Begin a step. The answer is to be called with how much of it is done."""
        start = done = self._behind
        self._behind += share
        self._progress(words, start)

        def tell(part: float) -> None:
            nonlocal done
            now = start + share * min(part, 1)
            if now - done >= _LEAST:
                done = now
                self._progress(words, done)

        return tell


def watched(items: Iterable[Item], seen: Callable[[int, Item], None]) -> Iterator[Item]:
    """The same items; after each batch `seen` is called with how many have been taken, and with the last of them."""
    rows, taken = iter(items), 0
    while batch := list(islice(rows, _BATCH)):
        yield from batch
        taken += len(batch)
        seen(taken, batch[-1])
