"""What an answer means: MaxMind's documented bodies, under the rules that hold for every source."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontdesk.enrich import Enricher, Finding
from frontdesk.enrich.finding import NO_ADDRESS
from frontdesk.enrich.web_service.answer import asked_of, laid_over, nothing, own_network, read
from frontdesk.geodb import Database
from frontdesk.geodb.build import build
from frontdesk.geodb.network_type import NetworkTypes
from frontdesk.policy.networks import pack, unpack

from .maxmind_server import insights

DAY = date(2026, 11, 24)
SOURCE = "MaxMind GeoIP2 Insights"
TYPES = NetworkTypes.load()
ADDRESS = "5.0.0.7"


def packed(address: str) -> bytes:
    found = pack(address)
    assert found is not None
    return found


def body(**traits: Any) -> dict[str, Any]:
    """The body of an answer; `anonymizer` stands beside the traits."""
    anonymizer = traits.pop("anonymizer", {})
    stored: dict[str, Any] = json.loads(insights(ADDRESS, **{"network": "5.0.0.0/24", **traits}).body)
    return stored | {"anonymizer": anonymizer}


@pytest.fixture
def enricher(tmp_path: Path) -> Enricher:
    """A database that knows next to nothing, with a list of the group's own above it."""
    (tmp_path / "countries.csv").write_text("5.0.0.0,5.0.3.255,DE\n2a00::,2a00:ffff:ffff:ffff:ffff:ffff:ffff:ffff,DE\n")
    (tmp_path / "own.csv").write_text(
        "network,organisation,kind\n5.0.1.0/24,Our Customer GmbH,\n5.0.2.0/24,,business\n"
    )
    build([tmp_path / "own.csv", tmp_path / "countries.csv"], tmp_path / "networks.mmdb", made=DAY)
    return Enricher(Database(tmp_path / "networks.mmdb"))


def judged(enricher: Enricher, address: str = ADDRESS, **traits: Any) -> Finding:
    _, answer = read(body(**traits), packed(address), SOURCE, DAY, TYPES)
    return laid_over(enricher.find(address), answer, enricher, v6=":" in address)


def test_an_organisation_comes_with_its_evidence(enricher: Enricher) -> None:
    found = judged(enricher, organization="Example Bank plc", user_type="business", domain="bank.example")
    assert found.organisation is not None
    assert (found.organisation.name, found.organisation.kind) == ("Example Bank", "business")
    assert (found.organisation.confidence, found.organisation.key) == ("high", "example bank")
    assert found.organisation.evidence == (SOURCE, DAY, 24, "vendor", f"source: {SOURCE}", "Example Bank plc")
    assert found.record.holder is not None
    assert found.record.holder.domain == "bank.example"
    assert found.record.country == "DE", "the country stays the database's"
    assert found.record.provenance == {
        "country": "countries.csv",
        "organisation": SOURCE,
        "type": SOURCE,
        "as": SOURCE,
    }


@pytest.mark.parametrize(
    ("traits", "reason"),
    [
        ({"user_type": "business"}, None),
        ({"user_type": "college"}, None),
        ({"user_type": "government"}, None),
        ({"user_type": "residential"}, "access_network"),
        ({"user_type": "cellular"}, "access_network"),
        ({"user_type": "cafe"}, "access_network"),
        ({"user_type": "hosting"}, "hosting"),
        ({"user_type": "content_delivery_network"}, "hosting"),
        ({"user_type": "consumer_privacy_network"}, "anonymiser"),
        ({"user_type": "business", "is_anonymous_vpn": True}, "anonymiser"),
        ({"user_type": "business", "is_tor_exit_node": True}, "anonymiser"),
        ({"user_type": "business", "is_hosting_provider": True}, "hosting"),
        ({"user_type": "business", "anonymizer": {"is_residential_proxy": True}}, "anonymiser"),
        ({"user_type": "business", "anonymizer": {"is_anonymous": True, "confidence": 99}}, "anonymiser"),
        ({"user_type": "business", "anonymizer": {"network_last_seen": "2025-01-15"}}, None),
        ({"connection_type": "Corporate"}, None),
        ({"connection_type": "Cable/DSL"}, "access_network"),
        ({"organization": "Example Hospital"}, None),
        ({"organization": "Example Telecom"}, "access_network"),
        ({"organization": "Example Telecom", "user_type": "business"}, "access_network"),
        ({"organization": "Jens Andersen", "user_type": "residential"}, "person"),
        ({"organization": "Jan Jansen t/a Jansen Logistics", "user_type": "business"}, "person"),
        ({"user_type": "business", "network": "5.0.0.0/29"}, None),
        ({"user_type": "business", "network": "5.0.0.4/30"}, "too_small"),
        ({"user_type": "business", "network": f"{ADDRESS}/32"}, "too_small"),
        ({"user_type": "something new"}, "unknown"),
        ({}, "unknown"),
    ],
)
def test_only_what_the_rules_allow_is_named(enricher: Enricher, traits: dict[str, Any], reason: str | None) -> None:
    found = judged(enricher, **{"organization": "Example", **traits})
    assert found.reason == reason
    assert (found.organisation is None) == (reason is not None)


def test_an_ipv6_network_of_a_household_is_too_small(enricher: Enricher) -> None:
    for length, reason in ((48, None), (60, None), (64, "too_small")):
        found = judged(
            enricher, "2a00:1:2:3::", network=f"2a00:1:2::/{length}", organization="Example", user_type="business"
        )
        # 2a00:1:2:3:: is outside of 2a00:1:2::/64, and then the answer is for its own /64
        assert found.reason == reason


def test_the_groups_own_list_stands_above(enricher: Enricher) -> None:
    local = enricher.find("5.0.1.7").organisation
    assert local is not None
    assert local.name == "Our Customer"
    found = judged(enricher, "5.0.1.7", organization="Somebody Else", user_type="business", network="5.0.0.0/22")
    assert found.organisation is not None
    assert (found.organisation.name, found.organisation.evidence.method) == ("Our Customer", "own_list")
    assert found.record.provenance["organisation"] == "own.csv"
    assert enricher.find("5.0.2.7").reason == "unknown"
    found = judged(enricher, "5.0.2.7", organization="Example", user_type="residential", network="5.0.0.0/22")
    assert found.organisation is not None
    assert (found.organisation.name, found.organisation.kind) == ("Example", "business")


def test_an_answer_that_tells_nothing_changes_nothing(enricher: Enricher) -> None:
    local = enricher.find(ADDRESS)
    assert laid_over(local, nothing(SOURCE, DAY), enricher, v6=False) is local
    assert laid_over(NO_ADDRESS, nothing(SOURCE, DAY), enricher, v6=False) is NO_ADDRESS


@pytest.mark.parametrize(
    ("address", "told", "expected"),
    [
        ("5.0.0.7", "5.0.0.0/24", "5.0.0.0/24"),
        ("5.0.0.7", "5.0.0.9/24", "5.0.0.0/24"),
        ("5.0.0.7", None, "5.0.0.7/32"),
        ("5.0.0.7", "6.0.0.0/24", "5.0.0.7/32"),
        ("5.0.0.7", "0.0.0.0/0", "5.0.0.7/32"),
        ("5.0.0.7", "2a00::/32", "5.0.0.7/32"),
        ("2a00:1:2:3::", "2a00:1:2::/48", "2a00:1:2::/48"),
        ("2a00:1:2:3::", "2a00:1:2:3::/128", "2a00:1:2:3::/64"),
        ("2a00:1:2:3::", None, "2a00:1:2:3::/64"),
    ],
)
def test_an_answer_is_for_the_network_that_it_names(address: str, told: str | None, expected: str) -> None:
    stored = body(network=told) if told else {"traits": {}}
    network, _ = read(stored, packed(address), SOURCE, DAY, TYPES)
    assert str(network) == expected


@given(st.binary(min_size=16, max_size=16) | st.binary(min_size=4, max_size=4))
def test_what_is_asked_of_an_address_lies_in_the_network_of_its_answer(address: bytes) -> None:
    asked = asked_of(address)
    assert len(asked) == len(address)
    assert asked == address if len(address) == 4 else asked[8:] == bytes(8)
    assert unpack(asked) == str(own_network(asked).network_address)
