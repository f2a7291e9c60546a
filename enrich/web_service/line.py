"""The line to the web service: a thread with an event loop of its own, which the server's loop never waits for."""

import asyncio
import socket
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any
from weakref import WeakSet

Work = Callable[[asyncio.Event], Coroutine[Any, Any, None]]
"""What is done on a line, until it is cancelled; the event tells that there is something to do."""


# Each step of a connection's end takes a turn of the loop.
_LAST_TURNS = 8
_CANCEL_AGAIN = 0.05


class _Loop(asyncio.SelectorEventLoop):
    """A loop that can end at once: with no thread of an executor at work, and no connection that waits for the peer."""

    def __init__(self) -> None:
        super().__init__()
        self._connections: WeakSet[asyncio.Transport] = WeakSet()

    async def getaddrinfo(self, *args: Any, **settings: Any) -> list[Any]:
        """Find a host's addresses in this very thread: it may take long, but an executor would hold up the exit."""
        return socket.getaddrinfo(*args, **settings)

    async def create_connection(self, *args: Any, **settings: Any) -> Any:
        """Connect, and remember the connection."""
        transport, protocol = await super().create_connection(*args, **settings)
        self._connections.add(transport)
        return transport, protocol

    async def hang_up(self) -> None:
        """Drop every connection: one that was given up waits half a minute for the peer to end it, too."""
        for connection in list(self._connections):
            connection.abort()
        for _ in range(_LAST_TURNS):
            await asyncio.sleep(0)


class Line:
    """One thread at work."""

    def __init__(self, work: Work) -> None:
        """Begin. Raises `RuntimeError` where no thread is to be had."""
        self._loop = _Loop()
        self._event = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._thread = threading.Thread(target=self._run, args=(work,), name="frontdesk-web-service", daemon=True)
        try:
            self._thread.start()
        except RuntimeError:
            self._loop.close()
            raise

    def is_alive(self) -> bool:
        """Whether the thread is at work."""
        return self._thread.is_alive()

    def wake(self) -> None:
        """Tell that there is something to do."""
        self._soon(self._event.set)

    def hang_up(self, timeout: float) -> None:
        """End the work, whatever it waits for; a thread that does not end in time is left to end by itself."""
        self._soon(self._cancel)
        self._thread.join(timeout)

    def _soon(self, step: Callable[[], object]) -> None:
        with suppress(RuntimeError):  # the loop is closed: the thread has ended
            self._loop.call_soon_threadsafe(step)

    def _cancel(self) -> None:
        """Cancel the work until it ends: a time-out at the same moment can swallow one cancellation."""
        if self._task is not None and not self._task.done():
            self._task.cancel()
            self._loop.call_later(_CANCEL_AGAIN, self._cancel)

    def _run(self, work: Work) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._task = self._loop.create_task(work(self._event))
            with suppress(asyncio.CancelledError):
                self._loop.run_until_complete(self._task)
            self._loop.run_until_complete(self._loop.hang_up())
        finally:
            asyncio.set_event_loop(None)
            self._loop.close()
