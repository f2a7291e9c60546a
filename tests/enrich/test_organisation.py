"""Naming organisations: only where the network type allows it, always with evidence, else with a reason."""

from datetime import date

import pytest

from frontdesk.enrich import Enricher, Evidence
from frontdesk.enrich.organisation import ORGANISATION_TYPES, REASON_WORDS, Organisation, may_identify, organisation_of
from frontdesk.geodb import Database, Holder, NetworkRecord

DATES = {"asn": date(2026, 6, 17)}


def network(kind: str, name: str | None = "Holder") -> NetworkRecord:
    return NetworkRecord("DE", None, 64_500, name, kind, "word: holder", 20, {"as": "asn"})


@pytest.mark.parametrize("kind", sorted(ORGANISATION_TYPES))
def test_an_organisation_comes_with_its_evidence(kind: str) -> None:
    organisation = organisation_of(network(kind), DATES)
    assert isinstance(organisation, Organisation)
    assert (organisation.name, organisation.kind, organisation.confidence) == ("Holder", kind, "medium")
    assert organisation.evidence == Evidence("asn", date(2026, 6, 17), 20, "as_name", "word: holder", "Holder")


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("isp", "access_network"),
        ("mobile", "access_network"),
        ("satellite", "access_network"),
        ("hosting", "hosting"),
        ("cdn", "hosting"),
        ("vpn", "anonymiser"),
        ("tor", "anonymiser"),
        ("proxy", "anonymiser"),
        ("relay", "anonymiser"),
        ("reserved", "reserved"),
        ("unknown", "unknown"),
        ("something new", "unknown"),
    ],
)
def test_no_organisation_comes_with_a_reason(kind: str, reason: str) -> None:
    assert organisation_of(network(kind), DATES) == reason
    assert reason in REASON_WORDS


def held(method: str, prefix_length: int, name: str = "Example Bank", kind: str = "business") -> NetworkRecord:
    holder = Holder(name, method, prefix_length)
    return network(kind)._replace(holder=holder, provenance={"organisation": "asn"})


@pytest.mark.parametrize(
    ("method", "prefix_length", "v6", "reason"),
    [
        ("registered", 28, False, None),
        ("registered", 29, False, None),
        ("registered", 30, False, "too_small"),
        ("registered", 32, False, "too_small"),
        ("vendor", 32, False, "too_small"),
        ("own_list", 32, False, None),
        ("registered", 32, True, None),
        ("registered", 60, True, None),
        ("registered", 61, True, "too_small"),
        ("own_list", 128, True, None),
    ],
)
def test_a_network_of_a_household_is_not_named(method: str, prefix_length: int, v6: bool, reason: str | None) -> None:
    answer = organisation_of(held(method, prefix_length), DATES, v6=v6)
    assert (answer if isinstance(answer, str) else None) == reason
    assert may_identify(answer if isinstance(answer, str) else None) == (reason is not None)


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (network("unknown", "Jens Andersen"), "person"),
        (network("education", "Jens Andersen")._replace(type_reason="list: education"), "person"),
        (network("education", "Karl Franzens University"), None),
        (network("isp", "Maria Merkel trading as Example"), "access_network"),
        (held("registered", 24, "Jens Andersen", "isp"), "person"),
        (held("own_list", 24, "Jens Andersen"), None),
        (network("business", "IP Ivanov Ivan Bank"), None),
        (network("business", "Jan Jansen t/a Jansen Logistics"), "person"),
        (network("business", "Morgan Stanley Bank"), None),
    ],
)
def test_a_person_is_no_organisation(record: NetworkRecord, reason: str | None) -> None:
    answer = organisation_of(record, DATES)
    assert (answer if isinstance(answer, str) else None) == reason


def test_siblings_share_a_key_and_the_raw_name_stays() -> None:
    names = ["Barclays Bank PLC", "Barclays Bank plc", "BARCLAYS BANK P.L.C."]
    found = [organisation_of(network("business", name), DATES) for name in names]
    assert {answer.key for answer in found if isinstance(answer, Organisation)} == {"barclays bank"}
    assert {answer.name for answer in found if isinstance(answer, Organisation)} == {"Barclays Bank"}
    assert [answer.evidence.raw_name for answer in found if isinstance(answer, Organisation)] == names


def test_a_holder_without_a_name_is_no_organisation() -> None:
    assert organisation_of(network("education", None), DATES) == "unknown"


def test_an_address_that_is_not_listed_says_so() -> None:
    assert organisation_of(NetworkRecord(), DATES) == "not_listed"


@pytest.mark.parametrize(
    ("address", "name", "reason"),
    [
        ("128.112.0.77", "Princeton University", None),
        ("79.192.3.4", None, "access_network"),
        ("8.8.8.8", None, "hosting"),
        ("10.0.0.1", None, "reserved"),
        (None, None, "no_address"),
    ],
)
def test_the_embedded_database_names_whom_it_should(
    address: str | None, name: str | None, reason: str | None, database: Database
) -> None:
    finding = Enricher(database).find(address)
    assert (finding.organisation and finding.organisation.name, finding.reason) == (name, reason)
