"""The record: its fields, its tags, its expiry, and that it is always one line."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontdesk.enrich import Enricher, Entities, EntityAnswer, Evidence, Finding, Organisation
from frontdesk.geodb import Database, NetworkRecord
from frontdesk.policy import EXAMPLE, Policy, RetentionClass, Treatment, load
from frontdesk.policy.retention import Retention, VisitRetention
from frontdesk.systemdata import Exchange, Recorder, fields
from frontdesk.systemdata.line import Line
from frontdesk.systemdata.record import Arrived, encode
from frontdesk.systemdata.tags import Record, Tags

AT = datetime(2026, 11, 23, 14, 42, 4, 123_000, UTC).timestamp()


def record_of(
    policy: Policy,
    database: Database,
    address: str | None = "128.112.0.77",
    *,
    treatment: Treatment = Treatment.FULL,
    exchange: Exchange = Exchange("GET", "https", "www.aurora.example", "/products/{id}", 200),
    user_agent: bytes | None = b"Firefox/140",
) -> Record | None:
    line = line_of(policy, database, address, treatment=treatment, exchange=exchange, user_agent=user_agent)
    return line and line.record()


def line_of(
    policy: Policy,
    database: Database,
    address: str | None = "128.112.0.77",
    *,
    treatment: Treatment = Treatment.FULL,
    exchange: Exchange,
    user_agent: bytes | None,
) -> Line | None:
    enricher = Enricher(database)
    finding = enricher.find(address)
    arrived = Arrived("header", "128.112.0.0/24" if address else None, finding)
    entity = Entities(policy).of(exchange.host, finding.record.country)
    recorder = Recorder(policy, enricher.version)
    standing = recorder.standing(arrived, entity, treatment, ("unset", False), user_agent)
    return None if standing is None else recorder.visit(AT, standing, exchange)


def test_a_full_record_has_exactly_these_fields(policy: Policy, database: Database) -> None:
    assert record_of(policy, database) == {
        "timestamp": "2026-11-23T14:42:04.123Z",
        "event_name": "frontdesk.visit",
        "frontdesk.schema": 3,
        "client.address": "128.112.0.0/24",
        "client.as.number": 88,
        "client.as.organization.name": "Princeton University",
        "geo.country.iso_code": "US",
        "http.request.method": "GET",
        "http.route": "/products/{id}",
        "http.response.status_code": 200,
        "url.scheme": "https",
        "server.address": "www.aurora.example",
        "user_agent.name": "Firefox",
        "frontdesk.client.source": "header",
        "frontdesk.network.type": "education",
        "frontdesk.network.may_identify": False,
        "frontdesk.organisation.name": "Princeton University",
        "frontdesk.organisation.key": "princeton university",
        "frontdesk.organisation.kind": "education",
        "frontdesk.organisation.confidence": "medium",
        "frontdesk.organisation.source": "@ip-location-db/asn",
        "frontdesk.organisation.method": "as_name",
        "frontdesk.organisation.rule": "word: universit*",
        "frontdesk.organisation.prefix_length": 16,
        "frontdesk.database": "frontdesk-lite 2026-06-17",
        "frontdesk.signal.dnt": "unset",
        "frontdesk.signal.gpc": False,
        "frontdesk.treatment": "full",
        "frontdesk.entity": "aurora-com",
        "frontdesk.entity.reason": "host",
        "frontdesk.outcome": "complete",
        "frontdesk.residency": "us",
        "frontdesk.transfer": "recipients",
        "frontdesk.data_class": "system_data",
        "frontdesk.retention.class": "visit",
        "frontdesk.purposes": ["marketing_analytics", "right_website", "anonymous_statistics"],
        "frontdesk.policy.version": "2026-11-01",
        "frontdesk.retention.expires_at": "2027-02-21T14:42:04Z",
    }


def test_every_field_of_a_record_is_in_the_table_of_names(policy: Policy, database: Database) -> None:
    names = {value for name, value in vars(fields).items() if name.isupper() and isinstance(value, str)}
    for address in ("128.112.0.77", "79.192.3.4", "10.0.0.1", None):
        record = record_of(policy, database, address, exchange=Exchange("GET", "http", error="ValueError"))
        assert record is not None
        assert record.keys() <= names


def test_an_access_network_s_holder_is_not_in_the_record(policy: Policy, database: Database) -> None:
    record = record_of(policy, database, "79.192.3.4")
    assert record is not None
    assert record["frontdesk.organisation.reason"] == "access_network"
    assert record["client.as.number"] == 3320
    assert "client.as.organization.name" not in record
    assert "Telekom" not in encode(record).decode()


@pytest.mark.parametrize("reason", ["person", "too_small"])
@pytest.mark.parametrize(
    ("network", "kept"), [("128.112.5.0/24", "128.112.0.0/16"), ("2001:db8:7::/48", "2001:db8::/32"), (None, None)]
)
def test_less_is_kept_of_a_network_that_may_identify_somebody(
    policy: Policy, reason: str, network: str | None, kept: str | None
) -> None:
    finding = Finding(NetworkRecord("US", None, 64_500, "Jens Andersen", "unknown"), None, reason)
    recorder = Recorder(policy, "database")
    arrived = Arrived("peer", network, finding)
    standing = recorder.standing(arrived, Entities(policy).of(None, None), Treatment.FULL, ("unset", False), None)
    assert standing is not None
    record = recorder.visit(AT, standing, Exchange("GET", "http"), "the id of a day").record()
    assert "frontdesk.visitor.daily_id" not in record
    assert record["frontdesk.network.may_identify"] is True
    assert record["frontdesk.organisation.reason"] == reason
    assert record.get("client.address") == kept
    assert "client.as.number" not in record
    assert "Andersen" not in encode(record).decode()


@pytest.mark.parametrize("days", [1, 90, 760])
def test_expiry_counts_from_the_visit(days: int, policy: Policy, database: Database) -> None:
    policy = msgspec.structs.replace(policy, retention=Retention(visit=VisitRetention(days=days)))
    for treatment in (Treatment.FULL, Treatment.ANONYMOUS):
        record = record_of(policy, database, treatment=treatment)
        assert record is not None
        written, expires = (
            datetime.fromisoformat(record[name]) for name in ("timestamp", "frontdesk.retention.expires_at")
        )
        assert expires - written.replace(microsecond=0) == timedelta(days=days)


def test_what_is_told_of_a_company_that_the_policy_does_not_know_any_more_is_tagged_too(policy: Policy) -> None:
    tags = Tags(policy)
    known, gone = (tags.of(RetentionClass.VISIT, entity, AT) for entity in ("aurora-de", "gone"))
    assert gone == {name: told for name, told in known.items() if name != "frontdesk.residency"} | {
        "frontdesk.entity": "gone"
    }


def test_an_anonymous_record_tells_the_hour_only(policy: Policy, database: Database) -> None:
    record = record_of(policy, database, treatment=Treatment.ANONYMOUS)
    assert record is not None
    assert record["timestamp"] == "2026-11-23T14:00:00.000Z"
    assert record["frontdesk.retention.expires_at"] == "2027-02-21T14:00:00Z"


def test_a_visit_to_be_counted_has_no_record(policy: Policy, database: Database) -> None:
    assert record_of(policy, database, treatment=Treatment.COUNT) is None


_POLICY = load(EXAMPLE)
_DATABASE = Database()


@given(
    user_agent=st.binary(max_size=200),
    method=st.text(max_size=20),
    route=st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=50),
    error=st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=50),
)
def test_a_record_is_always_one_line_of_json(
    user_agent: bytes, method: str, route: str | None, error: str | None
) -> None:
    exchange = Exchange(method, "http", None, route, 200, error=error)
    line = line_of(_POLICY, _DATABASE, user_agent=user_agent, exchange=exchange)
    assert line is not None
    assert line.text.endswith(b"\n")
    assert line.text.count(b"\n") == 1
    record = line.record()
    assert (record.get("http.route"), record.get("error.type")) == (route, error)


@pytest.mark.parametrize(
    ("country", "subdivision", "expected"),
    [("US", "CA", "US-CA"), ("US", "US-CA", "US-CA"), ("US", None, None), ("US", "", None), (None, "CA", None)],
)
def test_a_region_is_named_as_iso_3166_2_has_it(
    policy: Policy, country: str | None, subdivision: str | None, expected: str | None
) -> None:
    finding = Finding(NetworkRecord(country=country, subdivision=subdivision), None, "unknown")
    recorder = Recorder(policy, "test")
    entity = EntityAnswer(policy.entities[0], "default")
    standing = recorder.standing(Arrived("peer", None, finding), entity, Treatment.FULL, ("unset", False), None)
    assert standing is not None
    record = recorder.visit(1_800_000_000.0, standing, Exchange("GET", "https")).record()
    assert record.get("geo.region.iso_code") == expected


@pytest.mark.parametrize("domain", ["example.com", None])
def test_the_domain_of_an_organisation_is_told_where_a_source_has_one(policy: Policy, domain: str | None) -> None:
    evidence = Evidence("list.csv", None, 24, "own_list", "own list", "Example AG")
    organisation = Organisation("Example", "business", "high", evidence, "example", domain)
    finding = Finding(NetworkRecord(country="CH", type="business"), organisation, None)
    entity = EntityAnswer(policy.entities[0], "default")
    standing = Recorder(policy, "test").standing(
        Arrived("peer", None, finding), entity, Treatment.FULL, ("unset", False), None
    )
    assert standing is not None
    record = Recorder(policy, "test").visit(1_800_000_000.0, standing, Exchange("GET", "https")).record()
    assert record.get(fields.ORGANISATION_DOMAIN) == domain
