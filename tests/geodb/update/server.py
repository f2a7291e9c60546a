"""A real HTTP server on loopback that answers as a vendor documents it, or as badly as a test asks."""

import re
import ssl
import threading
from collections import defaultdict, deque
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple


class Answer(NamedTuple):
    """An answer of a script; of its body only the first `sent` bytes are sent before the connection is closed."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = {}
    sent: int | None = None
    length: bool = True


class Asked(NamedTuple):
    """A request as it came."""

    path: str
    headers: Mapping[str, str]


class Content(NamedTuple):
    """A file that is served as RFC 9110 has it: with conditions and ranges."""

    body: bytes
    headers: Mapping[str, str]


class _Listener(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of clients that hang up, as some tests mean them to."""


class Server:
    """Serves on a port of its own: first what a path's script has, then its content, else 404."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        """With a context of TLS, it is a proxy too, which answers in the name of whatever host a client wants."""
        self.asked: list[Asked] = []
        self._scripts: defaultdict[str, deque[Answer]] = defaultdict(deque)
        self._contents: dict[str, Content] = {}
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                asked = Asked(self.path, {name.lower(): value for name, value in self.headers.items()})
                site.asked.append(asked)
                self._send(site._answer(*asked))

            def do_CONNECT(self) -> None:
                self.send_response(200)
                self.end_headers()
                assert context is not None
                with context.wrap_socket(self.connection, server_side=True) as self.request:
                    self.setup()
                    self.close_connection = False
                    while not self.close_connection:
                        self.handle_one_request()

            def _send(self, answer: Answer) -> None:
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                if answer.length and "Content-Length" not in answer.headers:
                    self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body[: answer.sent])
                self.close_connection = answer.sent is not None or not answer.length

            def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
                """Say nothing."""

        self._server = _Listener(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    @property
    def url(self) -> str:
        """Where it is reached."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def elsewhere(self) -> str:
        """The same server by another name: to a client it is another host."""
        return f"http://localhost:{self.port}"

    def close(self) -> None:
        """Serve no more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def serve(self, path: str, body: bytes, **headers: str) -> None:
        """Serve a file; `etag` and `last_modified` are what it is told apart by."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self._contents[path] = Content(body, named)

    def script(self, path: str, *answers: Answer) -> None:
        """Give these answers first, one after the other."""
        self._scripts[path].extend(answers)

    def paths(self) -> list[str]:
        """The paths that were asked for, and forget them."""
        paths = [asked.path for asked in self.asked]
        self.asked.clear()
        return paths

    def _answer(self, path: str, asked: Mapping[str, str]) -> Answer:
        if self._scripts[path]:
            return self._scripts[path].popleft()
        content = self._contents.get(path)
        if content is None:
            return Answer(404, b"Not found")
        etag, modified = content.headers.get("etag"), content.headers.get("last-modified")
        if asked.get("if-none-match", "none") == etag or (
            "if-none-match" not in asked and asked.get("if-modified-since", "none") == modified
        ):
            return Answer(304, b"", content.headers)
        start = re.fullmatch(r"bytes=(\d+)-", asked.get("range", ""))
        if not start or asked.get("if-range") not in (etag, modified):
            return Answer(200, *content)
        return _part(content, int(start[1]))


def _part(content: Content, first: int) -> Answer:
    size = len(content.body)
    if first >= size:
        return Answer(416, b"", {"Content-Range": f"bytes */{size}"})
    told = {"Content-Range": f"bytes {first}-{size - 1}/{size}", **content.headers}
    return Answer(206, content.body[first:], told)
