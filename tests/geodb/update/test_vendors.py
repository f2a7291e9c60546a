"""What is asked of each vendor, as its documentation has it, and what its documented answers come to."""

import hashlib
import json
from base64 import b64encode
from datetime import date
from pathlib import Path

import pytest

from frontdesk.geodb.errors import FetchError
from frontdesk.geodb.sources import recognise
from frontdesk.geodb.update import Vendors
from frontdesk.geodb.update.checksums import in_json, in_lines
from frontdesk.geodb.update.request import Request
from frontdesk.policy.secret import Secret
from frontdesk.policy.source import Source

from .conftest import FetchFile
from .files import TSV, country, gzipped, lite, system, tar_of
from .server import Answer, Server

TODAY = date(2026, 11, 3)
ACCOUNT, KEY, TOKEN = "123456", "k3y_s3cret_mmk", "t0ken-s3cret"
MAXMIND = Source(layer="public", maxmind="GeoLite2-ASN", account=Secret(env="ACCOUNT"), key=Secret(env="KEY"))
IPINFO = Source(layer="public", ipinfo="ipinfo_lite.mmdb", token=Secret(env="TOKEN"))
DBIP = Source(layer="public", dbip="country-lite")
IPTOASN = Source(layer="public", iptoasn="ip2asn-combined.tsv.gz")


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("ACCOUNT", ACCOUNT), ("KEY", KEY), ("TOKEN", TOKEN)):
        monkeypatch.setenv(name, value)


def request_for(source: Source, base: str, today: date = TODAY) -> Request:
    request = Vendors(base, base, base, base).request(source, today)
    assert request is not None
    return request


@pytest.mark.parametrize(
    ("source", "urls"),
    [
        (MAXMIND, ["https://download.maxmind.com/geoip/databases/GeoLite2-ASN/download?suffix=tar.gz"]),
        (IPINFO, ["https://ipinfo.io/data/ipinfo_lite.mmdb"]),
        (
            DBIP,
            [
                "https://download.db-ip.com/free/dbip-country-lite-2026-11.mmdb.gz",
                "https://download.db-ip.com/free/dbip-country-lite-2026-10.mmdb.gz",
            ],
        ),
        (IPTOASN, ["https://iptoasn.com/data/ip2asn-combined.tsv.gz"]),
        (Source(layer="own", url="https://files.example/own.csv?v=1"), ["https://files.example/own.csv?v=1"]),
    ],
)
def test_a_source_is_asked_for_where_its_vendor_has_it(source: Source, urls: list[str]) -> None:
    request = Vendors().request(source, TODAY)
    assert request is not None
    assert list(request.urls) == urls
    told = f"{request.what} {request.name} {request.urls} {request.checksum and request.checksum.url} {request.kept}"
    for secret in (ACCOUNT, KEY, TOKEN):
        assert secret not in told


def test_a_file_is_not_asked_for() -> None:
    assert Vendors().request(Source(layer="own", file=Path("own.csv")), TODAY) is None


def test_january_s_last_month_is_december() -> None:
    request = request_for(DBIP, "", date(2027, 1, 31))
    assert [url[-15:-8] for url in request.urls] == ["2027-01", "2026-12"]


ARCHIVE = tar_of(
    {
        "GeoLite2-ASN_20261103/COPYRIGHT.txt": b"c",
        "GeoLite2-ASN_20261103/LICENSE.txt": b"l",
        "GeoLite2-ASN_20261103/GeoLite2-ASN.mmdb": system("Example University"),
    }
)
DOWNLOAD = "/geoip/databases/GeoLite2-ASN/download?suffix=tar.gz"


def serve_maxmind(server: Server, archive: bytes) -> None:
    """MaxMind: a redirect to a presigned address of R2, and a line of `sha256sum`."""
    signed = "/GeoLite2-ASN_20261103.tar.gz?X-Amz-Signature=abc"
    redirect = Answer(302, b"", {"Location": server.elsewhere + signed})
    digest = hashlib.sha256(archive).hexdigest()
    server.script(DOWNLOAD, redirect)
    server.script(f"{DOWNLOAD}.sha256", Answer(200, f"{digest}  GeoLite2-ASN_20261103.tar.gz\n".encode()))
    server.serve(signed, archive, etag='"r2"', last_modified="Tue, 03 Nov 2026 10:00:00 GMT")


def test_maxmind_gives_its_archive_by_account_and_key(server: Server, fetch: FetchFile, tmp_path: Path) -> None:
    request = request_for(MAXMIND, server.url)
    file = tmp_path / request.name
    serve_maxmind(server, ARCHIVE)
    assert fetch(request, file)
    assert file.name == "GeoLite2-ASN.mmdb"
    assert recognise(file).terms.licence.startswith("GeoLite End User License Agreement")
    checksum, download, signed = server.asked
    expected = f"Basic {b64encode(f'{ACCOUNT}:{KEY}'.encode()).decode()}"
    assert [asked.headers.get("authorization") for asked in (checksum, download, signed)] == [expected, expected, None]
    # What is here already by its checksum counts as no download of the thirty a day.
    server.paths()
    serve_maxmind(server, ARCHIVE)
    assert not fetch(request, file)
    assert server.paths() == [f"{DOWNLOAD}.sha256"]


def test_maxmind_refuses_a_wrong_key(server: Server, fetch: FetchFile, tmp_path: Path) -> None:
    request = request_for(MAXMIND, server.url)
    server.script(f"{DOWNLOAD}.sha256", Answer(401, b"Invalid license key\n", {"Content-Type": "text/plain"}))
    with pytest.raises(FetchError) as caught:
        fetch(request, tmp_path / request.name)
    assert str(caught.value) == (
        "MaxMind GeoLite2-ASN: the server does not let us in (401): check the secret in the environment variable"
        " ACCOUNT and the environment variable KEY, and that it is good for this file"
    )
    assert len(server.asked) == 1


def test_maxmind_limits_downloads_for_a_day(server: Server, fetch: FetchFile, tmp_path: Path) -> None:
    request = request_for(MAXMIND, server.url)
    limited = Answer(429, b"Daily GeoIP database download limit reached")
    server.script(f"{DOWNLOAD}.sha256", *[limited] * 5)
    with pytest.raises(FetchError, match="the server answers 429; given up after 5 attempts"):
        fetch(request, tmp_path / request.name)


def test_maxmind_s_archive_must_hold_a_database(server: Server, fetch: FetchFile, tmp_path: Path) -> None:
    request = request_for(MAXMIND, server.url)
    serve_maxmind(server, tar_of({"GeoLite2-ASN_20261103/LICENSE.txt": b"l"}))
    with pytest.raises(FetchError, match="MaxMind GeoLite2-ASN: what came holds no MMDB"):
        fetch(request, tmp_path / request.name)
    assert list(tmp_path.iterdir()) == []


def test_ipinfo_gives_its_file_by_token(server: Server, fetch: FetchFile, tmp_path: Path) -> None:
    request = request_for(IPINFO, server.url)
    body = lite("DE")
    sums = {"md5": "0" * 32, "sha1": "0" * 40, "sha256": hashlib.sha256(body).hexdigest()}
    server.serve("/data/ipinfo_lite.mmdb/checksums", json.dumps({"checksums": sums}).encode())
    signed = "/artifacts/v1/ipinfo_lite.mmdb?X-Amz-Expires=600&X-Amz-Signature=abc"
    server.script("/data/ipinfo_lite.mmdb", Answer(302, b"", {"Location": server.elsewhere + signed}))
    server.serve(signed, body, etag='"cdn"')
    file = tmp_path / request.name
    assert fetch(request, file)
    assert recognise(file).terms.licence.startswith("CC BY-SA 4.0")
    bearer = f"Bearer {TOKEN}"
    assert [asked.headers.get("authorization") for asked in server.asked] == [bearer, bearer, None]
    assert TOKEN not in str([asked.path for asked in server.asked])
    server.paths()
    assert not fetch(request, file)
    assert server.paths() == ["/data/ipinfo_lite.mmdb/checksums"]


def test_ipinfo_refuses_a_wrong_token(server: Server, fetch: FetchFile, tmp_path: Path) -> None:
    request = request_for(IPINFO, server.url)
    answer = {"status": 403, "error": {"title": "Unknown token", "message": "Please ensure you've entered your token"}}
    server.script("/data/ipinfo_lite.mmdb/checksums", Answer(403, json.dumps(answer).encode()))
    with pytest.raises(FetchError, match=r"does not let us in \(403\): check the secret"):
        fetch(request, tmp_path / request.name)


def test_dbip_s_month_that_is_not_there_yet_is_that_before(server: Server, fetch: FetchFile, tmp_path: Path) -> None:
    request = request_for(DBIP, server.url)
    file = tmp_path / request.name
    old, new = "/free/dbip-country-lite-2026-10.mmdb.gz", "/free/dbip-country-lite-2026-11.mmdb.gz"
    server.serve(old, gzipped(country("DE")), etag='"october"')
    assert fetch(request, file)
    assert server.paths() == [new, old]
    assert recognise(file).terms.licence.startswith("CC BY 4.0")
    assert not fetch(request, file)
    server.paths()
    server.serve(new, gzipped(country("FR")), etag='"november"')
    assert fetch(request, file)
    assert [asked.headers.get("if-none-match") for asked in server.asked] == [None], "another month's is no condition"
    assert not fetch(request, file)
    assert file.read_bytes() == country("FR")


def test_iptoasn_s_file_is_read_as_it_comes(server: Server, fetch: FetchFile, tmp_path: Path) -> None:
    request = request_for(IPTOASN, server.url)
    file = tmp_path / request.name
    server.serve("/data/ip2asn-combined.tsv.gz", gzipped(TSV), last_modified="Tue, 03 Nov 2026 10:00:00 GMT")
    assert fetch(request, file)
    assert file.read_bytes() == gzipped(TSV)
    assert recognise(file).fields == {"country", "as_number", "as_name"}
    assert not fetch(request, file)


@pytest.mark.parametrize(
    ("path", "content", "ending"),
    [
        ("/own.csv", b"network,organisation\n5.0.0.0/24,Example\n", "-own.csv"),
        ("/a.mmdb.gz", gzipped(country("DE")), "-a.mmdb"),
        ("/a.tar.gz", ARCHIVE, "-a.mmdb"),
        ("/ranges/", b"# type: vpn\n5.0.0.0/24\n", "-file"),
        ("/%2e%2e%2fetc", b"# type: vpn\n5.0.0.0/24\n", "-_2e_2e_2fetc"),
    ],
)
def test_any_url_is_fetched(
    server: Server, fetch: FetchFile, tmp_path: Path, path: str, content: bytes, ending: str
) -> None:
    request = request_for(Source(layer="own", url=f"{server.url}{path}?token={TOKEN}"), "")
    server.serve(f"{path}?token={TOKEN}", content)
    assert request.name[8:] == ending
    assert TOKEN not in f"{request.what} {request.name}"
    assert fetch(request, tmp_path / request.name)
    assert all(TOKEN not in file.read_text("latin-1") for file in tmp_path.iterdir())


def test_urls_that_end_alike_lie_in_two_files() -> None:
    one, other = (request_for(Source(layer="own", url=f"https://{host}.example/a.csv"), "") for host in "ab")
    assert one.name != other.name


def test_a_url_may_need_a_header_and_have_a_checksum(server: Server, fetch: FetchFile, tmp_path: Path) -> None:
    source = Source(
        layer="own",
        url=f"{server.url}/own.csv",
        sha256_url=f"{server.url}/SHA256SUMS",
        authorization=Secret(env="TOKEN"),
    )
    request = request_for(source, "")
    body = b"network,organisation\n5.0.0.0/24,Example\n"
    server.serve("/SHA256SUMS", f"{'0' * 64}  other.csv\n{hashlib.sha256(body).hexdigest()} *./own.csv\n".encode())
    server.serve("/own.csv", body)
    assert fetch(request, tmp_path / request.name)
    assert [asked.headers["authorization"] for asked in server.asked] == [TOKEN, TOKEN]


def test_the_secret_of_a_url_is_not_sent_to_another_host_that_has_its_checksum(
    server: Server, fetch: FetchFile, tmp_path: Path
) -> None:
    other = Server()
    source = Source(
        layer="own",
        url=f"{server.url}/own.csv",
        sha256_url=f"{other.url}/own.csv.sha256",
        authorization=Secret(env="TOKEN"),
    )
    body = b"network,organisation\n5.0.0.0/24,Example\n"
    server.serve("/own.csv", body)
    other.serve("/own.csv.sha256", hashlib.sha256(body).hexdigest().encode())
    assert fetch(request_for(source, ""), tmp_path / "own.csv")
    other.close()
    assert server.asked[0].headers["authorization"] == TOKEN
    assert "authorization" not in other.asked[0].headers


DIGEST = "ab" * 32


@pytest.mark.parametrize(
    "raw",
    [
        DIGEST,
        f"{DIGEST}\n",
        f"{DIGEST.upper()}  whatever.tar.gz\r\n",
        f"\n{DIGEST} *a.csv\n",
        f"{'cd' * 32}  b.csv\n{DIGEST}  data/a.csv\n",
        f"junk\n{DIGEST}  a.csv\n",
    ],
)
def test_a_checksum_is_read_from_lines(raw: str) -> None:
    assert in_lines("a.csv")(raw.encode()) == DIGEST


@pytest.mark.parametrize("raw", ["", "<html>", DIGEST[:-1], f"{DIGEST}  b.csv\n{DIGEST}  c.csv\n", f"{DIGEST}\0"])
def test_lines_without_the_checksum_are_refused(raw: str) -> None:
    with pytest.raises(ValueError, match=r"holds no SHA-256 of the file"):
        in_lines("a.csv")(raw.encode())


@pytest.mark.parametrize(
    "raw", ["", "[]", "{}", '{"checksums": {"sha256": 3}}', '{"checksums": {"sha256": "ab"}}', "\xff"]
)
def test_json_without_the_checksum_is_refused(raw: str) -> None:
    with pytest.raises(ValueError, match=r"SHA-256"):
        in_json(raw.encode("latin-1"))
