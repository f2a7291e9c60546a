"""`frontdesk geodb update`, and `frontdesk geodb build --policy`: the real command against a real server."""

import hashlib
import json
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from frontdesk.geodb.age import today

from ..geodb.update.files import TSV, country, gzipped, lite, system, tar_of
from ..geodb.update.server import Answer, Server
from ..geodb.update.tls import authority
from .conftest import Command

TOKEN = "Bearer t0ken-s3cret"
DAY = "Tue, 03 Nov 2026 10:00:00 GMT"


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    server.serve("/country.mmdb.gz", gzipped(country("DE")), etag='"1"')
    server.serve("/asn.tsv.gz", gzipped(TSV), last_modified=DAY)
    yield server
    server.close()


@pytest.fixture
def policy(tmp_path: Path, server: Server) -> Path:
    """A policy of three layers; the token lies in a file that only its owner may read."""
    (tmp_path / "token").write_text(TOKEN)
    (tmp_path / "own.csv").write_text("network,organisation\n5.0.7.0/24,Example Instruments Ltd\n")
    path = tmp_path / "frontdesk.toml"
    path.write_text(f"""
version = "1"
default_entity = "us"
[[entities]]
id = "us"
legal_name = "Us"
[database]
file = "networks.mmdb"
cut = "24/48"
[[database.sources]]
layer = "public"
url = "{server.url}/asn.tsv.gz"
[[database.sources]]
layer = "proprietary"
url = "{server.url}/country.mmdb.gz"
authorization = {{ file = "token" }}
[[database.sources]]
layer = "own"
file = "own.csv"
""")
    return path


def database(folder: Path) -> tuple[int, bytes]:
    file = folder / "networks.mmdb"
    return file.stat().st_ino, file.read_bytes()


def found(frontdesk: Command, address: str) -> dict[str, object]:
    looked_up: dict[str, object] = json.loads(
        frontdesk("lookup", "--json", address, "--database", "networks.mmdb").stdout
    )
    return looked_up


def test_an_update_of_which_no_source_has_a_day_is_told_what_has_one(
    policy: Path, frontdesk: Command, tmp_path: Path
) -> None:
    head, *_, own = policy.read_text().split("[[database.sources]]")
    policy.write_text(f"{head}[[database.sources]]{own}")
    done = frontdesk("geodb", "update", "--policy", policy)
    assert done.returncode == 1
    assert "add one that does, as vendors' databases do, or give the day to frontdesk geodb build" in done.stderr
    done = frontdesk("geodb", "build", "--policy", policy, "--date", "2026-11-03")
    assert done.returncode == 0, done.stderr


@pytest.mark.usefixtures("policy")
def test_an_update_fetches_builds_and_proves(frontdesk: Command, server: Server, tmp_path: Path) -> None:
    done = frontdesk("geodb", "update", "--policy", "frontdesk.toml")
    assert done.returncode == 0, done.stderr
    host = server.url.removeprefix("http://").partition(":")[0]
    assert done.stderr.splitlines()[:3] == [
        f"new: {host}/asn.tsv.gz",
        f"new: {host}/country.mmdb.gz",
        "on disk: own.csv",
    ]
    assert "cut to /24 and /48" in done.stdout
    assert "networks.mmdb: whole" in frontdesk("geodb", "verify", "networks.mmdb").stdout
    answer = found(frontdesk, "5.0.7.1")
    assert (answer["country"], answer["as_number"]) == ("DE", 64_500)
    before = database(tmp_path)
    again = frontdesk("geodb", "update", "--policy", "frontdesk.toml")
    assert again.returncode == 0, again.stderr
    assert again.stdout == "nothing new: networks.mmdb stays, of 2026-11-03\n"
    assert again.stderr.splitlines()[0] == f"unchanged: {host}/asn.tsv.gz"
    assert database(tmp_path) == before
    assert [asked.path for asked in server.asked] == ["/asn.tsv.gz", "/country.mmdb.gz"] * 2
    for output in (done.stdout, done.stderr, again.stdout, again.stderr):
        assert "s3cret" not in output


@pytest.mark.usefixtures("policy")
def test_an_update_with_a_source_that_fails_goes_on_with_its_file(
    frontdesk: Command, server: Server, tmp_path: Path
) -> None:
    assert frontdesk("geodb", "update", "--policy", "frontdesk.toml").returncode == 0
    server.script("/country.mmdb.gz", Answer(401, TOKEN.encode()))
    server.serve("/asn.tsv.gz", gzipped(TSV.replace("64500", "64501")), last_modified=DAY.replace("03", "04"))
    done = frontdesk("geodb", "update", "--policy", "frontdesk.toml")
    assert done.returncode == 1
    assert "kept: 127.0.0.1/country.mmdb.gz: the server does not let us in (401): check the secret in" in done.stderr
    assert done.stderr.splitlines()[-1] == (
        "frontdesk: not fetched, so the files from before are used: 127.0.0.1/country.mmdb.gz"
    )
    answer = found(frontdesk, "5.0.8.1")
    assert (answer["country"], answer["as_number"]) == ("DE", 64_501)
    assert "s3cret" not in done.stdout + done.stderr


@pytest.mark.usefixtures("policy")
def test_an_update_without_a_file_for_a_source_is_one_line(frontdesk: Command, server: Server, tmp_path: Path) -> None:
    (tmp_path / "token").unlink()
    done = frontdesk("geodb", "update", "--policy", "frontdesk.toml")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        "frontdesk: the database is as it was, for a source has no file: 127.0.0.1/country.mmdb.gz:"
        " token cannot be read: No such file or directory"
    )
    assert not (tmp_path / "networks.mmdb").exists()
    assert [asked.path for asked in server.asked] == ["/asn.tsv.gz"]


@pytest.mark.usefixtures("policy")
def test_a_build_by_the_policy_takes_what_lies_there(frontdesk: Command, server: Server, tmp_path: Path) -> None:
    early = frontdesk("geodb", "build", "--policy", "frontdesk.toml")
    assert early.returncode == 1
    assert early.stderr.endswith("is not there: `frontdesk geodb update` fetches it\n")
    assert frontdesk("geodb", "update", "--policy", "frontdesk.toml").returncode == 0
    before = (tmp_path / "networks.mmdb").read_bytes()
    server.asked.clear()
    built = frontdesk("geodb", "build", "--policy", "frontdesk.toml", "--out", "again.mmdb")
    assert built.returncode == 0, built.stderr
    assert frontdesk("geodb", "build", "--policy", "frontdesk.toml").returncode == 0
    assert (tmp_path / "networks.mmdb").read_bytes() == before
    assert "nothing changes" in frontdesk("geodb", "diff", "again.mmdb", "networks.mmdb").stdout
    assert server.asked == []


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["build"], "name the source files, or a policy that lists them"),
        (["build", "own.csv"], "name the database to write"),
        (["build", "own.csv", "--policy", "frontdesk.toml"], "give one or the other"),
        (["update"], "--policy"),
    ],
)
@pytest.mark.usefixtures("policy")
def test_what_is_missing_on_the_command_line_is_told(frontdesk: Command, arguments: list[str], told: str) -> None:
    done = frontdesk("geodb", *arguments)
    assert done.returncode == 2
    assert told in " ".join(done.stderr.split())


def test_a_policy_without_sources_gives_nothing_to_do(frontdesk: Command, tmp_path: Path) -> None:
    (tmp_path / "frontdesk.toml").write_text(
        'version = "1"\ndefault_entity = "us"\n[[entities]]\nid = "us"\nlegal_name = "Us"\n'
    )
    for command in ("update", "build"):
        done = frontdesk("geodb", command, "--policy", "frontdesk.toml")
        assert (done.returncode, done.stderr) == (
            1,
            "frontdesk: the policy lists no [[database.sources]]: there is nothing to build a database from\n",
        )


def test_a_terminal_sees_bars(policy: Path) -> None:
    ours, theirs = pty.openpty()
    command: list[str | Path] = [Path(sys.executable).with_name("frontdesk"), "geodb", "update", "--policy", policy]
    environment = {"PATH": "/usr/bin:/bin", "TERM": "xterm", "COLUMNS": "100"}
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=theirs, env=environment) as process:
        os.close(theirs)
        shown = b""
        while True:
            try:
                block = os.read(ours, 65536)
            except OSError:  # the other end is closed
                break
            if not block:
                break
            shown += block
    os.close(ours)
    assert process.returncode == 0
    assert "━" in shown.decode()
    assert "new: 127.0.0.1/asn.tsv.gz" in shown.decode()


VENDORS = """
version = "1"
default_entity = "us"
[[entities]]
id = "us"
legal_name = "Us"
[database]
file = "networks.mmdb"
[[database.sources]]
layer = "public"
maxmind = "GeoLite2-ASN"
account = { env = "ACCOUNT" }
key = { env = "KEY" }
[[database.sources]]
layer = "public"
ipinfo = "ipinfo_lite.mmdb"
token = { env = "TOKEN" }
[[database.sources]]
layer = "public"
dbip = "country-lite"
[[database.sources]]
layer = "public"
iptoasn = "ip2asn-v4.tsv.gz"
"""
SECRETS = {"ACCOUNT": "123456", "KEY": "k3y-s3cret", "TOKEN": "t0ken-s3cret"}
SIGNED = {
    "/geoip/databases/GeoLite2-ASN/download?suffix=tar.gz": "https://r2.example/GeoLite2-ASN.tar.gz?X-Amz-Signature=1",
    "/data/ipinfo_lite.mmdb": "https://dl.assets.ipinfo.io/ipinfo_lite.mmdb?X-Amz-Signature=2",
}


def vendors(folder: Path) -> tuple[Server, Path]:
    """Every vendor, in its own name over TLS, and the authority that vouches for them."""
    hosts = ["download.maxmind.com", "ipinfo.io", "download.db-ip.com", "iptoasn.com", "r2.example"]
    vouching = authority(folder, [*hosts, "dl.assets.ipinfo.io"])
    server = Server(vouching.context)
    archive, database = tar_of({"GeoLite2-ASN_1/GeoLite2-ASN.mmdb": system("Example University")}), lite("FR")
    server.serve("/GeoLite2-ASN.tar.gz?X-Amz-Signature=1", archive)
    server.serve("/ipinfo_lite.mmdb?X-Amz-Signature=2", database)
    for path, place in SIGNED.items():
        server.script(path, Answer(302, b"", {"Location": place}))
    edition = "/geoip/databases/GeoLite2-ASN/download?suffix=tar.gz.sha256"
    server.serve(edition, f"{hashlib.sha256(archive).hexdigest()}  GeoLite2-ASN_20261103.tar.gz\n".encode())
    sums = {"checksums": {"sha256": hashlib.sha256(database).hexdigest()}}
    server.serve("/data/ipinfo_lite.mmdb/checksums", json.dumps(sums).encode())
    server.serve(f"/free/dbip-country-lite-{today():%Y-%m}.mmdb.gz", gzipped(country("DE")), etag='"1"')
    server.serve("/data/ip2asn-v4.tsv.gz", gzipped(TSV), last_modified=DAY)
    return server, vouching.certificate


def test_an_update_reaches_each_vendor_over_tls(tmp_path: Path) -> None:
    (tmp_path / "frontdesk.toml").write_text(VENDORS)
    server, certificate = vendors(tmp_path)
    program = Path(sys.executable).with_name("frontdesk")
    trusting = {"SSL_CERT_FILE": str(certificate), "HTTPS_PROXY": server.url, "PATH": "/usr/bin:/bin"}

    def update() -> subprocess.CompletedProcess[str]:
        command: list[str | Path] = [program, "geodb", "update", "--policy", "frontdesk.toml"]
        return subprocess.run(
            command, capture_output=True, text=True, cwd=tmp_path, timeout=60, check=False, env=trusting | SECRETS
        )

    first = update()
    asked = [(one.headers["host"], one.headers.get("authorization", "none").split()[0]) for one in server.asked]
    again = update()
    server.close()
    assert first.returncode == 0, first.stderr
    assert asked == [
        ("download.maxmind.com", "Basic"),
        ("download.maxmind.com", "Basic"),
        ("r2.example", "none"),
        ("ipinfo.io", "Bearer"),
        ("ipinfo.io", "Bearer"),
        ("dl.assets.ipinfo.io", "none"),
        ("download.db-ip.com", "none"),
        ("iptoasn.com", "none"),
    ]
    assert again.returncode == 0, again.stderr
    assert again.stdout.startswith("nothing new: networks.mmdb stays")
    for text in (first.stdout, first.stderr, again.stdout, again.stderr):
        assert "s3cret" not in text


def test_a_vendor_that_nobody_vouches_for_is_told_no_secret(tmp_path: Path) -> None:
    (tmp_path / "frontdesk.toml").write_text(VENDORS)
    server, _ = vendors(tmp_path)
    program = "from frontdesk.geodb.update import Patience, update; from frontdesk.policy import load;"
    program += "update(load('frontdesk.toml').database, patience=Patience(attempts=1))"
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=60,
        check=False,
        env={"HTTPS_PROXY": server.url, "PATH": "/usr/bin:/bin"} | SECRETS,
    )
    server.close()
    assert "certificate" in done.stderr.lower()
    assert server.asked == []
