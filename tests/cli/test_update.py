"""`frontdesk geodb update`, and `frontdesk geodb build --policy`: the real command against a real server."""

import json
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ..geodb.update.files import TSV, country, gzipped
from ..geodb.update.server import Answer, Server
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
