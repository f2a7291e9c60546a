"""What has to be done at the end in any case, without hiding what went wrong before."""

from collections.abc import Callable, Iterator, Sequence
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


def together(errors: Sequence[Exception]) -> Exception:
    """The first of some errors, with notes of what the others tell; what several of them tell is told once."""
    first, *others = errors
    lines = dict.fromkeys(line for error in others for line in told(error))
    for line in [line for line in lines if line not in told(first)]:
        first.add_note(line)
    return first


def told(error: BaseException) -> list[str]:
    """What is to be told of an error: its message, and those of what failed because of it or beside it."""
    return [str(error), *getattr(error, "__notes__", ())]
