"""An S3 server on this machine: moto's, behind a door that fails as real ones do."""

import importlib
import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from secrets import token_hex
from threading import Thread
from typing import Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

_ERROR = '<?xml version="1.0"?><Error><Code>{code}</Code><Message>{words}</Message></Error>'

ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing-secret",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "NO_PROXY": "127.0.0.1",
}
"""What a process needs to speak to the server, and to ask nobody else for credentials."""

Answer = tuple[str, str, str]
"""A status, S3's code for it, and words."""
BROKEN: Answer = ("500 Internal Server Error", "InternalError", "We encountered an internal error.")
DENIED: Answer = ("403 Forbidden", "AccessDenied", "Access Denied")


class S3:
    """The server. What `fails` gives for a method and a path is answered in its place."""

    def __init__(self) -> None:
        self._behind = DomainDispatcherApplication(create_backend_app)
        self.fails: Callable[[str, str], Answer | None] = lambda _method, _path: None
        self.asked: list[tuple[str, str]] = []
        self.slow = 0.0
        self.endpoint = ""

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        self.asked.append((method, path))
        time.sleep(self.slow)
        answer = self.fails(method, path)
        if answer is None:
            behind: Iterable[bytes] = self._behind(environ, start)
            return behind
        environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        status, code, words = answer
        start(status, [("Content-Type", "application/xml")])
        return [_ERROR.format(code=code, words=words).encode()]

    def mend(self) -> None:
        """Fail no more."""
        self.fails, self.slow = lambda _method, _path: None, 0.0
        self.asked.clear()

    def bucket(self) -> str:
        """The URL of a new bucket."""
        name = f"bucket-{token_hex(8)}"
        self.client().create_bucket(Bucket=name)
        return f"s3://{name}"

    def client(self) -> Any:
        """Somebody else who has the same credentials."""
        return importlib.import_module("boto3").client(
            "s3",
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id="testing",
            aws_secret_access_key="testing-secret",
        )


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - werkzeug's name
        pass


@contextmanager
def serving() -> Iterator[S3]:
    """The server, on a port of its own."""
    app = S3()
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    app.endpoint = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield app
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
