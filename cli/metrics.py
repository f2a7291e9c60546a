"""`frontdesk metrics`: what the workers of a book tell, for Prometheus, without any path in the app."""

import re
import sys
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import AF_INET6
from socketserver import TCPServer

from frontdesk.middleware.board import read_board
from frontdesk.middleware.metrics import CONTENT_TYPE, Figures
from frontdesk.policy import FrontdeskError

_PLACE = re.compile(r"(?:\[(?P<v6>[0-9A-Fa-f:.]+)\]|(?P<host>[^:\[\]]+)):(?P<port>\d{1,5})\Z")
_HIGHEST_PORT = 65_535


def run(book: Path, serve: str | None) -> None:
    """Print the figures of a book, or serve them at an address and port until Ctrl-C."""
    figures = Figures(lambda: read_board(book))
    if serve is None:
        sys.stdout.write(figures.text().decode())
        return
    with _server(serve, figures.text) as server:
        print(f"http://{serve}/metrics tells of the workers of {book}; Ctrl-C ends it", flush=True)
        with suppress(KeyboardInterrupt):
            server.serve_forever()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def server_bind(self) -> None:
        """Bind, without asking any name server who we are."""
        TCPServer.server_bind(self)

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a client that went away: its address would be told."""


class _Server6(_Server):
    address_family = AF_INET6


def _server(place: str, text: Callable[[], bytes]) -> _Server:
    match = _PLACE.match(place)
    if match is None or int(match["port"]) > _HIGHEST_PORT:
        raise FrontdeskError(f"--serve {place}: expected an address and a port, such as 127.0.0.1:9464 or [::1]:9464")
    kind = _Server6 if match["v6"] else _Server
    try:
        return kind((match["v6"] or match["host"], int(match["port"])), _handler(text))
    except OSError as error:
        raise FrontdeskError(f"--serve {place}: cannot be served: {error.strerror}; choose another port") from None


def _handler(text: Callable[[], bytes]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = 5  # seconds for a client to say what it wants
        server_version, sys_version = "frontdesk", ""

        def do_GET(self) -> None:
            found = self.path.partition("?")[0] == "/metrics"
            body = text() if found else b""
            self.send_response(200 if found else 404)
            self.send_header("content-type", CONTENT_TYPE.decode())
            self.send_header("content-length", str(len(body)))
            self.send_header("cache-control", "no-store")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Log nothing: a line would have the client's address."""

    return Handler
