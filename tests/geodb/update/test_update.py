"""A whole update: what is fetched is built, proved and put in place, and nothing is done twice."""

import fcntl
import hashlib
import json
import os
import stat
import sys
from pathlib import Path

import pytest
from msgspec.structs import replace

from frontdesk.geodb import Database, SourceError
from frontdesk.geodb.manifest import beside
from frontdesk.geodb.update import Patience, Update, Vendors, update
from frontdesk.policy import FrontdeskError
from frontdesk.policy.model import Database as DatabasePolicy
from frontdesk.policy.secret import Secret
from frontdesk.policy.source import Source

from .conftest import Notes
from .files import TSV, gzipped, lite, system, tar_of
from .server import Answer, Server

TOKEN = "t0ken-s3cret"


class Desk:
    """A policy's database, and the vendors that it is made from."""

    def __init__(self, folder: Path, server: Server, patience: Patience, notes: Notes) -> None:
        self.server, self._patience, self._notes = server, patience, notes
        self.own = folder / "own.csv"
        self.own.write_text("network,organisation\n5.0.7.0/24,Example Instruments Ltd\n")
        self.file = folder / "networks.mmdb"
        self.sources = folder / "sources"
        self.policy = DatabasePolicy(
            file=self.file,
            sources=(
                Source(layer="public", maxmind="GeoLite2-ASN", account=Secret(env="TOKEN"), key=Secret(env="TOKEN")),
                Source(layer="public", iptoasn="ip2asn-v4.tsv.gz"),
                Source(layer="proprietary", ipinfo="ipinfo_lite.mmdb", token=Secret(env="TOKEN")),
                Source(layer="own", file=self.own),
            ),
        )

    def serve(self, system_name: str = "Example University", code: str = "DE") -> None:
        archive, database = tar_of({"GeoLite2-ASN_1/GeoLite2-ASN.mmdb": system(system_name)}), lite(code)
        edition = "/geoip/databases/GeoLite2-ASN/download?suffix=tar.gz"
        self.server.serve(edition, archive, etag=f'"{system_name}"')
        self.server.serve(f"{edition}.sha256", hashlib.sha256(archive).hexdigest().encode())
        self.server.serve("/data/ipinfo_lite.mmdb", database, etag=f'"{code}"')
        sums = {"checksums": {"sha256": hashlib.sha256(database).hexdigest()}}
        self.server.serve("/data/ipinfo_lite.mmdb/checksums", json.dumps(sums).encode())
        self.server.serve("/data/ip2asn-v4.tsv.gz", gzipped(TSV), last_modified="Tue, 03 Nov 2026 10:00:00 GMT")

    def update(self, *, force: bool = False) -> Update:
        base = self.server.url
        vendors = Vendors(base, base, base, base)
        return update(self.policy, force=force, vendors=vendors, patience=self._patience, show=self._notes)

    def kept(self) -> tuple[int, bytes, bytes]:
        """The database as it lies there."""
        return self.file.stat().st_ino, self.file.read_bytes(), beside(self.file).read_bytes()


@pytest.fixture
def desk(tmp_path: Path, server: Server, patience: Patience, notes: Notes, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("TOKEN", TOKEN)
    desk = Desk(tmp_path, server, patience, notes)
    desk.serve()
    return desk


def test_an_update_fetches_builds_and_puts_in_place(desk: Desk, notes: Notes) -> None:
    done = desk.update()
    assert done.built
    assert done.outcomes == tuple(notes.outcomes)
    assert [(outcome.what, outcome.news) for outcome in done.outcomes] == [
        ("MaxMind GeoLite2-ASN", "new"),
        ("iptoasn ip2asn-v4.tsv.gz", "new"),
        ("IPinfo ipinfo_lite.mmdb", "new"),
        (str(desk.own), "on disk"),
    ]
    database = Database(desk.file)
    assert database.manifest == done.manifest
    # Own before proprietary before public, whatever order they stand in.
    assert [source.file for source in done.manifest.sources] == [
        "own.csv",
        "ipinfo_lite.mmdb",
        "GeoLite2-ASN.mmdb",
        "ip2asn-v4.tsv.gz",
    ]
    found = database.lookup("5.0.7.1")
    assert found.holder is not None
    assert (found.holder.name, found.country, found.as_name) == ("Example Instruments Ltd", "DE", "Example")
    assert found.provenance == {"organisation": "own.csv", "country": "ipinfo_lite.mmdb", "as": "ipinfo_lite.mmdb"}
    assert notes.steps[-1][1] <= 1


def test_the_day_of_a_file_that_does_not_say_it_is_that_of_its_last_change(desk: Desk) -> None:
    days = {source.file: source.date for source in desk.update().manifest.sources}
    assert str(days["ip2asn-v4.tsv.gz"]) == "2026-11-03"
    assert days["own.csv"] is None


def test_what_is_fetched_is_for_its_owner_only(desk: Desk) -> None:
    desk.update()
    assert stat.S_IMODE(desk.sources.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in desk.sources.iterdir()} == {0o600}
    assert sorted(path.name for path in desk.sources.iterdir()) == [
        ".lock",
        "GeoLite2-ASN.mmdb",
        "GeoLite2-ASN.mmdb.state.json",
        "ip2asn-v4.tsv.gz",
        "ip2asn-v4.tsv.gz.state.json",
        "ipinfo_lite.mmdb",
        "ipinfo_lite.mmdb.state.json",
        "networks.mmdb.built.json",
    ]


def test_no_secret_is_in_any_file(desk: Desk, tmp_path: Path) -> None:
    desk.update()
    for path in tmp_path.rglob("*"):
        assert path.is_dir() or TOKEN.encode() not in path.read_bytes(), path


def test_an_update_without_news_touches_nothing(desk: Desk) -> None:
    desk.update()
    before = desk.kept()
    desk.server.paths()
    done = desk.update()
    assert not done.built
    assert {outcome.news for outcome in done.outcomes} == {"unchanged", "on disk"}
    assert desk.kept() == before
    assert len(desk.server.asked) == 3, "one request a source"
    assert Database(desk.file).manifest == done.manifest


def test_an_update_builds_again_by_force_and_gives_the_same_bytes(desk: Desk) -> None:
    desk.update()
    before = desk.kept()
    assert desk.update(force=True).built
    assert desk.kept()[1:] == before[1:]


def test_one_new_source_is_enough_to_build_again(desk: Desk) -> None:
    desk.update()
    desk.serve(code="FR")
    done = desk.update()
    assert done.built
    assert [outcome.news for outcome in done.outcomes] == ["unchanged", "unchanged", "new", "on disk"]
    assert Database(desk.file).lookup("5.0.8.1").country == "FR"


@pytest.mark.parametrize("what", ["own list", "cut", "layers", "database damaged", "manifest gone", "record gone"])
def test_whatever_the_database_follows_from_is_a_reason_to_build_again(desk: Desk, what: str) -> None:
    desk.update()
    match what:
        case "own list":
            desk.own.write_text("network,organisation\n5.0.7.0/24,Example Optics Ltd\n")
        case "cut":
            desk.policy = replace(desk.policy, cut="24/48")
        case "layers":
            changed = replace(desk.policy.sources[2], layer="public")
            desk.policy = replace(desk.policy, sources=(*desk.policy.sources[:2], changed, desk.policy.sources[3]))
        case "database damaged":
            desk.file.write_bytes(desk.file.read_bytes()[:-1])
        case "manifest gone":
            beside(desk.file).unlink()
        case _:
            (desk.sources / "networks.mmdb.built.json").unlink()
    assert desk.update().built
    assert Database(desk.file).lookup("5.0.8.1").country == "DE"
    assert not desk.update().built


def test_the_country_is_that_of_most_public_sources_where_the_policy_wants_it(desk: Desk) -> None:
    votes = {"one": b"FR", "two": b"FR", "three": b"DE"}
    for name, code in votes.items():
        desk.server.serve(
            f"/{name}.csv", b"5.0.0.0,5.0.255.255,%s\n" % code, last_modified="Tue, 03 Nov 2026 10:00:00 GMT"
        )
    listed = tuple(Source(layer="public", url=f"{desk.server.url}/{name}.csv") for name in ("three", "one", "two"))
    desk.policy = replace(desk.policy, sources=(desk.policy.sources[3], *listed))
    assert desk.update().manifest.country != "majority"
    assert Database(desk.file).lookup("5.0.8.1").country == "DE"
    desk.policy = replace(desk.policy, country="majority")
    assert desk.update().manifest.country == "majority"
    assert Database(desk.file).lookup("5.0.8.1").country == "FR"


def test_a_source_that_fails_leaves_its_file_from_before_in_use(desk: Desk) -> None:
    desk.update()
    desk.serve(code="FR")
    desk.server.script("/geoip/databases/GeoLite2-ASN/download?suffix=tar.gz.sha256", Answer(401))
    done = desk.update()
    assert done.built
    assert done.failed == (done.outcomes[0],)
    assert done.outcomes[0].news == "kept"
    assert "does not let us in (401)" in done.outcomes[0].problem
    found = Database(desk.file).lookup("5.0.8.1")
    assert (found.country, found.as_number) == ("FR", 64_500)


def test_a_secret_that_is_missing_fails_its_source_only(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.update()
    monkeypatch.delenv("TOKEN")
    done = desk.update()
    assert not done.built
    assert [outcome.news for outcome in done.outcomes] == ["kept", "unchanged", "kept", "on disk"]
    assert done.outcomes[0].problem == "MaxMind GeoLite2-ASN: the environment variable TOKEN holds no secret"


def test_a_source_without_any_file_stops_the_build_and_keeps_what_came(desk: Desk) -> None:
    desk.server.script("/data/ipinfo_lite.mmdb/checksums", Answer(403))
    with pytest.raises(FrontdeskError) as caught:
        desk.update()
    assert str(caught.value).startswith(
        "the database is as it was, for a source has no file: IPinfo ipinfo_lite.mmdb: the server does not let us in"
    )
    assert not desk.file.exists()
    assert (desk.sources / "GeoLite2-ASN.mmdb").exists()
    done = desk.update()
    assert [outcome.news for outcome in done.outcomes] == ["unchanged", "unchanged", "new", "on disk"]


def test_an_own_file_that_is_gone_stops_the_build(desk: Desk) -> None:
    desk.update()
    before = desk.kept()
    desk.own.unlink()
    with pytest.raises(FrontdeskError, match=r"for a source has no file: .*own.csv: is not there"):
        desk.update()
    assert desk.kept() == before


def test_a_source_that_cannot_be_read_leaves_the_database_as_it_was(desk: Desk) -> None:
    desk.update()
    before = desk.kept()
    broken = gzipped(TSV + "5.1.0.0\t5.0.0.0\t64500\tDE\tX\n")
    desk.server.serve("/data/ip2asn-v4.tsv.gz", broken, last_modified="Wed, 04 Nov 2026 10:00:00 GMT")
    for _ in range(2):  # it is not taken for good because nothing is new
        with pytest.raises(SourceError, match=r"ip2asn-v4.tsv.gz, line 2: the range"):
            desk.update()
    assert desk.kept() == before
    assert not list(desk.file.parent.glob("*.part*"))


def test_an_update_that_loses_much_is_refused_unless_forced(desk: Desk) -> None:
    desk.own.write_text("network,organisation\n" + "".join(f"5.0.{n}.0/24,Example {n} Ltd\n" for n in range(9)))
    desk.update()
    before = desk.kept()
    desk.own.write_text("network,organisation\n5.0.7.0/24,Example Instruments Ltd\n")
    with pytest.raises(SourceError, match="the new one knows much less"):
        desk.update()
    assert desk.kept() == before
    assert desk.update(force=True).built


def test_two_updates_never_run_at_once(desk: Desk) -> None:
    desk.sources.mkdir()
    handle = os.open(desk.sources / ".lock", os.O_RDWR | os.O_CREAT)
    fcntl.flock(handle, fcntl.LOCK_EX)
    with pytest.raises(FrontdeskError, match="another update is under way here"):
        desk.update()
    os.close(handle)
    assert desk.update().built


def test_the_folder_of_the_sources_may_be_named(desk: Desk, tmp_path: Path) -> None:
    desk.policy = replace(desk.policy, sources_directory=tmp_path / "var" / "lib")
    desk.update()
    assert (tmp_path / "var" / "lib" / "GeoLite2-ASN.mmdb").exists()
    assert not desk.sources.exists()


def test_a_folder_that_cannot_be_made_is_told(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "var").write_text("")
    desk.policy = replace(desk.policy, sources_directory=tmp_path / "var")
    with pytest.raises(FrontdeskError, match="var: sources cannot be kept here: "):
        desk.update()


@pytest.mark.parametrize("policy", [DatabasePolicy(), DatabasePolicy(file=Path("networks.mmdb"))])
def test_a_policy_without_sources_gives_nothing_to_do(policy: DatabasePolicy) -> None:
    with pytest.raises(FrontdeskError, match="the policy lists no"):
        update(policy)


def test_two_sources_in_one_place_are_refused(desk: Desk) -> None:
    free = Source(layer="public", ipinfo="free/ipinfo_lite.mmdb", token=Secret(env="TOKEN"))
    desk.policy = replace(desk.policy, sources=(*desk.policy.sources, free))
    with pytest.raises(FrontdeskError, match=r"two of the policy's sources would lie at .*ipinfo_lite.mmdb"):
        desk.update()


def test_the_library_that_speaks_http_is_asked_for_by_name(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "httpx2", None)  # as where it is not installed
    for name in ("download", "fetch"):
        monkeypatch.delitem(sys.modules, f"frontdesk.geodb.update.{name}")
    with pytest.raises(FrontdeskError, match=r"fetching needs httpx2: pip install 'frontdesk\[update\]'"):
        desk.update()
