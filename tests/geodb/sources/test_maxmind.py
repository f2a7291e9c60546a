"""MaxMind's databases, against MaxMind's own reader, and what its words mean."""

from pathlib import Path
from typing import Any

import maxminddb
import pytest

from frontdesk.geodb import Holder
from frontdesk.geodb.ranges import number
from frontdesk.geodb.sources import TYPES, Facts, maxmind, recognise
from frontdesk.geodb.sources.terms import DB_IP, DB_IP_LITE, GEOIP, GEOLITE, UNSTATED, Terms

from ..addresses import address_at
from .files import V4, FileOf, facts_of, mmdb_of

AS_FIELDS = {"as_number", "as_name"}
VENDORS = {
    "GeoLite2-Country-Test.mmdb": {"country"},
    "GeoLite2-City-Test.mmdb": {"country", "subdivision"},
    "GeoLite2-ASN-Test.mmdb": AS_FIELDS,
    "GeoIP2-ISP-Test.mmdb": {*AS_FIELDS, "holder"},
    "GeoIP2-Domain-Test.mmdb": {"holder"},
    "GeoIP2-Anonymous-IP-Test.mmdb": {"type"},
    "GeoIP2-Enterprise-Test.mmdb": {"country", "subdivision", *AS_FIELDS, "holder", "type"},
}


def looked_up(stored: Any) -> Facts:
    """Facts by MaxMind's documented keys, read the long way; who uses a network is looked at apart."""
    assert isinstance(stored, dict)
    subdivisions = stored.get("subdivisions", [])
    traits = stored.get("traits", {})
    return Facts(
        stored.get("country", {}).get("iso_code"),
        subdivisions[0].get("iso_code") if subdivisions else None,
        stored.get("autonomous_system_number") or traits.get("autonomous_system_number"),
        stored.get("autonomous_system_organization") or traits.get("autonomous_system_organization"),
    )


def held(stored: Any, prefix_length: int) -> Holder | None:
    """Who uses a network, read the long way."""
    traits = stored.get("traits", stored)
    name, domain = traits.get("organization"), traits.get("domain")
    return Holder(name or domain, "vendor", prefix_length, domain) if name or domain else None


@pytest.mark.parametrize("name", VENDORS)
def test_says_what_maxminds_reader_says(shared: Path, name: str) -> None:
    source = recognise(shared / "mmdb" / name)
    assert source.fields == VENDORS[name]
    assert source.terms == (GEOLITE if name.startswith("GeoLite") else GEOIP)
    ranges = list(source.ranges())
    with maxminddb.open_database(shared / "mmdb" / name) as reader:
        assert len(ranges) == sum(1 for _ in reader)
        for first, last, facts in ranges:
            for place in (first, last):
                assert isinstance(facts, Facts)
                stored, length = reader.get_with_prefix_len(address_at(place))
                assert looked_up(stored) == facts._replace(type=None, holder=None)
                assert held(stored, length) == facts.holder
                assert facts.type is None or facts.type in TYPES


@pytest.mark.parametrize(
    ("name", "address", "expected"),
    [
        ("GeoIP2-Anonymous-IP-Test.mmdb", "1.2.0.1", "vpn"),
        ("GeoIP2-Anonymous-IP-Test.mmdb", "71.160.223.1", "hosting"),
        ("GeoIP2-Anonymous-IP-Test.mmdb", "186.30.236.1", "proxy"),
        ("GeoIP2-Anonymous-IP-Test.mmdb", "65.0.0.1", "tor"),
        ("GeoIP2-Anonymous-IP-Test.mmdb", "81.2.69.1", "tor"),
        ("GeoIP2-Enterprise-Test.mmdb", "74.209.24.0", "isp"),
    ],
)
def test_type_of_a_network_in_maxminds_own_files(shared: Path, name: str, address: str, expected: str) -> None:
    place = number(address)
    found = [item.value for item in recognise(shared / "mmdb" / name).ranges() if item.first <= place <= item.last]
    assert [value.type for value in found if isinstance(value, Facts)] == [expected]


def test_words_all_lead_to_network_types() -> None:
    for table in (maxmind.FLAGS, maxmind.USER_TYPES, maxmind.CONNECTION_TYPES):
        assert set(table.values()) <= TYPES


@pytest.mark.parametrize(
    ("traits", "expected"),
    [
        # who uses it
        ({"user_type": "business"}, "business"),
        ({"user_type": "cafe"}, "isp"),
        ({"user_type": "cellular"}, "mobile"),
        ({"user_type": "college"}, "education"),
        ({"user_type": "consumer_privacy_network"}, "relay"),
        ({"user_type": "content_delivery_network"}, "cdn"),
        ({"user_type": "dialup"}, "isp"),
        ({"user_type": "government"}, "government"),
        ({"user_type": "hosting"}, "hosting"),
        ({"user_type": "library"}, "education"),
        ({"user_type": "military"}, "government"),
        ({"user_type": "residential"}, "isp"),
        ({"user_type": "router"}, "isp"),
        ({"user_type": "school"}, "education"),
        ({"user_type": "search_engine_spider"}, "hosting"),
        ({"user_type": "traveler"}, "isp"),
        ({"user_type": "something new"}, None),
        # its line
        ({"connection_type": "Dialup"}, "isp"),
        ({"connection_type": "Cable/DSL"}, "isp"),
        ({"connection_type": "Corporate"}, "business"),
        ({"connection_type": "Cellular"}, "mobile"),
        ({"connection_type": "Satellite"}, "satellite"),
        ({"user_type": "residential", "connection_type": "Corporate"}, "isp"),
        ({"user_type": "something new", "connection_type": "Corporate"}, "business"),
        # what hides the visitor
        ({"is_anonymous": True}, "proxy"),
        ({"is_anonymous": True, "is_anonymous_vpn": True}, "vpn"),
        ({"is_anonymous": True, "is_hosting_provider": True}, "hosting"),
        ({"is_anonymous": True, "is_public_proxy": True, "is_hosting_provider": True}, "proxy"),
        ({"is_anonymous": True, "is_residential_proxy": True}, "proxy"),
        ({"is_anonymous": True, "is_anonymous_vpn": True, "is_public_proxy": True}, "vpn"),
        ({"is_anonymous": True, "is_anonymous_vpn": True, "is_tor_exit_node": True}, "tor"),
        ({"is_anonymous_vpn": True, "user_type": "business"}, "vpn"),
        ({"is_anonymous_vpn": False, "user_type": "business"}, "business"),
        ({"is_legitimate_proxy": True}, None),
        ({}, None),
    ],
)
def test_type_by_maxminds_words(traits: dict[str, Any], expected: str | None) -> None:
    assert maxmind.network_type(traits) == expected
    assert maxmind.facts({"traits": traits}).type == expected


@pytest.mark.parametrize(
    ("stored", "holder"),
    [
        ({"organization": "Acme", "isp": "Some ISP"}, Holder("Acme", "vendor", 24)),
        ({"organization": "Acme", "domain": "acme.example"}, Holder("Acme", "vendor", 24, "acme.example")),
        ({"domain": "acme.example"}, Holder("acme.example", "vendor", 24, "acme.example")),
        ({"traits": {"organization": "Acme"}}, Holder("Acme", "vendor", 24)),
        ({"isp": "Some ISP", "autonomous_system_number": 64_500}, None),
        ({"organization": "", "autonomous_system_number": 64_500}, None),
    ],
)
def test_holder_is_who_uses_a_network(file_of: FileOf, stored: dict[str, Any], holder: Holder | None) -> None:
    assert [facts.holder for facts in facts_of(file_of(mmdb_of((V4, stored))))] == [holder]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("GeoLite2-City", GEOLITE),
        ("GeoLite2-ASN", GEOLITE),
        ("GeoIP2-Enterprise", GEOIP),
        ("GeoIP-Anonymous-Plus", GEOIP),
        ("DBIP-Country-Lite", DB_IP_LITE),
        ("DBIP-ASN-Lite (compat=GeoLite2-ASN)", DB_IP_LITE),
        ("DBIP-Location-ISP (compat=Enterprise)", DB_IP),
        ("ipvAll", UNSTATED),
    ],
)
def test_terms_by_the_type_of_the_database(kind: str, expected: Terms) -> None:
    assert maxmind.terms(kind) == expected


def test_geolite_asks_for_its_sentence() -> None:
    assert GEOLITE.attributions == (
        "This product includes GeoLite Data created by MaxMind, available from https://www.maxmind.com.",
    )
