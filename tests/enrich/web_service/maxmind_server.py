"""MaxMind's web service as documented, on loopback over real TLS: what the tests ask in its place."""

import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp.connector
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

ACCOUNT, KEY = "42", "s3cr3tKey_mmk"


class Reply(NamedTuple):
    """What the server says; None stands for saying nothing at all until it is closed."""

    status: int
    kind: str
    body: bytes


Told = Callable[[str], Reply | None]


def insights(address: str, *, network: str | None = None, **traits: Any) -> Reply:
    """A body as documented for GeoIP2 Insights, with other traits."""
    body = {
        "continent": {"code": "EU", "geoname_id": 6255148, "names": {"en": "Europe"}},
        "country": {"confidence": 99, "geoname_id": 2921044, "iso_code": "FR", "names": {"en": "France"}},
        "location": {"accuracy_radius": 20, "latitude": 51.5, "longitude": 10.5, "time_zone": "Europe/Berlin"},
        "maxmind": {"queries_remaining": 54321},
        "registered_country": {"geoname_id": 6252001, "iso_code": "US", "names": {"en": "United States"}},
        "traits": {
            "ip_address": address,
            "network": network or f"{address}/32",
            "autonomous_system_number": 64500,
            "autonomous_system_organization": "Example Carrier",
            "isp": "Example Carrier",
            "static_ip_score": 1.5,
            "user_count": 1,
        }
        | traits,
    }
    return Reply(
        200, "application/vnd.maxmind.com-insights+json; charset=UTF-8; version=2.1", json.dumps(body).encode()
    )


def error(status: int, code: str) -> Reply:
    """An error as documented."""
    body = json.dumps({"code": code, "error": f"a sentence about {code}"}).encode()
    return Reply(status, "application/vnd.maxmind.com-error+json; charset=UTF-8; version=2.0", body)


class Server:
    """The service, running. `asked` holds the path of each request, in order."""

    def __init__(self, certificate: Path) -> None:
        self.told: Told = insights
        self.asked: list[str] = []
        self.closing = threading.Event()
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                server.asked.append(self.path)
                authorised = self.headers["Authorization"] == aiohttp.encode_basic_auth(ACCOUNT, KEY)
                address = self.path.rpartition("/")[2]
                reply = server.told(address) if authorised else error(401, "AUTHORIZATION_INVALID")
                if reply is None:
                    server.closing.wait(30)
                    self.close_connection = True
                    return
                self.send_response(reply.status)
                self.send_header("Content-Type", reply.kind)
                self.send_header("Content-Length", str(len(reply.body)))
                self.end_headers()
                self.wfile.write(reply.body)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class calls it so
                pass

        class Quiet(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request: Any, client_address: Any) -> None:
                pass  # a client that hangs up

        self._http = Quiet(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        self._http.socket = context.wrap_socket(self._http.socket, server_side=True, do_handshake_on_connect=False)
        self.host = f"localhost:{self._http.server_port}"
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self.closing.set()
        self._http.shutdown()
        self._http.server_close()


@contextmanager
def serving(certificate: Path) -> Iterator[Server]:
    server = Server(certificate)
    try:
        yield server
    finally:
        server.close()


def make_certificate(file: Path) -> Path:
    """A certificate for localhost that nobody has signed but itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    serial = x509.random_serial_number()
    # A name of its own: of two that are trusted under one name, only the first would be looked at.
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, f"loopback {serial}")])
    now = datetime.now(UTC)
    hosts = [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(hosts), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    file.write_bytes(key.private_bytes(pem, pkcs8, plain) + certificate.public_bytes(pem))
    return file


def trust(certificate: Path) -> None:
    """Have the HTTP client of this process accept a certificate, as it accepts those of the public authorities."""
    aiohttp.connector._SSL_CONTEXT_VERIFIED.load_verify_locations(certificate)


def until(condition: Callable[[], object], seconds: float = 10) -> None:
    """Wait for a condition, and fail where it does not come in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come in time"
        time.sleep(0.005)
