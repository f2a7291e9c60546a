"""The finding for who arrives: what `find` says, with one finding for all networks of which the same is said."""

from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_network
from pathlib import Path
from random import Random

import pytest

from frontdesk.enrich import Enricher, Finding
from frontdesk.enrich.organisation import ANY_LENGTH
from frontdesk.geodb import Database
from frontdesk.geodb.build import build
from frontdesk.geodb.ranges import number

from ..geodb.sources.files import V4, mmdb_of


@pytest.fixture(scope="module")
def embedded() -> Enricher:
    return Enricher(Database())


def of_any_length(finding: Finding) -> Finding:
    """The finding without what `arriving` need not tell."""
    record = finding.record._replace(prefix_length=ANY_LENGTH)
    return Finding(record, finding.organisation, finding.reason)


@pytest.mark.parametrize("v6", [False, True])
def test_who_arrives_is_found_as_anybody_is(embedded: Enricher, v6: bool) -> None:
    random = Random(3)
    for _ in range(3_000):
        bits = random.getrandbits(128)
        address = str(IPv6Address(0x2 << 124 | bits >> 4) if v6 else IPv4Address(bits >> 96))
        there, here = embedded.find(address), embedded.arriving(address)
        assert of_any_length(here) == of_any_length(there)
        assert here.record.prefix_length in {ANY_LENGTH, there.record.prefix_length}


def test_nobody_knows_is_found_of_no_address(embedded: Enricher) -> None:
    assert embedded.arriving(None) is embedded.find(None)


def between(text: str) -> tuple[int, int]:
    network = ip_network(text)
    return number(str(network[0])), number(str(network[-1]))


@pytest.mark.parametrize(
    ("network", "name", "shared"),
    [
        pytest.param("6.0.0.0/16", "Example Broadband", True, id="an access network, whatever its length"),
        pytest.param("6.0.0.0/30", "Example Broadband", False, id="so few addresses that it may be a household's"),
        pytest.param("6.0.0.0/16", "Example University", False, id="an organisation that is named for so much"),
    ],
)
def test_networks_share_a_finding_where_their_length_says_nothing(
    tmp_path: Path, network: str, name: str, shared: bool
) -> None:
    system = {"autonomous_system_number": 64_500, "autonomous_system_organization": name}
    source, out = tmp_path / "asn.mmdb", tmp_path / "networks.mmdb"
    source.write_bytes(mmdb_of((between("5.0.0.0/24"), system), (between(network), system), kind="GeoLite2-ASN"))
    build([source], out)
    enricher = Enricher(Database(out))
    assert (enricher.arriving("5.0.0.1") is enricher.arriving("6.0.0.1")) is shared
    assert enricher.find("6.0.0.1").record.prefix_length == ip_network(network).prefixlen


def test_who_arrives_is_found_as_anybody_is_where_the_holder_has_expired(tmp_path: Path) -> None:
    holder = {"organization": "Example Holding", "user_type": "college"}
    system = {"asn": "AS64500", "as_name": "Example University", "as_type": "education", "country_code": "FR"}
    made = datetime.now(UTC) - timedelta(40)
    old, fresh, out = tmp_path / "old.mmdb", tmp_path / "fresh.mmdb", tmp_path / "networks.mmdb"
    old.write_bytes(mmdb_of((V4, {"traits": holder}), kind="GeoIP2-Enterprise", epoch=int(made.timestamp())))
    fresh.write_bytes(mmdb_of((V4, system), kind="ipinfo standard_asn_mmdb"))
    build([fresh, old], out)
    enricher = Enricher(Database(out))
    found = enricher.arriving("5.0.0.1").organisation
    assert found == enricher.find("5.0.0.1").organisation
    assert found is not None
    assert (found.name, found.evidence.method, found.evidence.prefix_length) == ("Example University", "as_name", 24)
