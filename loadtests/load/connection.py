"""One visitor's connection to a server: each request is sent once, and what becomes of it is told exactly.

Other clients send a request again when a kept connection turns out to be closed, and tell nobody. Here that is an
outcome: the book has to account for it. Only locust's own process may import this; importing it patches nothing, but
its sockets are gevent's.
"""

import ssl
import time
from collections.abc import Iterable
from types import TracebackType
from typing import NamedTuple, Self
from urllib.parse import urlsplit

import gevent  # type: ignore[import-untyped]
from gevent import socket
from geventhttpclient.response import HTTPConnectionClosed, HTTPParseError, HTTPSocketResponse

from .ledger import ANSWERED, CUT, LATE, REFUSED

_TIMEOUT = 15.0  # seconds without a byte
_SIP = 256  # bytes that a slow reader takes at a time
_PAUSE = 0.05  # seconds between two sips, or between two pieces of a request


class Outcome(NamedTuple):
    """What became of one request."""

    outcome: str
    status: int
    worker: int
    length: int
    ms: float


class Connection:
    """A connection that is made when it is needed, and kept as long as the server keeps it."""

    def __init__(self, url: str, source: str | None = None) -> None:
        parts = urlsplit(url)
        self.host = parts.netloc
        self._secure = parts.scheme == "https"
        self._name = parts.hostname or ""
        self._place = self._name, parts.port or (443 if self._secure else 80)
        self._source = (source, 0) if source else None
        self._socket: socket.socket | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End it."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def ask(
        self, path: str, headers: Iterable[tuple[str, str]], *, sends_slowly: bool = False, reads_slowly: bool = False
    ) -> Outcome:
        """Send one request and read the whole answer."""
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers)
        request = f"GET {path} HTTP/1.1\r\n{lines}\r\n".encode("latin-1")
        began = time.perf_counter()
        try:
            link = self._connected()
        except OSError:
            return Outcome(REFUSED, 0, 0, 0, _since(began))
        try:
            _send(link, request, slowly=sends_slowly)
            answer = HTTPSocketResponse(link)
            length = _read(answer, slowly=reads_slowly)
            if not answer.message_complete:
                raise HTTPConnectionClosed
            told = Outcome(ANSWERED, answer.status_code, _worker(answer), length, _since(began))
            keep = not answer.should_close()
        except TimeoutError:
            told, keep = Outcome(LATE, 0, 0, 0, _since(began)), False
        except (OSError, HTTPParseError):
            told, keep = Outcome(CUT, 0, 0, 0, _since(began)), False
        if not keep:
            self.close()
        return told

    def _connected(self) -> socket.socket:
        """A connection that the server has not closed, as far as can be seen now."""
        if self._socket is not None and _is_closed(self._socket):
            self.close()
        if self._socket is None:
            link = socket.create_connection(self._place, _TIMEOUT, self._source)
            link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._secure:
                link = gevent.ssl.create_default_context().wrap_socket(link, server_hostname=self._name)
            self._socket = link
        return self._socket


def _is_closed(link: socket.socket) -> bool:
    """Whether a connection on which nothing is expected has something to say: mostly, that it has ended."""
    link.settimeout(0.0)
    try:
        link.recv(1) if isinstance(link, ssl.SSLSocket) else link.recv(1, socket.MSG_PEEK)
    except (BlockingIOError, ssl.SSLWantReadError):
        return False
    except OSError:
        return True
    else:
        return True
    finally:
        link.settimeout(_TIMEOUT)


def _send(link: socket.socket, request: bytes, *, slowly: bool) -> None:
    if not slowly:
        link.sendall(request)
        return
    piece = max(1, len(request) // 10)
    for start in range(0, len(request), piece):
        link.sendall(request[start : start + piece])
        gevent.sleep(_PAUSE)


def _read(answer: HTTPSocketResponse, *, slowly: bool) -> int:
    if not slowly:
        return len(answer.read())
    length = 0
    while piece := answer.read(_SIP):
        length += len(piece)
        gevent.sleep(_PAUSE)
    return length


def _worker(answer: HTTPSocketResponse) -> int:
    told = str(answer.get("x-worker"))
    return int(told) if told.isdecimal() else 0


def _since(began: float) -> float:
    return (time.perf_counter() - began) * 1000
