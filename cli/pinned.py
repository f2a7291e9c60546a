"""What a command beside the app tells of itself on the board, where its figures are asked for as the workers' are."""

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread

from frontdesk.middleware.board import Pin
from frontdesk.middleware.report import StreamReport
from frontdesk.policy.seldom import Seldom

_log = logging.getLogger("frontdesk")

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
    seldom = Seldom()
    while not ended.is_set():
        try:
            pin.put()
        except Exception as error:  # noqa: BLE001 - whatever it is, nothing but the view from outside depends on it
            if seldom.admits("pin"):
                told = getattr(error, "strerror", None) or type(error).__name__
                _log.warning("metrics and `frontdesk top` are not told of process %d: %s", os.getpid(), told)
        ended.wait(_PAUSE)
