"""The entity: by host, then by country, then the default one, with the reason."""

import msgspec
import pytest

from frontdesk.enrich import Entities
from frontdesk.geodb import NetworkRecord
from frontdesk.policy import Policy


@pytest.mark.parametrize(
    ("host", "country", "entity", "reason"),
    [
        ("de.aurora.example", "US", "aurora-de", "host"),
        ("jp.aurora.example", None, "aurora-jp", "host"),
        ("elsewhere.example", "DE", "aurora-de", "country"),
        (None, "JP", "aurora-jp", "country"),
        (None, "BR", "aurora-com", "default"),
        (None, None, "aurora-com", "default"),
        ("", "", "aurora-com", "default"),
    ],
)
def test_an_entity_comes_with_its_reason(
    host: str | None, country: str | None, entity: str, reason: str, policy: Policy
) -> None:
    answer = Entities(policy).of(host, country)
    assert (answer.entity.id, answer.reason) == (entity, reason)


@pytest.mark.parametrize(
    ("country", "subdivision", "entity"),
    [
        ("US", "CA", "aurora-jp"),
        ("US", "NY", "aurora-com"),
        ("US", "DE", "aurora-com"),  # Delaware
        ("US", "IN", "aurora-com"),  # Indiana
        ("DE", "BE", "aurora-de"),  # Berlin
        ("DE", "US", "aurora-de"),
        ("US", None, "aurora-com"),
        ("US", "", "aurora-com"),
        ("CA", "CA", "aurora-com"),
        ("BR", "DE", None),
        ("", "US-CA", None),
        (None, "CA", None),
        (None, "DE", None),
    ],
)
def test_a_subdivision_comes_before_its_country_and_is_never_read_as_one(
    country: str | None, subdivision: str | None, entity: str | None, policy: Policy
) -> None:
    changed = [
        msgspec.structs.replace(each, subdivisions=("US-CA",)) if each.id == "aurora-jp" else each
        for each in policy.entities
    ]
    entities = Entities(msgspec.structs.replace(policy, entities=tuple(changed)))
    record = NetworkRecord(country=country, subdivision=subdivision, type="isp")
    serving = entities.serving(record)
    assert (serving.id if serving else None) == entity
    assert entities.of(None, country, subdivision).entity.id == (entity or "aurora-com")
    assert entities.contracting(None, None, record).entity.id == (entity or "aurora-com")


@pytest.mark.parametrize("kind", ["vpn", "tor", "proxy", "relay", "hosting", "cdn", "satellite", "reserved"])
def test_nobody_serves_the_place_of_a_network_of_elsewhere(kind: str, policy: Policy) -> None:
    assert Entities(policy).serving(NetworkRecord(country="DE", type=kind)) is None
    assert Entities(policy).serving(NetworkRecord(type="isp")) is None


def test_only_the_group_s_hosts_are_ours(policy: Policy) -> None:
    entities = Entities(policy)
    assert entities.is_ours("www.aurora.example")
    assert not entities.is_ours("aurora.example")
    assert not entities.is_ours(None)


def with_rule(policy: Policy) -> Entities:
    """The example's entities, where customers of Austria must contract with the Japanese one."""
    changed = [
        msgspec.structs.replace(entity, contracts_with=("AT",)) if entity.id == "aurora-jp" else entity
        for entity in policy.entities
    ]
    return Entities(msgspec.structs.replace(policy, entities=tuple(changed)))


@pytest.mark.parametrize(
    ("account", "host", "country", "entity", "reason"),
    [
        ("aurora-de", "www.aurora.example", "AT", "aurora-de", "account"),
        (None, "www.aurora.example", "AT", "aurora-jp", "contract_rule"),
        (None, "de.aurora.example", "JP", "aurora-de", "host"),
        (None, None, "JP", "aurora-jp", "country"),
        (None, None, "BR", "aurora-com", "default"),
        (None, None, None, "aurora-com", "default"),
    ],
)
def test_the_party_to_a_contract_is_found_in_the_order_of_the_rules(
    account: str | None, host: str | None, country: str | None, entity: str, reason: str, policy: Policy
) -> None:
    entities = with_rule(policy)
    answer = entities.contracting(entities.named(account), host, NetworkRecord(country=country, type="isp"))
    assert (answer.entity.id, answer.reason) == (entity, reason)


@pytest.mark.parametrize("country", ["AT", "JP"])
@pytest.mark.parametrize("kind", ["vpn", "tor", "proxy", "relay", "hosting", "cdn", "satellite", "reserved"])
def test_who_comes_through_a_network_of_elsewhere_gets_no_party_by_country(
    kind: str, country: str, policy: Policy
) -> None:
    answer = with_rule(policy).contracting(None, None, NetworkRecord(country=country, type=kind))
    assert (answer.entity.id, answer.reason) == ("aurora-com", "default")
