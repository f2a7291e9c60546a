"""What has to be done at the end in any case, without hiding what went wrong before."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def afterwards(do: Callable[[], object]) -> Iterator[None]:
    """Do something after a block, also where that fails. Where both fail, the error is the block's, with a note."""
    try:
        yield
    except BaseException as error:
        try:
            do()
        except Exception as further:  # noqa: BLE001 - whatever it is, it is told with the error that came first
            for line in told(further):
                error.add_note(line)
        raise
    do()


def told(error: BaseException) -> list[str]:
    """What is to be told of an error: its message, and those of what failed because of it or beside it."""
    return [str(error), *getattr(error, "__notes__", ())]
