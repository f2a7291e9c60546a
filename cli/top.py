"""`frontdesk top`: all workers of a book, live; q ends it."""

import os
import select
import sys
import termios
import time
import tty
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec
import orjson
from rich.console import Console
from rich.live import Live

from frontdesk.cli.sight import Seen, seen
from frontdesk.cli.top_view import view
from frontdesk.middleware.board import read_board

_PAUSE = 1.0
_ENDS = frozenset(b"qQ\x03\x04")


def run(book: Path, *, once: bool, as_json: bool) -> None:
    """Show the workers of a book as they are, once or until q or Ctrl-C; as JSON, once."""
    if as_json:
        print(orjson.dumps(_plain(book)).decode())
        return
    console = Console()
    if once or not console.is_terminal:
        console.print(view(book, seen(read_board(book))))
        return
    with suppress(KeyboardInterrupt), _keys() as pressed:
        _watch(book, console, pressed)


def _watch(book: Path, console: Console, pressed: int | None) -> None:
    before: Seen | None = None
    with Live(console=console, screen=True, auto_refresh=False) as live:
        while True:
            before = seen(read_board(book), before)
            live.update(view(book, before), refresh=True)
            if _ended(pressed, _PAUSE):
                return


def _ended(keys: int | None, seconds: float) -> bool:
    """Wait, and tell whether somebody wants no more."""
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        if keys is None:
            time.sleep(left)
        elif select.select([keys], [], [], left)[0]:
            typed = os.read(keys, 64)
            if not typed or not _ENDS.isdisjoint(typed):
                return True
    return False


@contextmanager
def _keys() -> Iterator[int | None]:
    """Where keys can be read one by one, and not be shown; None where nobody types."""
    if sys.stdin is None or not sys.stdin.isatty():
        yield None
        return
    fd = sys.stdin.fileno()
    before = termios.tcgetattr(fd)
    try:
        tty.setcbreak(fd)
        yield fd
    finally:
        termios.tcsetattr(fd, termios.TCSADRAIN, before)


def _plain(book: Path) -> dict[str, Any]:
    told = read_board(book)
    return {
        "book": str(book),
        "at": time.time(),
        "workers": [msgspec.to_builtins(report) for report in told.reports],
        "streams": [msgspec.to_builtins(report) for report in told.streams],
        "total": msgspec.to_builtins(told.total()),
    }
