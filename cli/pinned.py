"""What a command beside the app tells of itself on the board, where its figures are asked for as the workers' are."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread

from frontdesk.middleware.board import Pin
from frontdesk.middleware.report import StreamReport

_PAUSE = 2.0  # seconds, as between two reports of a worker


@contextmanager
def pinned(book: Path, report: Callable[[], StreamReport]) -> Iterator[None]:
    """Pin up what is reported while the block runs; afterwards only what was counted stays on the board.

    A board that cannot be written to stops nothing, and is warned of now and then.
    """
    pin, ended = Pin(book, report), Event()
    thread = Thread(target=_keep_up, args=(pin, ended), name="frontdesk-board", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        with suppress(OSError):
            pin.take_down()


def _keep_up(pin: Pin, ended: Event) -> None:
    while not ended.is_set():
        pin.show()
        ended.wait(_PAUSE)
