"""The demo's server: a real uvicorn in a thread of this process, on sockets that were bound beforehand."""

import errno
import socket
import threading
import time
from types import TracebackType
from typing import Self

from starlette.types import ASGIApp

from frontdesk.policy import FrontdeskError

_LOOPBACK = ("127.0.0.1", "::1")
_EVERYWHERE = ("0.0.0.0", "::")  # only where the caller asks for one of them
_STARTING = 10.0  # seconds until an app that does not start is given up
_STOPPING = 10.0
_BACKLOG = 128
_NO_IPV6 = frozenset({errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.EPROTONOSUPPORT})


def bind(host: str, port: int) -> list[socket.socket]:
    """Listen on this machine by IPv4 and, where it has it, IPv6, and on `host` besides.

    The visitors come by loopback, so that is listened on whatever the host. Port 0 takes any free port.
    Raises `FrontdeskError`.
    """
    sockets: list[socket.socket] = []
    try:
        for address in _addresses(host):
            listener = listen(address, port_of(sockets) if sockets else port)
            if listener is not None:
                sockets.append(listener)
    except BaseException:
        for listener in sockets:
            listener.close()
        raise
    return sockets


def port_of(sockets: list[socket.socket]) -> int:
    """The port that the sockets share."""
    port: int = sockets[0].getsockname()[1]
    return port


def _addresses(host: str) -> tuple[str, ...]:
    if host in _EVERYWHERE:
        return _EVERYWHERE
    return _LOOPBACK if host in {*_LOOPBACK, "localhost"} else (*_LOOPBACK, host)


def listen(host: str, port: int) -> socket.socket | None:
    """A listening socket, or None where the machine has no IPv6."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        # With the protocol named: asyncio switches Nagle's algorithm off only where it reads TCP.
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        _excuse(error, host, port)
        return None
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind(address)
        listener.listen(_BACKLOG)
    except (OSError, OverflowError) as error:
        listener.close()
        _excuse(error, host, port)
        return None
    return listener


def _excuse(error: OSError | OverflowError, host: str, port: int) -> None:
    """Let a machine without IPv6 pass; say anything else in one line."""
    number = error.errno if isinstance(error, OSError) else None
    if host in {"::1", "::"} and (number in _NO_IPV6 or isinstance(error, socket.gaierror)):
        return
    if number == errno.EADDRINUSE:
        problem = "is taken by another program: end that one, or choose another port with --port"
    elif isinstance(error, OverflowError):
        problem = "is no port: choose one from 1 to 65535 with --port"
    else:
        problem = f"cannot be served: {error.strerror}; choose another with --host or --port"
    raise FrontdeskError(f"port {port} on {host} {problem}") from None


class Server:
    """uvicorn, up as long as the context is. It leaves the peer as it is, for the front desk to judge."""

    def __init__(self, app: ASGIApp, sockets: list[socket.socket]) -> None:
        """Prepare the server. Raises `FrontdeskError` where uvicorn is not installed."""
        try:
            import uvicorn  # noqa: PLC0415 - an extra, which nothing but the demo needs
        except ImportError:
            raise FrontdeskError("the demo needs a server: pip install 'frontdesk[demo]'") from None
        config = uvicorn.Config(
            app,
            proxy_headers=False,
            log_level="warning",
            access_log=False,
            lifespan="on",
            ws="none",
            # Longer than any pause between two visitors, so that no connection closes under a request.
            timeout_keep_alive=60,
            timeout_graceful_shutdown=2,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=(sockets,), name="demo-server", daemon=True)

    def __enter__(self) -> Self:
        """Start, and wait until it answers. Raises `FrontdeskError` where it does not."""
        self._thread.start()
        patience = time.monotonic() + _STARTING
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > patience:
                self._server.should_exit = True
                raise FrontdeskError("the example site did not start; what uvicorn said of it stands above")
            time.sleep(0.02)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Shut down gracefully: the lifespan ends, and with it the book is closed."""
        self._server.should_exit = True
        self._thread.join(_STOPPING)
