"""Naming organisations: only where the network type allows it, always with evidence, else with a reason."""

from datetime import date

import pytest

from frontdesk.enrich import Enricher
from frontdesk.enrich.organisation import ORGANISATION_TYPES, REASON_WORDS, Organisation, organisation_of
from frontdesk.geodb import Database, NetworkRecord

DATES = {"asn": date(2026, 6, 17)}


def network(kind: str, name: str | None = "Holder") -> NetworkRecord:
    return NetworkRecord("DE", None, 64_500, name, kind, "word: holder", 20, {"as": "asn"})


@pytest.mark.parametrize("kind", sorted(ORGANISATION_TYPES))
def test_an_organisation_comes_with_its_evidence(kind: str) -> None:
    organisation = organisation_of(network(kind), DATES)
    assert isinstance(organisation, Organisation)
    assert (organisation.name, organisation.kind, organisation.confidence) == ("Holder", kind, "medium")
    assert organisation.evidence == ("asn", date(2026, 6, 17), 20, "as_name", "word: holder")


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
